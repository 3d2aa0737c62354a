// The processes of a run: the router as its command runs it, and the parts as single files. All end with the run.

import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child } from '@trunkline/testkit/child'
import { build } from 'esbuild'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const COMMAND = join(ROOT, 'packages/cli/bin/trunkline.js')

export class Processes {
  /** For records and configurations; removed with the run. */
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  /** Builds the parts from the sources. */
  static async build(): Promise<Processes> {
    mkdirSync(join(ROOT, '.cache'), { recursive: true })
    const folder = mkdtempSync(join(ROOT, '.cache', 'faults-'))
    await build({
      entryPoints: ['part.ts', 'crowd.ts', 'login-router.ts'].map((name) => fileURLToPath(new URL(`parts/${name}`, import.meta.url))),
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      conditions: ['trunkline-source'],
    })
    return new Processes(folder)
  }

  /** Starts one of the programs of `parts/`. It talks to this process by messages. */
  start(program: 'part' | 'crowd' | 'login-router', spec: object): Child {
    return Child.node([join(this.folder, `${program}.mjs`), JSON.stringify(spec)], { output: 'passed on', hasChannel: true })
  }

  /** Starts `trunkline start` and resolves when it listens. Its log is dropped unless it shows a fault of the router itself. */
  async startRouter(config: string, listeners: number): Promise<Child> {
    const router = Child.node([COMMAND, 'start', '--config', config], { errors: 'passed on' })
    router.onLine((line) => {
      if (line.includes('"fault"')) console.error(`the router tells of a fault of its own: ${line}`)
    })
    await router.shows(new RegExp(`(?:"listening"[^]*){${listeners}}`))
    return router
  }

  writeConfig(name: string, text: string): string {
    const path = join(this.folder, name)
    writeFileSync(path, text)
    return path
  }

  close(): void {
    Child.killAll()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Below the ports that systems choose themselves for a connection or for port 0: no process gets such a port without asking for it. */
const PORTS = { first: 20_000, count: 12_000 }

/** Ports of loopback that are free now. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count)
    if (!ports.has(port) && (await isFree(port))) ports.add(port)
  }
  return [...ports]
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  await once(server.close(), 'close')
  return true
}

/** How many files and sockets a process may have open; the router needs one for each client. Node uses as many as it may. */
export function mostOpenFiles(): number {
  const said = spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout.trim()
  return said === 'unlimited' ? Infinity : Number(said)
}

/** User and system time of a process in seconds; 0 where the system does not provide it. */
export function processorSeconds(child: Child): number {
  try {
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return 0
  }
}

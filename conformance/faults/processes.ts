// The processes of a run: the router as its command runs it, and the parts as single files. Only this file starts and
// ends processes; all end with the run.

import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const COMMAND = join(ROOT, 'packages/cli/bin/trunkline.js')
const START_MS = 20_000

export class Processes {
  /** For records and configurations; removed with the run. */
  readonly folder: string
  readonly #running = new Set<ChildProcess>()

  private constructor(folder: string) {
    this.folder = folder
  }

  /** Builds the parts from the sources. Below the repository, where `ws` is found. */
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
      external: ['ws'],
    })
    return new Processes(folder)
  }

  /** Starts one of the programs of `parts/`. It talks to this process by messages. */
  start(program: 'part' | 'crowd' | 'login-router', spec: object): ChildProcess {
    return this.#spawn([join(this.folder, `${program}.mjs`), JSON.stringify(spec)], ['ignore', 'inherit', 'inherit', 'ipc'])
  }

  /** Starts `trunkline start` and resolves when it listens. Its log is dropped unless it shows a fault of the router itself. */
  async startRouter(config: string, listeners: number): Promise<ChildProcess> {
    const router = this.#spawn([COMMAND, 'start', '--config', config], ['ignore', 'pipe', 'inherit'])
    let open = 0
    let text = ''
    const listening = new Promise<void>((resolve) => {
      router.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        const lines = text.split('\n')
        text = lines.pop() ?? ''
        for (const line of lines) {
          if (line.includes('"listening"') && ++open === listeners) resolve()
          if (line.includes('"fault"')) console.error(`the router tells of a fault of its own: ${line}`)
        }
      })
    })
    const died = once(router, 'exit').then(() => Promise.reject(new Error('the router ended before it listened')))
    await Promise.race([
      listening,
      died,
      sleep(START_MS, undefined, { ref: false }).then(() => Promise.reject(new Error('the router does not listen'))),
    ])
    died.catch(() => undefined) // From now on its end is handled elsewhere.
    return router
  }

  writeConfig(name: string, text: string): string {
    const path = join(this.folder, name)
    writeFileSync(path, text)
    return path
  }

  close(): void {
    for (const child of this.#running) child.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }

  #spawn(args: readonly string[], stdio: ('ignore' | 'inherit' | 'pipe' | 'ipc')[]): ChildProcess {
    const child = spawn(process.execPath, args, { stdio })
    this.#running.add(child)
    child.once('exit', () => this.#running.delete(child))
    return child
  }
}

/** Sends a signal and waits for the end; resolves with the exit code, null after a signal that ended it. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exit = once(child, 'exit') as Promise<[number | null]>
  child.kill(signal)
  const [code] = await exit
  return code
}

/** Ports of loopback that are free now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

/** How many files and sockets a process may have open; the router needs one for each client. Node uses as many as it may. */
export function mostOpenFiles(): number {
  const said = spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout.trim()
  return said === 'unlimited' ? Infinity : Number(said)
}

/** User and system time of a process in seconds; 0 where the system does not provide it. */
export function processorSeconds(child: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return 0
  }
}

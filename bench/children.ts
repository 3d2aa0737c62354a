// The processes of a run: built into single files, each on a processor of its own, and ended when the run is over.
// Only this file starts or ends processes.

import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { LoadMessage } from './load.ts'
import type { LoadOptions, LoadResult } from './load/measure.ts'
import type { Ready, Usage } from './usage.ts'

/** The program that is measured. */
export type Measured = 'router' | 'relay'

const READY_MS = 20_000
/** How long a scenario may take, beyond its own times, to open its sessions and to settle. */
const EXTRA_MS = 120_000

export class Children {
  /** Whether each process has a processor of its own. */
  readonly isPinned: boolean
  readonly #folder: string
  readonly #running = new Set<ChildProcess>()

  private constructor(folder: string) {
    this.#folder = folder
    this.isPinned = spawnSync('taskset', ['-c', '0,1', 'true']).status === 0
  }

  /** Builds the three programs from the sources as they are now, so that all runs measure the same. */
  static async build(): Promise<Children> {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-bench-'))
    await build({
      entryPoints: ['router.ts', 'relay.ts', 'load.ts'].map((name) => fileURLToPath(new URL(name, import.meta.url))),
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      conditions: ['trunkline-source'],
    })
    return new Children(folder)
  }

  /** Starts the measured program, runs the load against it once, and ends both. */
  async run(measured: Measured, transport: 'websocket' | 'rawsocket', options: Omit<LoadOptions, 'target'>): Promise<LoadResult> {
    const server = this.#start(measured, 0, [])
    try {
      const ready = (await nextMessage(server, READY_MS)) as Ready
      const port = transport === 'websocket' ? ready.port : ready.rawSocketPort
      const load: LoadOptions = { ...options, target: { transport, port, path: ready.path } }
      return await this.#load(server, load)
    } finally {
      await this.#stop(server)
    }
  }

  /** Ends the processes that still run and removes the built files. */
  close(): void {
    for (const child of this.#running) child.kill('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #load(server: ChildProcess, options: LoadOptions): Promise<LoadResult> {
    const child = this.#start('load', 1, [JSON.stringify(options)])
    try {
      const limit = EXTRA_MS + 1000 * (options.seconds + options.warmupSeconds)
      const deadline = AbortSignal.timeout(limit)
      for (;;) {
        const message = (await nextMessage(child, limit, deadline)) as LoadMessage
        if ('failed' in message) throw new Error(`${options.scenario}: ${message.failed}`)
        if ('result' in message) return message.result
        child.send(await usageOf(server))
      }
    } finally {
      await this.#stop(child)
    }
  }

  #start(name: Measured | 'load', processor: number, args: readonly string[]): ChildProcess {
    const command = [process.execPath, join(this.#folder, `${name}.mjs`), ...args]
    const [file = '', ...rest] = this.isPinned ? ['taskset', '-c', String(processor), ...command] : command
    const child = spawn(file, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#running.add(child)
    child.once('exit', () => this.#running.delete(child))
    return child
  }

  async #stop(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
}

async function usageOf(server: ChildProcess): Promise<Usage> {
  if (!server.connected) throw new Error('the process that is measured has ended')
  server.send({ ask: 'usage' })
  return (await nextMessage(server, READY_MS)) as Usage
}

/** The next message of a child; rejects when the child ends first, or sends nothing for too long. */
function nextMessage(
  child: ChildProcess,
  milliseconds: number,
  deadline: AbortSignal = AbortSignal.timeout(milliseconds),
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      child.off('message', onMessage)
      child.off('exit', onExit)
      deadline.removeEventListener('abort', onLate)
      settle()
    }
    const onMessage = (message: unknown): void => finish(() => resolve(message))
    const onExit = (code: number | null): void => finish(() => reject(new Error(`a process of the run ended with ${code ?? 'a signal'}`)))
    const onLate = (): void => finish(() => reject(new Error(`a process of the run said nothing for ${milliseconds / 1000} s`)))
    child.on('message', onMessage)
    child.on('exit', onExit)
    deadline.addEventListener('abort', onLate)
    if (deadline.aborted) onLate()
  })
}

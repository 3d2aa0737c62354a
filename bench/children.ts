// The processes of a run: built into single files, each on a processor of its own, and ended when the run is over.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child } from '@trunkline/testkit/child'
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
      const ready = (await server.message(READY_MS)) as Ready
      const port = transport === 'websocket' ? ready.port : ready.rawSocketPort
      const load: LoadOptions = { ...options, target: { transport, port, path: ready.path } }
      return await this.#load(server, load)
    } finally {
      await server.end('SIGKILL')
    }
  }

  /** Ends the processes that still run and removes the built files. */
  close(): void {
    Child.killAll()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #load(server: Child, options: LoadOptions): Promise<LoadResult> {
    const child = this.#start('load', 1, [JSON.stringify(options)])
    try {
      const deadline = performance.now() + EXTRA_MS + 1000 * (options.seconds + options.warmupSeconds)
      for (;;) {
        const message = (await child.message(deadline - performance.now())) as LoadMessage
        if ('failed' in message) throw new Error(`${options.scenario}: ${message.failed}`)
        if ('result' in message) return message.result
        child.send(await usageOf(server))
      }
    } finally {
      await child.end('SIGKILL')
    }
  }

  #start(name: Measured | 'load', processor: number, args: readonly string[]): Child {
    const command = [process.execPath, join(this.#folder, `${name}.mjs`), ...args]
    const pinned = this.isPinned ? ['taskset', '-c', String(processor), ...command] : command
    return new Child(pinned, { output: 'passed on', hasChannel: true })
  }
}

async function usageOf(server: Child): Promise<Usage> {
  server.send({ ask: 'usage' })
  return (await server.message(READY_MS)) as Usage
}

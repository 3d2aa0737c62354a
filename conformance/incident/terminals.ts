// The terminals of the walk: a shell that goes on from block to block, and one for each program that runs until the end. The ports that the
// guide names become free ones, unless the pictures are to show those of the guide.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child } from '@trunkline/testkit/child'
import { until } from '../browser/until.ts'
import { freePorts } from '../faults/processes.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FOLDER = join(ROOT, '.cache/incident')
const HOME = join(ROOT, '.cache/incident-home')
/** Of router, dashboard, metrics, nginx twice, collector, Prometheus. */
const PORTS = ['8080', '8090', '8089', '8443', '8444', '4318', '9090'] as const
/** A block may wait for certificates, for the next scrapes, for a session that becomes slow. */
export const PATIENCE_MS = 60_000

export class Terminals {
  readonly #ports: ReadonlyMap<string, string>
  readonly #shell: Child
  readonly #lasting = new Map<string, Child>()
  #blocks = 0

  private constructor(ports: ReadonlyMap<string, string>) {
    this.#ports = ports
    const trap = `trap 'echo "FAILED $BASH_COMMAND"' ERR`
    this.#shell = new Child(
      ['bash', '-c', `${trap}; while IFS= read -r -d '' block; do eval "$block"; done`],
      this.#surroundings(ROOT, true),
    )
  }

  /** @param arePrinted whether the ports are those of the guide */
  static async open(arePrinted: boolean): Promise<Terminals> {
    for (const folder of [FOLDER, HOME]) rmSync(folder, { recursive: true, force: true })
    const free = arePrinted ? [] : await freePorts(PORTS.length)
    return new Terminals(new Map(PORTS.map((port, i) => [port, String(free[i] ?? port)])))
  }

  /** A text of the guide with the ports that hold here. */
  ported(text: string): string {
    return text.replaceAll(/\b\d{4}\b/g, (port) => this.#ports.get(port) ?? port)
  }

  /**
   * Runs a block in the shell, as it is pasted.
   * @returns what it printed
   * @throws {Error} (rejects) when a command of it fails
   */
  async run(code: string): Promise<string> {
    const from = this.#shell.printed
    const end = `done ${this.#blocks++}`
    this.#shell.write(`${this.ported(code)}\necho "${end}"\0`)
    await this.#shell.shows(new RegExp(`^${end}$`, 'm'), { from, withinMs: PATIENCE_MS })
    const printed = this.#shell.output.slice(from - (this.#shell.printed - this.#shell.output.length))
    if (/^FAILED /m.test(printed)) throw new Error(printed)
    if (code.startsWith('mkdir')) this.#portFiles()
    return printed
  }

  /** Starts a program in a terminal of its own, and waits until it is ready. */
  async start(code: string): Promise<void> {
    const program = new Child(['bash', '-c', this.ported(code)], { ...this.#surroundings(FOLDER, false), hasChildren: true })
    this.#lasting.set(code, program)
    const [, ready] = READY.find(([command]) => code.includes(command)) ?? []
    if (ready !== undefined) await program.shows(ready)
    else await until('nginx accepts connections', () => isOpen(Number(this.#ports.get('8443'))), PATIENCE_MS)
  }

  /** The program whose line has these words. */
  program(words: string): Child {
    const [, program] = [...this.#lasting].find(([code]) => code.includes(words)) ?? []
    if (program === undefined) throw new Error(`no terminal runs ${words}`)
    return program
  }

  async close(): Promise<void> {
    this.#shell.release()
    await Promise.all([...this.#lasting.values()].map((program) => program.stop('SIGTERM')))
    await this.#shell.stop()
    rmSync(HOME, { recursive: true, force: true })
  }

  #surroundings(cwd: string, hasInput: boolean): { cwd: string; env: NodeJS.ProcessEnv; hasInput: boolean } {
    const path = `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH']}:/usr/sbin`
    return { cwd, env: { ...process.env, PATH: path, XDG_CONFIG_HOME: HOME }, hasInput }
  }

  #portFiles(): void {
    for (const name of readdirSync(FOLDER).filter((each) => /\.(?:js|ya?ml|conf)$/.test(each))) {
      const file = join(FOLDER, name)
      writeFileSync(file, this.ported(readFileSync(file, 'utf8')))
    }
  }
}

/** What a program prints when it is ready. nginx prints nothing. */
const READY: readonly (readonly [command: string, ready: RegExp])[] = [
  ['collector.js', /waiting for spans/],
  ['trunkline start', /(?:"listening"[^]*){3}/],
  ['prometheus', /ready to receive web requests/],
  ['shop.js reports', /reports are made/],
  ['shop.js', /the shop is open/],
]

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (isConnected: boolean): void => {
      socket.destroy()
      resolve(isConnected)
    }
    socket.on('connect', () => end(true)).on('error', () => end(false))
  })
}

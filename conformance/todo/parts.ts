// The parts of the todo list as processes: a copy of the example on ports of its own, started by the commands of its README.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Child } from '@trunkline/testkit/child'
import { filesBelow, ROOT } from '../docs/blocks.ts'
import { wordsOf } from '../docs/commands.ts'
import { freePorts } from '../faults/processes.ts'

const EXAMPLE = 'examples/todo'

/** Each part, and what it prints when it is ready. */
const READY = { 'trunkline.yaml': /"msg":"listening"/, 'list.ts': /ready/, 'notifications.ts': /ready/, 'page.tsx': /Local:/ }
export type Part = keyof typeof READY
export const PARTS = Object.keys(READY) as readonly Part[]

export class Parts {
  readonly url: string
  readonly page: string
  readonly #folder: string
  readonly #commands: readonly string[]
  readonly #python: string
  readonly #running = new Map<Part, Child>()

  private constructor(folder: string, [port = 0, pagePort = 0]: readonly number[], python: string) {
    this.#folder = folder
    this.#python = python
    this.url = `ws://127.0.0.1:${port}/ws`
    this.page = `http://127.0.0.1:${pagePort}/`
    const ported = (text: string): string => text.replaceAll('8080', String(port)).replaceAll('8000', String(pagePort))
    for (const file of filesBelow(EXAMPLE, '')) {
      const copy = join(folder, file.slice(EXAMPLE.length))
      if (!file.includes('/data/')) writeFileSync(copy, ported(readFileSync(copy, 'utf8')))
    }
    this.#commands = readFileSync(join(folder, 'README.md'), 'utf8')
      .split('\n')
      .filter((line) => /^(npx|\.cache\S+python) /.test(line))
  }

  /** @param python an interpreter that has autobahn */
  static async make(python: string): Promise<Parts> {
    mkdirSync(join(ROOT, '.cache'), { recursive: true })
    const folder = mkdtempSync(join(ROOT, '.cache', 'todo-'))
    cpSync(join(ROOT, EXAMPLE), folder, { recursive: true, filter: (path) => !path.endsWith('/data') })
    return new Parts(folder, await freePorts(2), python)
  }

  async start(part: Part): Promise<void> {
    await this.begin(part).shows(READY[part])
  }

  /** Starts a part that may have to wait for another one. */
  begin(part: Part): Child {
    // esbuild serves as long as it has a standard input.
    const child = new Child(this.#wordsFor(part), { cwd: ROOT, hasChildren: true, hasInput: true })
    this.#running.set(part, child)
    return child
  }

  /** As `kill -9` does. */
  async kill(part: Part): Promise<void> {
    await this.#running.get(part)?.end('SIGKILL')
    this.#running.delete(part)
  }

  /** Stops a part where it is, or lets it go on. */
  signal(part: Part, signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#running.get(part)?.kill(signal)
  }

  /** The program in Python, which ends by itself. */
  add(text: string): Child {
    const words = this.#wordsFor('add.py').map((word) => (word === 'buy milk' ? text : word))
    return new Child(words, { cwd: ROOT })
  }

  async close(): Promise<void> {
    await Promise.all(PARTS.map((part) => this.kill(part)))
    rmSync(this.#folder, { recursive: true })
  }

  /** The command of the README that names a file, for the copy, without `npx`, which would not be killed with what it starts. */
  #wordsFor(file: string): string[] {
    const command = this.#commands.find((line) => line.split(' ').some((word) => word.endsWith(`/${file}`)))
    if (command === undefined) throw new Error(`the README of ${EXAMPLE} has no command for ${file}`)
    const [program = '', ...words] = wordsOf(command.replace(/^npx /, '').replaceAll(EXAMPLE, this.#folder))
    return [program.endsWith('python') ? this.#python : join(ROOT, 'node_modules', '.bin', program), ...words]
  }
}

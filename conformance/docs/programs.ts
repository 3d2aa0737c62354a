// Makes a program of each block of TypeScript, and runs it as its reader does. The one place that knows what a block may
// assume, and what is changed in it: only port numbers in addresses.
//
// - ```ts runs, as plain JavaScript without types; ```ts no-run is only type-checked, and so are examples in docstrings
//   that connect to example.com.
// - `trunkline dev` runs, without other clients: at ws://127.0.0.1:8080/ws and rs://127.0.0.1:8081, which become the ports that
//   it has. A port 808x to listen on becomes any free one.
// - The text after `console.log(...) //` on the same line is printed, nothing is written to stderr, and the program
//   ends by itself. One that does not end says so, by a comment with `Ctrl-C`.
// - One that says `while service.js runs` runs beside the one of the same document that begins with `// service.js`.

import { Worker } from 'node:worker_threads'
import type { Block } from './blocks.ts'

/** The text of a block for the ports of a router. */
export function portedTo({ code }: Block, url: string, rawSocketUrl: string): string {
  return code
    .replaceAll('127.0.0.1:8080', new URL(url).host)
    .replaceAll('127.0.0.1:8081', new URL(rawSocketUrl).host)
    .replaceAll(/port: 808\d/g, 'port: 0')
}

/** What a block says that it prints. */
export function printedBy({ code }: Block): string[] {
  return [...code.matchAll(/console\.log\(.*\) \/\/ (.+)$/gm)].map(([, text]) => text ?? '')
}

/** Whether a block says that it does not end. */
export function isService({ code }: Block): boolean {
  return /\/\/ .*Ctrl-C/.test(code)
}

/** The program beside which a block says that it runs. */
export function serviceFor({ file, code }: Block, blocks: readonly Block[]): Block | undefined {
  const [, name] = /\/\/ .*while (\S+) runs/.exec(code) ?? []
  return name === undefined ? undefined : blocks.find((other) => other.file === file && other.code.startsWith(`// ${name} `))
}

/** One running program, in a thread of its own, which ends like a process: when nothing is left to do. */
export class RunningProgram {
  out = ''
  err = ''
  hasEnded = false
  /** Rejects with what the program threw and did not catch. */
  readonly ended: Promise<number>
  readonly #worker: Worker
  #onOutput = (): void => {}

  constructor(file: URL) {
    this.#worker = new Worker(file, { stdout: true, stderr: true, execArgv: [] })
    this.#worker.stdout.on('data', (text: Buffer) => this.#take(text))
    this.#worker.stderr.on('data', (text: Buffer) => void (this.err += String(text)))
    this.ended = new Promise((resolve, reject) => {
      this.#worker.on('error', reject)
      this.#worker.on('exit', (code) => {
        this.hasEnded = true
        resolve(code)
      })
    })
    this.ended.catch(() => {})
  }

  #take(text: Buffer): void {
    this.out += String(text)
    this.#onOutput()
  }

  /** Waits until the program has printed something, and each of these lines. Rejects when the program ends first. */
  async shows(lines: readonly string[]): Promise<void> {
    const shown = new Promise<void>((resolve) => {
      this.#onOutput = () => {
        const printed = this.out.split('\n')
        if (this.out !== '' && lines.every((line) => printed.includes(line))) resolve()
      }
      this.#onOutput()
    })
    const ended = this.ended.then((code) => {
      throw new Error(`ended with ${code}, and does not go on: ${this.out}${this.err}`)
    })
    await Promise.race([shown, ended])
  }

  /** Ends it as Ctrl-C does. */
  async interrupt(): Promise<void> {
    await this.#worker.terminate()
  }
}

// A command of the program, run in the process of the test: its output, its exit code, and ways to stop it. For tests only.

import { run } from '../program.ts'
import type { LineSink } from '../log-lines.ts'
import type { Terminal } from '../terminal.ts'

/** One running command. */
export class Running implements Terminal {
  out = ''
  err = ''
  readonly ended: Promise<number>
  readonly #stopping = new AbortController()
  readonly #unread = new AbortController()
  readonly stop = this.#stopping.signal
  readonly unread = this.#unread.signal
  #onOutput = (): void => {}
  #onHangup = (): void => {}
  readonly #input: string

  /** @param input the content of stdin */
  constructor(words: readonly string[], input = '') {
    this.#input = input
    this.ended = run(words, this)
  }

  print(text: string): void {
    this.out += text
    this.#onOutput()
  }

  printed(): Promise<void> {
    return Promise.resolve()
  }

  openLog(): LineSink {
    return { write: (line) => this.print(line) }
  }

  complain(text: string): void {
    this.err += text
    this.#onOutput()
  }

  onHangup(listener: () => void): void {
    this.#onHangup = listener
  }

  /** Acts as SIGHUP. */
  hangUp(): void {
    this.#onHangup()
  }

  readSecret(): Promise<string> {
    return Promise.resolve(this.#input.split('\n')[0] ?? '')
  }

  /** Waits until the output matches; rejects when the command ends first. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    const matched = new Promise<RegExpExecArray>((resolve) => {
      this.#onOutput = () => {
        const match = pattern.exec(this.out + this.err)
        if (match !== null) resolve(match)
      }
      this.#onOutput()
    })
    const ended = this.ended.then((code) => Promise.reject(new Error(`ended with ${code}: ${this.out}${this.err}`)))
    return Promise.race([matched, ended])
  }

  interrupt(signal: 'SIGINT' | 'SIGTERM' = 'SIGINT'): Promise<number> {
    this.#stopping.abort(signal)
    return this.ended
  }

  stopReading(): Promise<number> {
    this.#unread.abort()
    return this.ended
  }
}

/** Runs a command to its end with something on stdin. */
export async function resultWith(input: string, ...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const command = new Running(words, input)
  const code = await command.ended
  return { code, out: command.out, err: command.err }
}

/** Runs a command to its end. */
export async function result(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const command = new Running(words)
  const code = await command.ended
  return { code, out: command.out, err: command.err }
}

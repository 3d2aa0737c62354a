// The process in which Python's libraries encode and decode: questions and answers as lines. Never judges an answer.

import type { ChildProcessByStdio } from 'node:child_process'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

import type { SerializerName } from '@trunkline/protocol'
import type { Neutral } from './neutral.ts'

interface Answer {
  readonly octets?: string
  readonly value?: Neutral
  readonly error?: string
}

interface Waiting {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

/** Asks one question after another; answers come in the same order. */
export class PythonPeer {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #waiting: Waiting[] = []

  constructor(python: string) {
    this.#process = spawn(python, [join(import.meta.dirname, 'peer.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.#waiting.shift()?.resolve(JSON.parse(line) as Answer))
    this.#process.on('error', (error) => this.#fail(error))
    this.#process.on('exit', (code) => this.#fail(new Error(`Python ended with ${code}`)))
  }

  /**
   * What Python's library makes of a value.
   * @param style one of three ways of writing the same
   */
  async encode(format: SerializerName, value: Neutral, style: number): Promise<Uint8Array> {
    const { octets, error } = await this.#ask({ format, value, style })
    if (octets === undefined) throw new Error(`Python cannot encode: ${error}`)
    return Uint8Array.from(Buffer.from(octets, 'hex'))
  }

  /** What Python's library reads. */
  async decode(format: SerializerName, octets: Uint8Array): Promise<Neutral> {
    const { value, error } = await this.#ask({ format, octets: Buffer.from(octets).toString('hex') })
    if (value === undefined) throw new Error(`Python cannot decode: ${error}`)
    return value
  }

  close(): void {
    this.#process.stdin.end()
  }

  #ask(question: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#process.stdin.write(`${JSON.stringify(question)}\n`)
    })
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}

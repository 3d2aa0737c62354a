// The process in which Python's libraries encode and decode: questions and answers as lines. Never judges an answer.

import { join } from 'node:path'

import type { SerializerName } from '@trunkline/protocol'
import { Child } from '@trunkline/testkit/child'
import type { Neutral } from './neutral.ts'

interface Answer {
  readonly octets?: string
  readonly value?: Neutral
  readonly error?: string
}

/** Asks one question after another; answers come in the same order. */
export class PythonPeer {
  readonly #child: Child
  readonly #answers: Answer[] = []

  constructor(python: string) {
    this.#child = new Child([python, join(import.meta.dirname, 'peer.py')], { errors: 'passed on', hasInput: true })
    this.#child.onLine((line) => this.#answers.push(JSON.parse(line) as Answer))
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
    this.#child.release()
  }

  #ask(question: object): Promise<Answer> {
    this.#child.write(`${JSON.stringify(question)}\n`)
    return this.#child.until(() => this.#answers.shift(), 'answer')
  }
}

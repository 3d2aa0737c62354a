// The answers to the orders of one batch, collected until all are there. Knows no connection.

import type { Serializer } from '@trunkline/protocol'
import { PayloadError, uris } from '@trunkline/protocol'
import { dictWith } from './bodies.ts'
import type { Asker } from './door-session.ts'
import type { Failure } from './failure.ts'
import { problemBody } from './failure.ts'

/** All answers of a batch together: they are kept until the last. */
const MOST_OCTETS = 1_048_576

export class Batch {
  readonly #json: Serializer
  readonly #parts: Uint8Array[]
  readonly #onAll: (body: Buffer) => void
  #missing: number
  #octets = 0

  /** @param onAll gets the list of all answers, in the order of the orders */
  constructor(count: number, json: Serializer, onAll: (body: Buffer) => void) {
    this.#parts = Array.from({ length: count }, () => NOTHING)
    this.#missing = count
    this.#json = json
    this.#onAll = onAll
  }

  /** Who waits for the answer of one order. */
  asker(index: number): Asker {
    return {
      onResult: (payload) => this.#take(index, () => dictWith(this.#json, payload, '"status":200')),
      onPublished: (publication) => this.#take(index, () => Buffer.from(`{"status":200,"publication":${publication}}`)),
      onFailure: (failure) => this.#take(index, () => problemBody(this.#json, failure)),
    }
  }

  /** A value that JSON cannot hold is told as a failure. */
  #bodyOf(make: () => Buffer): Buffer {
    try {
      return make()
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error
      return problemBody(this.#json, { error: uris.RUNTIME_ERROR, detail: error.message })
    }
  }

  #take(index: number, make: () => Buffer): void {
    const body = this.#bodyOf(make)
    const fits = this.#octets + body.length <= MOST_OCTETS
    if (fits) this.#octets += body.length
    this.#parts[index] = fits ? body : problemBody(this.#json, TOO_LONG)
    if (--this.#missing > 0) return
    const parts = this.#parts.flatMap((part, i) => (i === 0 ? [part] : [COMMA, part]))
    this.#onAll(Buffer.concat([OPEN, ...parts, CLOSE]))
  }
}

const TOO_LONG: Failure = { error: uris.PAYLOAD_SIZE_EXCEEDED, detail: 'the answers of the batch are too long together' }
const NOTHING = new Uint8Array(0)
const [OPEN, COMMA, CLOSE] = [Buffer.from('['), Buffer.from(','), Buffer.from(']')]

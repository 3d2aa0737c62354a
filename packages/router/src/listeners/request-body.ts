// Reads the body of an HTTP request in little more memory than its length, however it is cut into chunks.

import type { IncomingMessage } from 'node:http'

const FIRST_OCTETS = 1_024
/** How much of a body is read before its turn. */
const BEFORE_ITS_TURN_OCTETS = 32_768

/**
 * The body of a request; rejects when the body is too long or breaks off.
 * @param hold gets how many octets of it are held, whenever more have come
 */
export function readBody(request: IncomingMessage, most: number, hold?: (octets: number) => void): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const reading = new BodyReading(request, () => most, resolve, reject)
    reading.onHeld = hold
    reading.begin()
  })
}

export interface TurnOfBody {
  /** The greatest length, from its turn on. */
  readonly most: () => number
  /** Resolves when its turn has come. */
  readonly turn: Promise<void>
  /** Gets how many octets of it are held, whenever more have come. */
  readonly hold: (octets: number) => void
}

/**
 * The body of a request, of which little is read before its turn. That little is read because node:http would keep each chunk by
 * itself, and a chunk of one octet takes hundreds.
 */
export function readBodyInTurn(request: IncomingMessage, { most, turn, hold }: TurnOfBody): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const reading = new BodyReading(request, most, resolve, reject)
    reading.onHeld = hold
    reading.wait()
    reading.begin()
    void turn.then(() => reading.goOn())
  })
}

class BodyReading {
  readonly #request: IncomingMessage
  readonly #most: () => number
  readonly #resolve: (octets: Uint8Array) => void
  readonly #reject: (error: unknown) => void
  readonly #body = new GrowingBody()
  onHeld: ((octets: number) => void) | undefined
  #isWaiting = false
  #hasEnded = false

  constructor(request: IncomingMessage, most: () => number, resolve: (octets: Uint8Array) => void, reject: (error: unknown) => void) {
    this.#request = request
    this.#most = most
    this.#resolve = resolve
    this.#reject = reject
  }

  begin(): void {
    if (this.#request.destroyed) return this.#breakOff()
    this.#request
      .on('data', this.#take)
      .on('end', () => {
        this.#hasEnded = true
        this.#settle()
      })
      .on('error', this.#reject)
      .on('close', () => this.#breakOff())
  }

  wait(): void {
    this.#isWaiting = true
  }

  goOn(): void {
    this.#isWaiting = false
    if (this.#body.length > this.#most()) return this.#refuse()
    if (!this.#hasEnded) this.#request.resume()
    this.#settle()
  }

  readonly #take = (chunk: Buffer): void => {
    const most = this.#isWaiting ? Number.POSITIVE_INFINITY : this.#most()
    if (!this.#body.add(chunk, most)) this.#refuse()
    else {
      this.onHeld?.(this.#body.length)
      if (this.#isWaiting && this.#body.length >= BEFORE_ITS_TURN_OCTETS) this.#request.pause()
    }
  }

  #settle(): void {
    if (this.#hasEnded && !this.#isWaiting) this.#resolve(this.#body.octets)
  }

  #breakOff(): void {
    if (!this.#hasEnded) this.#reject(new Error('the request broke off'))
  }

  /** Discards the rest: else each of its chunks would be refused again. */
  #refuse(): void {
    this.#request.off('data', this.#take).resume()
    this.#reject(new Error('the body is too long'))
  }
}

/** Collects chunks in one buffer, which grows by doubling: a chunk of one octet must not cost an object. */
class GrowingBody {
  #buffer = Buffer.alloc(0)
  length = 0

  get octets(): Uint8Array {
    return this.#buffer.subarray(0, this.length)
  }

  /** Returns false when the body gets too long; then nothing is kept. */
  add(chunk: Buffer, most: number): boolean {
    const length = this.length + chunk.length
    if (length > most) {
      this.#buffer = Buffer.alloc(0)
      this.length = Number.POSITIVE_INFINITY
      return false
    }
    if (length > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, Math.min(most, Math.max(FIRST_OCTETS, 2 * this.#buffer.length))))
      this.#buffer.copy(grown, 0, 0, this.length)
      this.#buffer = grown
    }
    chunk.copy(this.#buffer, this.length)
    this.length = length
    return true
  }
}

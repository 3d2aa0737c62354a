// Reads the body of an HTTP request in little more memory than it has octets, however it is cut. Decides nothing.

import type { IncomingMessage } from 'node:http'

const FIRST_OCTETS = 1_024

/** The body of a request; rejects when it is longer than it may be, or breaks off. Nothing is read before this is called. */
export function readBody(request: IncomingMessage, most: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const brokeOff = (): void => reject(new Error('the request broke off'))
    if (request.destroyed) return brokeOff()
    const body = new GrowingBody(most)
    const take = (chunk: Buffer): void => {
      if (body.add(chunk)) return
      // The rest is passed over: each of its chunks would be one too many again.
      request.off('data', take).resume()
      reject(new Error('the body is too long'))
    }
    request.on('data', take)
    request.on('end', () => resolve(body.octets))
    request.on('error', reject)
    request.on('close', brokeOff)
  })
}

/** A chunk of one octet may not cost an object: all go into one buffer, which grows by doubling. */
class GrowingBody {
  readonly #most: number
  #buffer = Buffer.alloc(0)
  #length = 0

  constructor(most: number) {
    this.#most = most
  }

  get octets(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  /** False when that is too much; then nothing is kept. */
  add(chunk: Buffer): boolean {
    const length = this.#length + chunk.length
    if (length > this.#most) {
      this.#buffer = Buffer.alloc(0)
      this.#length = Number.POSITIVE_INFINITY
      return false
    }
    if (length > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, Math.min(this.#most, Math.max(FIRST_OCTETS, 2 * this.#buffer.length))))
      this.#buffer.copy(grown, 0, 0, this.#length)
      this.#buffer = grown
    }
    chunk.copy(this.#buffer, this.#length)
    this.#length = length
    return true
  }
}

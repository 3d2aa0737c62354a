// The body of an HTTP answer, given to its socket piece by piece: what the client takes of it shows whether it reads, TLS keeps no
// more than a piece of it encrypted, and others have their turn between two pieces. Knows no messages.

import type { ServerResponse } from 'node:http'
import { LARGE_MESSAGE } from '@trunkline/protocol'
import type { WriteTurns } from './write-turns.ts'
import { DEAR_OCTET } from './write-turns.ts'

const LARGEST_PIECE = 65_536

export class AnswerInPieces {
  readonly #response: ServerResponse
  readonly #body: Uint8Array
  readonly #turns: WriteTurns
  #given = 0
  /** Octets that the kernel has not taken yet. */
  left: number

  /**
   * Sends a body; the head is written already.
   * @param turns those of the pieces of all long messages
   * @param onGone called once, when the kernel has taken all or the connection has ended
   */
  constructor(response: ServerResponse, body: Uint8Array, turns: WriteTurns, onGone: () => void) {
    this.#response = response
    this.#body = body
    this.#turns = turns
    this.left = body.length
    response.once('close', onGone)
    this.#goOn()
  }

  /** Ends the connection of an answer that has not left. */
  destroy(): void {
    this.#response.destroy()
  }

  /** Gives the next piece in its turn; a short answer needs none. */
  #goOn(): void {
    const octets = Math.min(LARGEST_PIECE, this.#body.length - this.#given)
    if (this.#body.length < LARGE_MESSAGE || this.#turns.take(octets * DEAR_OCTET)) this.#giveOne()
    else this.#turns.wait(() => this.#goOn())
  }

  #giveOne(): void {
    this.left = this.#body.length - this.#given
    const piece = this.#body.subarray(this.#given, this.#given + LARGEST_PIECE)
    this.#given += piece.length
    if (this.#given >= this.#body.length) return void this.#response.end(piece)
    this.#response.write(piece, (error) => {
      if (error === null || error === undefined) setImmediate(() => this.#goOn())
    })
  }
}

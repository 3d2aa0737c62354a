// Lets new connections in between slices of time: Node accepts one in a turn of the event loop, and the system keeps the others in the
// order in which they came, unseen, so that a flood with a slice in each turn would keep those of others waiting for seconds, and so would
// one whose work is done in the turns in which it comes.

import type { Server } from 'node:net'

/** So many turns at most have no slice, one after another. */
const MOST_TURNS = 32

export class LetIn {
  /** Whether a connection has come in since the last question. */
  #hasCome = false
  #turns = 0

  /** Call this after all steps of the server. */
  watch(server: Server): void {
    server.on('connection', () => {
      this.#hasCome = true
    })
  }

  /** Whether work has to wait for a slice, since connections may be waiting behind the last one. */
  get areComing(): boolean {
    return this.#hasCome
  }

  /** Whether this turn has no slice: a connection has come in, and others may wait behind it. Ask once in a turn. */
  isFirst(): boolean {
    const isFirst = this.#hasCome && this.#turns < MOST_TURNS
    this.#hasCome = false
    this.#turns = isFirst ? this.#turns + 1 : 0
    return isFirst
  }
}

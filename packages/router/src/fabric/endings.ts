// Which of several nodes tells that a subscription has ended, when their last subscribers leave at once.

import type { MatchPolicy } from '@trunkline/protocol'

interface Ending {
  readonly stamp: number
}

export interface EndingsParts {
  /** The name of this node. */
  readonly node: string
  /** Calls back once every linked node has taken in all that was sent to it before; what it sent before that has come by then. */
  settle(done: () => void): void
  isElsewhere(match: MatchPolicy, uri: string): boolean
}

export class Endings {
  readonly #parts: EndingsParts
  readonly #open = new Map<string, Ending>()

  constructor(parts: EndingsParts) {
    this.#parts = parts
  }

  /** How many are not decided yet. */
  get size(): number {
    return this.#open.size
  }

  /**
   * The last subscriber of this node has gone, and a frame to the other nodes says so.
   * @param tell called if this node was the last of all
   */
  ended(match: MatchPolicy, uri: string, stamp: number, tell: () => void): void {
    const parts = this.#parts
    if (!parts.isElsewhere(match, uri)) return tell()
    const [key, ending] = [keyOf(match, uri), { stamp }]
    this.#open.set(key, ending)
    parts.settle(() => {
      if (this.#open.get(key) !== ending) return
      this.#open.delete(key)
      if (!parts.isElsewhere(match, uri)) tell()
    })
  }

  /** The subscription is here again, or everybody tells of its end: it was of a node that is lost. */
  forget(match: MatchPolicy, uri: string): void {
    if (this.#open.size > 0) this.#open.delete(keyOf(match, uri))
  }

  /** The last subscriber of another node has gone: the later of two tells. */
  endedElsewhere(match: MatchPolicy, uri: string, stamp: number, node: string): void {
    if (this.#open.size === 0) return
    const key = keyOf(match, uri)
    const ending = this.#open.get(key)
    if (ending !== undefined && (ending.stamp < stamp || (ending.stamp === stamp && this.#parts.node < node))) this.#open.delete(key)
  }
}

function keyOf(match: MatchPolicy, uri: string): string {
  return `${match} ${uri}`
}

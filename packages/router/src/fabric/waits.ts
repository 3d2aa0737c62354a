// Waits until all linked nodes have taken in what was sent to them.

import type { Deadline, Deadlines } from '../core/index.ts'
import type { NodeLink } from './node-links.ts'

interface Wait extends Deadline {
  /** The links whose acknowledgement is missing, with the mark of the last one that was asked for. */
  readonly on: Map<NodeLink, number>
  readonly done: (isInTime: boolean) => void
}

/** What waiting needs of its router. */
export interface WaitsParts {
  readonly deadlines: Deadlines
  /** The clock for durations. */
  now(): number
  readonly guard: (task: () => void) => void
  /** A time limit passed first. */
  onLate(): void
}

export class Waits {
  readonly #parts: WaitsParts
  readonly #waits = new Set<Wait>()
  #lastMark = 0

  constructor(parts: WaitsParts) {
    this.#parts = parts
  }

  /** How many wait. */
  get size(): number {
    return this.#waits.size
  }

  /**
   * Calls back once every link has had all that was sent over it taken in, or is down; in the same turn where that is so already.
   * @param done its argument: whether that is so, or `mostMs` passed first
   * @param mostMs calls back after this time all the same
   */
  wait(links: Iterable<NodeLink>, done: (isInTime: boolean) => void, mostMs?: number): void {
    const expire = (): void => {
      this.#waits.delete(wait)
      this.#parts.onLate()
      done(false)
    }
    const wait: Wait = { on: new Map(), at: 0, place: -1, expire, done }
    const asked = [...links]
    const mark = ++this.#lastMark
    for (const link of asked) wait.on.set(link, mark)
    this.#waits.add(wait)
    for (const link of asked) link.settle(() => this.#taken(wait, link, mark))
    if (asked.length === 0) this.#look(wait)
    else if (mostMs !== undefined && this.#waits.has(wait)) this.#parts.deadlines.set(wait, this.#parts.now() + mostMs)
  }

  /** A link came up and everything was sent over it: all that wait for others wait for it too. */
  extend(link: NodeLink): void {
    const mark = ++this.#lastMark
    const waits = [...this.#waits]
    for (const { on } of waits) on.set(link, mark)
    if (waits.length > 0) link.settle(() => waits.forEach((wait) => this.#taken(wait, link, mark)))
  }

  #taken(wait: Wait, link: NodeLink, mark: number): void {
    if (wait.on.get(link) !== mark) return
    wait.on.delete(link)
    this.#look(wait)
  }

  #look(wait: Wait): void {
    if (wait.on.size > 0 || !this.#waits.delete(wait)) return
    this.#parts.deadlines.clear(wait)
    this.#parts.guard(() => wait.done(true))
  }
}

// The lines of live traffic that all nodes have seen, in the order of time.

import { moment } from '../rows.ts'
import type { TailPart } from '../tail.ts'
import type { TrafficLine } from '../traffic-line.ts'
import type { Part } from './parts.ts'

/** Octets of payload, as it came, that are shown at a time. */
const MOST_PAYLOAD = 65_536

export class MergedLines {
  readonly #most: number
  /** Lines that others may still come before. */
  #held: readonly TrafficLine[] = []

  /** @param most lines that are shown at a time */
  constructor(most: number) {
    this.#most = most
  }

  /**
   * @param at when the nodes were asked, in milliseconds since 1970: of what happened before that all lines are here. Lines of a node whose
   *   clock is ahead are held until the next time only
   */
  take(parts: readonly Part<TailPart>[], at: number): TailPart {
    const until = moment(at)
    const come = parts.flatMap(({ node, answer }) => answer.lines.map((line) => ({ ...line, node })))
    const known = inOrder([...this.#held, ...come.filter(({ time }) => time < until)])
    const later = inOrder(come.filter(({ time }) => time >= until))
    this.#held = later.slice(0, this.#most)
    const shown = known.slice(0, this.#most)
    const skipped = parts.reduce((sum, { answer }) => sum + answer.skipped, 0)
    const dropped = known.length - shown.length + later.length - this.#held.length
    return { lines: withinOctets(shown), skipped: skipped + dropped }
  }
}

function inOrder<Line extends { readonly time: string }>(lines: readonly Line[]): readonly Line[] {
  return lines.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
}

function withinOctets(lines: readonly TrafficLine[]): readonly TrafficLine[] {
  let left = MOST_PAYLOAD
  return lines.map((line) => {
    if (line.payload === null) return line
    left -= line.octets ?? 0
    return left < 0 ? { ...line, payload: null } : line
  })
}

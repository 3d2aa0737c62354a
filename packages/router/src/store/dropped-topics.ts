// Up to which position a log has dropped events, by topic, so that a reader of one topic is not told of gaps in another. Bounded: of topics whose
// events were dropped longest ago only the newest position of all is known.

import type { UriPattern } from '@trunkline/protocol'
import { fitting } from './topic-filter.ts'

const MOST_TOPICS = 256
/** Characters of all topics together. */
const MOST_CHARACTERS = 8_192

export class DroppedTopics {
  /** In the order of their positions. */
  readonly #topics = new Map<string, number>()
  #characters = 0
  #others: number

  /** @param others the position for all topics that are not known */
  constructor(others = 0, topics: Iterable<readonly [topic: string, position: number]> = []) {
    this.#others = others
    for (const [topic, position] of topics) this.add(topic, position)
  }

  /** Up to here events of topics that are not named were dropped. */
  get others(): number {
    return this.#others
  }

  get topics(): Iterable<readonly [topic: string, position: number]> {
    return this.#topics
  }

  /** Notes a dropped event; positions only grow. */
  add(topic: string, position: number): void {
    if (!this.#topics.delete(topic)) this.#characters += topic.length
    this.#topics.set(topic, position)
    for (const [oldest, last] of this.#topics) {
      if (this.#topics.size <= MOST_TOPICS && this.#characters <= MOST_CHARACTERS) return
      this.#topics.delete(oldest)
      this.#characters -= oldest.length
      this.#others = last
    }
  }

  /** Notes that events of unknown topics were dropped, up to a position. */
  addUnknown(position: number): void {
    this.#topics.clear()
    this.#characters = 0
    this.#others = position
  }

  /** Events of a topic or pattern at and below this position may have been dropped. */
  of(filter: UriPattern): number {
    if (filter.match === 'exact') return this.#topics.get(filter.uri) ?? this.#others
    const fits = fitting(filter)
    let last = this.#others
    for (const [topic, position] of this.#topics) if (position > last && fits(topic)) last = position
    return last
  }
}

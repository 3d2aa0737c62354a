// The prefixes of one session, of which only so many may match the same topic: each of them brings it an event of its own. Knows no
// session.

/** The most prefixes of a session that may match one topic. */
export const MOST_NESTED = 32

interface HeldPrefix {
  readonly text: string
  /** The longest other one that it begins with. */
  parent: HeldPrefix | undefined
  /** How many it begins with, itself among them. */
  depth: number
}

export class NestedPrefixes {
  /** In ascending order, so that what begins with a text stands together. */
  readonly #held: HeldPrefix[] = []

  constructor(prefixes: Iterable<string>) {
    for (const prefix of prefixes) this.add(prefix)
  }

  mayAdd(prefix: string): boolean {
    return this.depthWith(prefix) <= MOST_NESTED
  }

  /** How many would match the same topic with one more: an integer is compared for each that lies within it, and the texts of a few. */
  depthWith(prefix: string): number {
    const place = this.#placeOf(prefix)
    const around = this.#around(prefix, place)?.depth ?? 0
    let deepest = around
    for (let i = place, end = this.#endOf(prefix, place); i < end; i++) deepest = Math.max(deepest, this.#held[i]?.depth ?? 0)
    return deepest + 1
  }

  /** Adds one that is not held yet. */
  add(text: string): void {
    const place = this.#placeOf(text)
    const parent = this.#around(text, place)
    const added: HeldPrefix = { text, parent, depth: (parent?.depth ?? 0) + 1 }
    this.#change(place, this.#endOf(text, place), { from: parent, to: added, by: 1 })
    this.#held.splice(place, 0, added)
  }

  /** Removes one; does nothing where it is not held. */
  delete(text: string): void {
    const place = this.#placeOf(text)
    const removed = this.#held[place]
    if (removed?.text !== text) return
    this.#held.splice(place, 1)
    this.#change(place, this.#endOf(text, place), { from: removed, to: removed.parent, by: -1 })
  }

  #change(place: number, end: number, { from, to, by }: { from: HeldPrefix | undefined; to: HeldPrefix | undefined; by: number }): void {
    for (let i = place; i < end; i++) {
      const each = this.#held[i]
      if (each === undefined) return
      each.depth += by
      if (each.parent === from) each.parent = to
    }
  }

  /** The longest that a text begins with: the one before it in order, or one around that. */
  #around(text: string, place: number): HeldPrefix | undefined {
    let before = this.#held[place - 1]
    while (before !== undefined && !text.startsWith(before.text)) before = before.parent
    return before
  }

  /** How many are smaller than a text. */
  #placeOf(text: string): number {
    return this.#first((held) => held >= text)
  }

  /** The index behind the last that begins with a text whose place is given. */
  #endOf(text: string, place: number): number {
    return this.#first((held, i) => i >= place && !held.startsWith(text))
  }

  /** The first of which something holds that holds of all after it. */
  #first(holds: (text: string, i: number) => boolean): number {
    let [from, to] = [0, this.#held.length]
    while (from < to) {
      const middle = (from + to) >>> 1
      const held = this.#held[middle]
      if (held === undefined || holds(held.text, middle)) to = middle
      else from = middle + 1
    }
    return from
  }
}

// Lists in ascending order, searched by halves: for lists that are searched far more often than changed.

/** The index at which a value is or would be: the number of smaller values. */
export function placeOf<T extends string | number>(sorted: ArrayLike<T>, value: T): number {
  let from = 0
  let to = sorted.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((sorted[middle] as T) < value) from = middle + 1
    else to = middle
  }
  return from
}

/** Things by their names, in the order of the characters of these, each name once. */
export class SortedNames<Each> {
  #names: string[] = []
  #each: Each[] = []

  /** Adds a name that is not in the list yet. */
  add(name: string, each: Each): void {
    const place = placeOf(this.#names, name)
    this.#names.splice(place, 0, name)
    this.#each.splice(place, 0, each)
  }

  delete(name: string): void {
    const place = placeOf(this.#names, name)
    if (this.#names[place] !== name) return
    this.#names.splice(place, 1)
    this.#each.splice(place, 1)
  }

  /** Deletes many in one pass: one after the other each would move all behind it. */
  deleteAll(names: ReadonlySet<string>): void {
    if (names.size === 0) return
    if (names.size === 1) return names.forEach((name) => this.delete(name))
    const stays = this.#names.map((name) => !names.has(name))
    this.#names = this.#names.filter((_, i) => stays[i])
    this.#each = this.#each.filter((_, i) => stays[i])
  }

  /** Those whose names begin with a text, in order, without a look at others. */
  beginningWith(prefix: string): readonly Each[] {
    const from = placeOf(this.#names, prefix)
    let to = from
    for (let end = this.#names.length; to < end;) {
      const middle = (to + end) >>> 1
      if (this.#names[middle]?.startsWith(prefix) === true) to = middle + 1
      else end = middle
    }
    return this.#each.slice(from, to)
  }
}

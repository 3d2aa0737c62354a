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

/** Names in the order of their characters, each once. */
export class SortedNames {
  readonly #names: string[] = []

  /** Adds a name that is not in the list yet. */
  add(name: string): void {
    this.#names.splice(placeOf(this.#names, name), 0, name)
  }

  delete(name: string): void {
    const place = placeOf(this.#names, name)
    if (this.#names[place] === name) this.#names.splice(place, 1)
  }

  /** The names that begin with a text, in order, without a look at others. The list must not change meanwhile. */
  *beginningWith(prefix: string): Generator<string> {
    for (let place = placeOf(this.#names, prefix); ; place++) {
      const name = this.#names[place]
      if (name === undefined || !name.startsWith(prefix)) return
      yield name
    }
  }
}

// Lists in ascending order, searched by halves: for what is asked far more often than it is changed.

/** Where a value stands or would stand: the number of smaller ones. */
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

  /** Takes a name that is not there yet. */
  add(name: string): void {
    this.#names.splice(placeOf(this.#names, name), 0, name)
  }

  delete(name: string): void {
    const place = placeOf(this.#names, name)
    if (this.#names[place] === name) this.#names.splice(place, 1)
  }

  /** Those that begin with a text, in order; no others are looked at. Nothing may be added or deleted meanwhile. */
  *beginningWith(prefix: string): Generator<string> {
    for (let place = placeOf(this.#names, prefix); ; place++) {
      const name = this.#names[place]
      if (name === undefined || !name.startsWith(prefix)) return
      yield name
    }
  }
}

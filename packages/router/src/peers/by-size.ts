// Things by their size, so that one of the largest is found at once, however many there are. Knows no owners.

/** Sizes of as many bits are one class: the largest is found but for a factor of two. */
export function sizeClass(size: number): number {
  return 32 - Math.clz32(size)
}

export class BySize<Each> {
  readonly #classes: (Set<Each> | undefined)[] = []

  /** Notes that the size of one has changed; 0 is that of one that is not here. */
  move(each: Each, before: number, now: number): void {
    const [from, to] = [sizeClass(before), sizeClass(now)]
    if (from === to) return
    if (from > 0) this.#classes[from]?.delete(each)
    if (to > 0) (this.#classes[to] ??= new Set()).add(each)
  }

  /** One of the largest: none is twice as large. Of its class the one that has been in it for longest. */
  get largest(): Each | undefined {
    for (let bits = this.#classes.length - 1; bits > 0; bits--) for (const each of this.#classes[bits] ?? []) return each
    return undefined
  }
}

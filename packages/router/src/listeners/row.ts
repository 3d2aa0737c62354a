// First in, first out, in the same time for any length.

export class Row<Each> {
  #items: (Each | undefined)[] = []
  #taken = 0

  get size(): number {
    return this.#items.length - this.#taken
  }

  get first(): Each | undefined {
    return this.#items[this.#taken]
  }

  push(each: Each): void {
    this.#items.push(each)
  }

  shift(): Each | undefined {
    const first = this.#items[this.#taken]
    this.#items[this.#taken] = undefined
    this.#taken++
    if (2 * this.#taken >= this.#items.length) {
      this.#items = this.#items.slice(this.#taken)
      this.#taken = 0
    }
    return first
  }
}

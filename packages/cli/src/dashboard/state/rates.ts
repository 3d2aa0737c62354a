// Rates of counters in rows that are read again and again, such as the calls of a procedure.

export class Rates<Row> {
  readonly #keyOf: (row: Row) => string
  readonly #countsOf: (row: Row) => readonly number[]
  #before = new Map<string, Reading>()
  #rates = new Map<string, readonly number[]>()

  /** @param countsOf counters of a row, always in the same order */
  constructor(keyOf: (row: Row) => string, countsOf: (row: Row) => readonly number[]) {
    this.#keyOf = keyOf
    this.#countsOf = countsOf
  }

  /** @param at in milliseconds */
  update(rows: readonly Row[], at: number): void {
    const before = this.#before
    this.#before = new Map()
    this.#rates = new Map()
    for (const row of rows) {
      const [key, counts] = [this.#keyOf(row), this.#countsOf(row)]
      const last = before.get(key)
      this.#before.set(key, { at, counts })
      if (last === undefined || at <= last.at) continue
      const seconds = (at - last.at) / 1_000
      this.#rates.set(
        key,
        counts.map((count, i) => Math.max(0, (count - (last.counts[i] ?? count)) / seconds)),
      )
    }
  }

  /** A second, in the order of the counters; undefined before a row was read twice. */
  of(row: Row): readonly number[] | undefined {
    return this.#rates.get(this.#keyOf(row))
  }
}

interface Reading {
  readonly at: number
  readonly counts: readonly number[]
}

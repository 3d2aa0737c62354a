// What came to a client, in order, for checks that wait for something among it.

/** Ends the wait for what does not come. */
const LONGEST_MS = 60_000

export class Seen<Each> {
  readonly all: Each[] = []
  readonly #looks = new Set<() => void>()

  add(each: Each): void {
    this.all.push(each)
    for (const look of this.#looks) look()
  }

  /**
   * Looks now and whenever something comes.
   * @throws {Error} (rejects) when it does not hold in time
   */
  until(holds: (all: readonly Each[]) => boolean, what: string, withinMs = LONGEST_MS): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearTimeout(late)
        this.#looks.delete(look)
        settle()
      }
      const look = (): void => {
        if (holds(this.all)) end(resolve)
      }
      const late = setTimeout(() => {
        const last = `${this.all.length} came, the last ${JSON.stringify(this.all.at(-1))}`
        end(() => reject(new Error(`${what}: not within ${withinMs} ms; ${last}`)))
      }, withinMs)
      this.#looks.add(look)
      look()
    })
  }
}

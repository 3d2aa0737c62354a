// Finds out when the machine itself was slow: the same small piece of work, timed again and again on the processor of the load,
// which the router does not use. Knows nothing of messages.

/** So much work takes about 50 µs: little beside what is measured, and enough to be timed. */
const WORK = JSON.stringify(Array.from({ length: 40 }, (_, number) => ({ number, text: 'x'.repeat(30) })))
const TURNS = 8
/** Another program on the same core makes work take up to twice as long; if it takes longer, the machine was busy. */
const SLOW_FACTOR = 2.5
/** So long the machine needs for the work that piled up while it was slow. */
const AFTERMATH_MS = 10

interface Sample {
  readonly at: number
  readonly took: number
}

export class MachineWatch {
  readonly #samples: Sample[] = []

  /** Works for a moment; to be called every few milliseconds. */
  look(): void {
    const at = performance.now()
    for (let turn = 0; turn < TURNS; turn++) JSON.parse(WORK)
    this.#samples.push({ at, took: performance.now() - at })
  }

  /** The times at which it was slow, in order, from the check before to some time after. */
  slowTimes(): readonly (readonly [from: number, to: number])[] {
    const took = this.#samples.map((sample) => sample.took).toSorted((a, b) => a - b)
    const usual = took[took.length >> 1] ?? 0
    const slow: [number, number][] = []
    for (const [index, sample] of this.#samples.entries()) {
      if (sample.took <= SLOW_FACTOR * usual) continue
      const from = this.#samples[index - 1]?.at ?? sample.at
      const to = sample.at + sample.took + AFTERMATH_MS
      const last = slow.at(-1)
      if (last !== undefined && from <= last[1]) last[1] = to
      else slow.push([from, to])
    }
    return slow
  }
}

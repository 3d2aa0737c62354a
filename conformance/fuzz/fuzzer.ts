// The search: batches of changed inputs, V8's coverage after each, and inputs that reached new code are kept and changed again.
// Never decides what a fault is beyond time: targets do.

import type { Counted, V8Coverage } from './coverage.ts'
import { Reached } from './coverage.ts'
import { Mutator } from './mutator.ts'
import type { Random } from './random.ts'
import type { Target } from './targets/target.ts'

/** Inputs for each question to V8, which takes some milliseconds. */
const BATCH = 512
const MAX_LENGTH = 8192
/** The longest that an input may take. */
const MAX_MS = 50
/** How many inputs are kept only for a new kind of outcome. */
const MOST_KINDS = 400
/** Faults of one kind count as one; the most kinds kept for each target. */
const MOST_CRASHES = 20
const MOST_SHORTENINGS = 2000

/** An input that broke a rule. */
export interface Crash {
  readonly input: Uint8Array
  readonly error: string
}

/** One target's search, which continues where it stopped. */
export class Fuzzer {
  readonly target: Target
  readonly reached: Reached
  readonly crashes = new Map<string, Crash>()
  executions = 0
  seconds = 0
  readonly #coverage: V8Coverage
  readonly #random: Random
  readonly #mutator: Mutator
  readonly #corpus: Uint8Array[] = []
  readonly #kinds = new Set<string>()

  constructor(target: Target, coverage: V8Coverage, random: Random) {
    this.target = target
    this.reached = new Reached(target.files)
    this.#coverage = coverage
    this.#random = random
    this.#mutator = new Mutator(random, target.tokens, MAX_LENGTH)
  }

  get corpusSize(): number {
    return this.#corpus.length
  }

  /** Searches for some seconds. Lets the event loop turn between batches. */
  async search(seconds: number, signal: AbortSignal): Promise<void> {
    const start = performance.now()
    this.#coverage.take()
    if (this.#corpus.length === 0) this.#sow()
    while (performance.now() - start < seconds * 1000 && !signal.aborted) {
      this.#batch()
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.seconds += (performance.now() - start) / 1000
  }

  /** The seeds are kept whatever they reach. */
  #sow(): void {
    for (const seed of this.target.seeds) {
      this.#execute(seed)
      this.#corpus.push(seed)
    }
    this.reached.add(this.#coverage.take())
  }

  #batch(): void {
    const inputs = Array.from({ length: BATCH }, () => this.#mutator.mutate(this.#choose(), this.#random.pick(this.#corpus)))
    const counted = this.#count(inputs)
    if (!this.reached.wouldGrow(counted)) return
    this.#find(inputs, counted)
    this.reached.add(counted)
  }

  /** The newest inputs are changed most. */
  #choose(): Uint8Array {
    const { length } = this.#corpus
    const recent = this.#random.oneIn(2) ? 4 : 16
    return this.#random.oneIn(2) ? this.#random.pick(this.#corpus.slice(Math.max(0, length - recent))) : this.#random.pick(this.#corpus)
  }

  #count(inputs: readonly Uint8Array[]): Counted {
    for (const input of inputs) this.#execute(input)
    return this.#coverage.take()
  }

  /** Keeps those of the inputs that reach something new, by halves. */
  #find(inputs: readonly Uint8Array[], counted: Counted): void {
    const [only] = inputs
    if (inputs.length === 1 && only !== undefined) {
      this.#corpus.push(only)
      this.reached.add(counted)
      return
    }
    const middle = inputs.length >> 1
    for (const half of [inputs.slice(0, middle), inputs.slice(middle)]) {
      const its = this.#count(half)
      if (this.reached.wouldGrow(its)) this.#find(half, its)
    }
  }

  #execute(input: Uint8Array): void {
    this.executions++
    const start = performance.now()
    let kind: string
    try {
      kind = this.target.run(input)
    } catch (error) {
      this.#crashed(input, error)
      return
    }
    if (performance.now() - start > MAX_MS && this.#isSlow(input)) {
      this.crashes.set('slow', { input, error: `took longer than ${MAX_MS} ms` })
    }
    if (this.#kinds.has(kind) || this.#kinds.size >= MOST_KINDS) return
    this.#kinds.add(kind)
    this.#corpus.push(input)
  }

  /** Whether it takes so much processor time at each try; a single slow try is due to the machine. */
  #isSlow(input: Uint8Array): boolean {
    for (let i = 0; i < 4; i++) {
      const start = process.cpuUsage()
      this.target.run(input)
      const { user, system } = process.cpuUsage(start)
      if (user + system <= MAX_MS * 1000) return false
    }
    return true
  }

  #crashed(input: Uint8Array, thrown: unknown): void {
    const error = String(thrown)
    const kind = kindOf(error)
    const known = this.crashes.get(kind)
    if (known === undefined ? this.crashes.size < MOST_CRASHES : input.length < known.input.length) {
      this.crashes.set(kind, { input: shorten(this.target, input, kind), error })
    }
  }
}

function kindOf(error: string): string {
  return error.replaceAll(/\d+/g, '#').slice(0, 60)
}

/** Leaves out pieces, ever smaller ones, as long as the fault stays the same; ends after about a thousand tries. */
function shorten(target: Target, input: Uint8Array, kind: string): Uint8Array {
  let shortest = input
  let left = MOST_SHORTENINGS
  for (let size = input.length >> 1; size >= 1 && left > 0; size >>= 1) {
    for (let at = 0; at + size <= shortest.length && left > 0; left--) {
      const shorter = Uint8Array.from([...shortest.subarray(0, at), ...shortest.subarray(at + size)])
      if (faultOf(target, shorter) === kind) shortest = shorter
      else at += size
    }
  }
  return shortest
}

function faultOf(target: Target, input: Uint8Array): string | undefined {
  try {
    target.run(input)
    return undefined
  } catch (error) {
    return kindOf(String(error))
  }
}

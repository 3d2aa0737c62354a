// Both ends of one client library in this process: calls or events, 64 in flight, and the processor time that they took. They are
// counted, not timed: on a busy machine a run takes longer, and its figure stays about the same.
// Usage: load.ts MODULE URL WHAT COUNT WARM-UP-COUNT. Prints one line of JSON.

import type { Ends, OpenEnds } from './ends.ts'

const IN_FLIGHT = 64

/** What a load prints. */
export interface ClientLoad {
  /** Calls answered, or events received, in a second of processor time. */
  readonly perCpuSecond: number
}

/** Counts what comes back, and keeps as many in flight. */
class Counter {
  #done = 0
  #next = 0
  #until = 0
  readonly #send: (count: number) => void
  #resolve: () => void = () => undefined
  #reject: (error: Error) => void = () => undefined

  constructor(send: (count: number) => void) {
    this.#send = send
  }

  /** Sends so many, and resolves when all have come back; rejects when an answer was wrong. */
  run(count: number): Promise<void> {
    this.#until = this.#done + count
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      for (let i = 0; i < IN_FLIGHT; i++) this.#sendNext()
    })
  }

  came(isRight: boolean, what: unknown): void {
    if (!isRight) return this.#reject(new Error(`came: ${String(what)}`))
    this.#done += 1
    if (this.#done === this.#until) this.#resolve()
    else this.#sendNext()
  }

  #sendNext(): void {
    if (this.#next < this.#until) this.#send(this.#next++)
  }
}

const [module = '', url = '', what = 'call', count = '60000', warmUp = '30000'] = process.argv.slice(2)
const { openEnds } = (await import(module)) as { openEnds: OpenEnds }

let expected = 0
const events = new Counter((index) => ends.publish(index))
const ends: Ends = await openEnds(url, (index) => events.came(index === expected++, index))
const calls = new Counter((index) => {
  ends.call(index).then(
    (sum) => calls.came(sum === index + 1, sum),
    (error: unknown) => calls.came(false, error),
  )
})
const counter = what === 'call' ? calls : events
await counter.run(Number(warmUp))
const before = process.cpuUsage()
await counter.run(Number(count))
const { user, system } = process.cpuUsage(before)
const result: ClientLoad = { perCpuSecond: Number(count) / ((user + system) / 1e6) }
await ends.close()
console.log(JSON.stringify(result))

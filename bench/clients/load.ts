// Both ends of one client library in this process: calls or events, 64 in flight, and the processor time that they took.
// Usage: load.ts MODULE URL WHAT SECONDS WARM-UP-SECONDS. Prints one line of JSON.

import type { Ends, OpenEnds } from './ends.ts'

const IN_FLIGHT = 64

/** What a load prints. */
export interface ClientLoad {
  /** Calls answered, or events received, in a second of processor time. */
  readonly perCpuSecond: number
}

/** Counts what comes back, and keeps as many in flight. */
class Counter {
  done = 0
  #isOver = false
  #waiting = 0
  #next = 0
  readonly #send: (count: number) => void
  #settle: (outcome?: unknown) => void = () => undefined
  /** Resolves when nothing is in flight any more; rejects when an answer was wrong. */
  readonly over: Promise<void>

  constructor(send: (count: number) => void) {
    this.#send = send
    this.over = new Promise((resolve, reject) => {
      this.#settle = (fault) => (fault === undefined ? resolve() : reject(fault))
    })
  }

  start(): void {
    for (let i = 0; i < IN_FLIGHT; i++) this.#sendNext()
  }

  end(): void {
    this.#isOver = true
  }

  came(isRight: boolean, what: unknown): void {
    if (!isRight) return this.#settle(new Error(`came: ${String(what)}`))
    this.done += 1
    this.#waiting -= 1
    if (!this.#isOver) this.#sendNext()
    else if (this.#waiting === 0) this.#settle()
  }

  #sendNext(): void {
    this.#waiting += 1
    this.#send(this.#next++)
  }
}

const [module = '', url = '', what = 'call', seconds = '2', warmUp = '1'] = process.argv.slice(2)
const { openEnds } = (await import(module)) as { openEnds: OpenEnds }

let expected = 0
const events = new Counter((count) => ends.publish(count))
const ends: Ends = await openEnds(url, (count) => events.came(count === expected++, count))
const calls = new Counter((count) => {
  ends.call(count).then(
    (sum) => calls.came(sum === count + 1, sum),
    (error: unknown) => calls.came(false, error),
  )
})
const counter = what === 'call' ? calls : events
counter.start()
await Promise.race([counter.over, sleep(Number(warmUp))])
const [before, cpu] = [counter.done, process.cpuUsage()]
await Promise.race([counter.over, sleep(Number(seconds))])
const { user, system } = process.cpuUsage(cpu)
const result: ClientLoad = { perCpuSecond: (counter.done - before) / ((user + system) / 1e6) }
counter.end()
await counter.over
await ends.close()
console.log(JSON.stringify(result))

function sleep(duration: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000 * duration))
}

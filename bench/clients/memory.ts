// What 10,000 subscriptions, and 10,000 calls without an answer, take in the memory of this client: with the invocations, since the
// callee is in this process too.
// Usage: node --expose-gc memory.ts URL. Prints one line of JSON: octets of heap and of buffers for each.

import { openSession } from '@trunkline/client/session'
import { PROCEDURE, REALM, TOPIC } from './ends.ts'

const COUNT = 10_000
/** Made before and after; the router allows a session 10,000 subscriptions. */
const WARM = 10

/** What the measurement prints: octets for each. */
export interface ClientMemory {
  readonly subscription: number
  readonly call: number
}

const [url = ''] = process.argv.slice(2)
const [client, callee] = await Promise.all([openSession({ url, realm: REALM }), openSession({ url, realm: REALM })])
await callee.register(PROCEDURE, () => new Promise(() => undefined))
const numbers = Array.from({ length: COUNT - WARM }, (_, i) => i)

// One of each first: what is made once is not counted.
await client.subscribe(TOPIC, () => undefined)
const calls: Promise<unknown>[] = []
const call = (count: number): void => void calls.push(client.call(PROCEDURE, [count]).catch(() => undefined))
call(0)

const before = held()
await Promise.all(numbers.map((i) => client.subscribe(`${TOPIC}.n${i}`, () => undefined)))
const subscribed = held()
for (const i of numbers) call(i)
// An answer behind all of them: they have left, and their octets are no longer in a queue.
await client.subscribe(`${TOPIC}.last`, () => undefined)
const called = held()
const result: ClientMemory = { subscription: (subscribed - before) / numbers.length, call: (called - subscribed) / numbers.length }
console.log(JSON.stringify(result))
process.exit(0)

function held(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

// Measures the lists of the meta API with 10,000 sessions, registrations, subscriptions and definitions: processor time of a call.
// Run: npx tsx --conditions=trunkline-source bench/meta-lists.bench.ts. It must never use a network.

import type { Message } from '@trunkline/protocol'
import { EMPTY_DICT, messageFromArray } from '@trunkline/protocol'
import type { LocalTransport, Rule } from '@trunkline/router'
import { createRouter } from '@trunkline/router'

const ENTRIES = 10_000
const CALLS = 300
const BEFORE = 20

const RULES: Readonly<Record<string, readonly Rule[]>> = {
  // This session may see everything.
  anonymous: ['**', 'wamp.**'].map((uri) => ({ uri, allow: ['call', 'register', 'publish', 'subscribe'] })),
}
const LISTS = [
  'wamp.session.list',
  'wamp.registration.list',
  'wamp.subscription.list',
  'wamp.reflection.procedure.list',
  'wamp.reflection.topic.list',
  'wamp.reflection.error.list',
]

class Peer {
  readonly #transport: LocalTransport
  readonly #waiting: ((message: Message) => void)[] = []

  constructor(transport: LocalTransport) {
    this.#transport = transport
    transport.attach({
      onMessage: (message) => this.#waiting.shift()?.(message),
      onProtocolError: (error) => {
        throw error
      },
      onClose: () => undefined,
    })
  }

  ask(...list: unknown[]): Promise<Message> {
    this.#transport.send(messageFromArray(list))
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  close(): void {
    this.#transport.close()
  }
}

const router = createRouter({ realms: { realm1: { anonymousRole: 'anonymous', roles: RULES } } })
const roles = { publisher: {}, subscriber: {}, caller: {}, callee: {} }
const peers = Array.from({ length: ENTRIES }, () => new Peer(router.openLocal()))
await Promise.all(peers.map((peer) => peer.ask(1, 'realm1', { roles })))
for (const [i, peer] of peers.entries()) {
  const requests = [
    peer.ask(64, 1, EMPTY_DICT, `com.example.procedure${i}`),
    peer.ask(32, 2, EMPTY_DICT, `com.example.topic${i}`),
    peer.ask(48, 3, EMPTY_DICT, 'wamp.reflect.define', [`com.example.error${i}`, { i }], { kind: 'error' }),
  ]
  await Promise.all(requests)
}
const caller = new Peer(router.openLocal())
await caller.ask(1, 'realm1', { roles })
let request = 0
let changes = 0

console.log(`Node ${process.version}; ${ENTRIES} of each; processor time, mean of ${CALLS} calls`)
console.log('procedure                         us a call   after a change')
for (const procedure of LISTS) {
  const again = await time(() => list(procedure))
  const changed = await time(async () => {
    await change()
    await list(procedure)
  })
  const changing = await time(change)
  console.log(`${procedure.padEnd(32)}${again.toFixed(0).padStart(11)}${(changed - changing).toFixed(0).padStart(17)}`)
}
for (const peer of [...peers, caller]) peer.close()
await router.close()

async function list(procedure: string): Promise<void> {
  const { type } = await caller.ask(48, ++request, EMPTY_DICT, procedure)
  if (type !== 50) throw new Error(`${procedure} answers with a message of type ${type}`)
}

/** Adds and removes an entry of each kind. */
async function change(): Promise<void> {
  const peer = new Peer(router.openLocal())
  await peer.ask(1, 'realm1', { roles })
  const requests = [
    peer.ask(64, 1, EMPTY_DICT, `com.other.procedure${++changes}`),
    peer.ask(32, 2, EMPTY_DICT, `com.other.topic${changes}`),
    peer.ask(48, 3, EMPTY_DICT, 'wamp.reflect.define', [`com.other.error${changes}`, {}], { kind: 'error' }),
  ]
  await Promise.all(requests)
  peer.close()
}

async function time(run: () => Promise<void>): Promise<number> {
  for (let i = 0; i < BEFORE; i++) await run()
  const start = process.cpuUsage()
  for (let i = 0; i < CALLS; i++) await run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / CALLS
}

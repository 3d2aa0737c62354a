// The clients that come and go: members that do everything a client may, slow readers, and vandals. Each of their connections
// ends, one way or another.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Actor } from '../hostile/case.ts'
import type { Addresses } from '../hostile/peer.ts'
import { Peer } from '../hostile/peer.ts'

const VIAS = ['ws.json', 'ws.msgpack', 'ws.cbor', 'rs.json', 'rs.msgpack', 'rs.cbor'] as const
const TOPICS = ['soak.a', 'soak.b', 'soak.b.c', 'soak.d.e.f'] as const
const PATTERNS = [
  ['soak.a', 'exact'],
  ['soak.b', 'exact'],
  ['soak.', 'prefix'],
  ['soak..c', 'wildcard'],
  ['soak.d..f', 'wildcard'],
] as const
const FLOODED = ['soak.flood', 'soak.flood.oldest', 'soak.flood.newest'] as const
const POLICIES = ['single', 'roundrobin', 'random', 'first', 'last'] as const
const FLOOD_OCTETS = 64 * 1024

export class Churn {
  /** How many of each came. */
  readonly counts = { members: 0, slowReaders: 0, vandals: 0, steps: 0, notOpened: 0 }
  readonly #addresses: Addresses
  #isOver = false

  constructor(addresses: Addresses) {
    this.#addresses = addresses
  }

  /** Continues until {@link stop}; resolves when the last client has ended. */
  async run(): Promise<void> {
    const members = Array.from({ length: 12 }, () => this.#repeat(() => this.#member()))
    const slow = FLOODED.map((topic) => this.#repeat(() => this.#slowReader(topic)))
    const vandals = Array.from({ length: 2 }, () => this.#repeat(() => this.#vandal()))
    await Promise.all([...members, ...slow, ...vandals, this.#repeat(() => this.#flood())])
  }

  stop(): void {
    this.#isOver = true
  }

  async #repeat(once: () => Promise<void>): Promise<void> {
    while (!this.#isOver) await once()
  }

  /** The router has limits of time for handshakes, which may pass on a busy machine. */
  async #open(actor: Actor): Promise<Peer | undefined> {
    try {
      return await Peer.open(this.#addresses, actor)
    } catch {
      this.counts.notOpened++
      return undefined
    }
  }

  async #member(): Promise<void> {
    const peer = await this.#open({ via: oneOf(VIAS), join: 'realm1' })
    if (peer === undefined) return
    const member = new Member(peer)
    this.counts.members++
    for (let left = Math.floor(Math.random() * 40); left > 0 && !this.#isOver; left--) {
      if (!(await member.step())) break
      this.counts.steps++
    }
    await member.leave()
  }

  async #slowReader(topic: string): Promise<void> {
    const peer = await this.#open({ via: oneOf(VIAS), join: 'realm1' })
    if (peer === undefined) return
    this.counts.slowReaders++
    peer.send([32, 1, {}, topic])
    await peer.next()
    peer.pause()
    for (let left = 50; left > 0 && !this.#isOver; left--) await sleep(100)
    peer.destroy()
  }

  async #flood(): Promise<void> {
    const peer = await this.#open({ join: 'realm1' })
    if (peer === undefined) return
    const text = 'x'.repeat(FLOOD_OCTETS)
    for (let left = 500; left > 0 && !this.#isOver; left--) {
      for (const topic of FLOODED) peer.send([16, peer.nextRequest, {}, topic, [left, text]])
      await sleep(10)
    }
    peer.destroy()
  }

  /** Something that no client should send, before or behind the handshake and the login. */
  async #vandal(): Promise<void> {
    const isHttp = Math.random() < 0.5
    const [via, join] = oneOf([
      [isHttp ? 'http' : 'rawsocket', undefined],
      [oneOf(VIAS), undefined],
      [oneOf(VIAS), 'realm1'],
    ] as const)
    const peer = await this.#open(join === undefined ? { via } : { via, join })
    if (peer === undefined) return
    this.counts.vandals++
    const bad = oneOf(BAD)
    if (typeof bad === 'string') peer.write(Buffer.from(bad, 'hex'))
    else if (via === 'http' || via === 'rawsocket') peer.write(Buffer.from(JSON.stringify(bad)))
    else peer.send(bad)
    // The router closes most at once, and silent ones after a while.
    await peer.next(1000 * Math.random())
    peer.destroy()
  }
}

/** A session that takes random steps, and remembers enough to take valid ones. */
class Member {
  readonly #peer: Peer
  readonly #subscriptions: number[] = []
  readonly #registrations: number[] = []
  readonly #invocations: number[] = []
  #calls: number[] = []
  #isOpen = true

  constructor(peer: Peer) {
    this.#peer = peer
  }

  /** Takes a step and reads what came; false when the router has ended the session. */
  async step(): Promise<boolean> {
    const peer = this.#peer
    const [first] = this.#subscriptions
    const [registration] = this.#registrations
    const request = peer.nextRequest
    const [uri, match] = oneOf(PATTERNS)
    switch (Math.floor(Math.random() * 9)) {
      case 0:
        peer.send([32, request, { match }, uri])
        break
      case 1:
        if (first !== undefined) peer.send([34, request, this.#subscriptions.shift()])
        break
      case 2:
        peer.send([64, request, { match, invoke: oneOf(POLICIES) }, uri])
        break
      case 3:
        if (registration !== undefined) peer.send([66, request, this.#registrations.shift()])
        break
      case 4:
      case 5:
        peer.send([
          16,
          request,
          { acknowledge: Math.random() < 0.5, exclude_me: Math.random() < 0.5 },
          oneOf(TOPICS),
          [request, 'text'],
          { a: 1 },
        ])
        break
      case 6:
      case 7:
        this.#calls.push(request)
        peer.send([
          48,
          request,
          { receive_progress: Math.random() < 0.3 },
          Math.random() < 0.1 ? 'wamp.session.list' : oneOf(TOPICS),
          [request],
        ])
        break
      default:
        if (this.#calls.length > 0) peer.send([49, oneOf(this.#calls), { mode: oneOf(['skip', 'kill', 'killnowait']) }])
    }
    this.#answer()
    await this.#look()
    return this.#isOpen
  }

  /** By GOODBYE, by leaving the connection, or with calls and invocations open. */
  async leave(): Promise<void> {
    if (this.#isOpen && Math.random() < 0.5) {
      this.#peer.send([6, {}, 'wamp.close.close_realm'])
      await this.#peer.next(1000)
    }
    this.#peer.destroy()
  }

  #answer(): void {
    for (const invocation of this.#invocations.splice(0)) {
      const chance = Math.random()
      if (chance < 0.2) this.#peer.send([70, invocation, { progress: true }, ['part']])
      if (chance < 0.6) this.#peer.send([70, invocation, {}, ['result']])
      else if (chance < 0.8) this.#peer.send([8, 68, invocation, {}, 'soak.error'])
    }
  }

  async #look(): Promise<void> {
    for (let wait = 20; ; wait = 0) {
      const arrival = await this.#peer.next(wait)
      if ('closed' in arrival) this.#isOpen = false
      if (!('message' in arrival)) return
      const [type, request, third] = arrival.message as [number, number, number]
      if (type === 33) this.#subscriptions.push(third)
      else if (type === 65) this.#registrations.push(third)
      else if (type === 68) this.#invocations.push(request)
      else if (type === 50 || type === 8) this.#calls = this.#calls.filter((call) => call !== request)
    }
  }
}

const BAD = [
  '00',
  'ff'.repeat(64),
  '474554202f20485454502f312e310d0a', // GET without an end
  '7f00000000',
  '81ffffffffffffffffff',
  'ddffffffff',
  '9bffffffffffffffff',
  '5b'.repeat(1000),
  [],
  [1],
  [1, 'realm1'],
  [1, 'realm1', {}],
  [1, 'no.such.realm', { roles: { caller: {} } }],
  [48, 7, {}, 'soak.a'],
  [70, 99_999_999, {}, ['forged']],
  [8, 68, 99_999_999, {}, 'soak.forged'],
  [16, 1, { acknowledge: 'yes' }, 'soak.a'],
  [32, 1, {}, ''],
  [6, {}, 'wamp.close.close_realm'],
  [3, {}, 'wamp.error.protocol_violation'],
  ['x'.repeat(10_000)],
] as const

function oneOf<T>(list: readonly T[]): T {
  const [first] = list
  return list[Math.floor(Math.random() * list.length)] ?? (first as T)
}

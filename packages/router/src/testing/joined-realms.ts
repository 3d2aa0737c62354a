// For tests: realms of several nodes, joined by links that carry frames as objects, one at a time, in an order that the test chooses.

import type { Message, Payload } from '@trunkline/protocol'
import { owned, Payload as Payloads } from '@trunkline/protocol'
import type { RealmOptions, Router, Rule } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { makeSerializers, OPEN_REALM } from '@trunkline/testkit'
import { ManualAlarm, ManualClock, ManualScheduler, SeededIds } from '@trunkline/testing/ports'
import type { Realm, RealmCluster, Session } from '../core/index.ts'
import type { Link, SendOutcome } from '../core/ports/index.ts'
import type { Frame, JoinFrame, LeaveFrame } from '../fabric/frames.ts'
import type { CallFrame, TakenFrame } from '../fabric/remote-sessions.ts'
import { RemoteSessions } from '../fabric/remote-sessions.ts'
import { claimOf, joinOf } from '../fabric/told.ts'
import { realmIn } from './realm-in.ts'

const ALL: readonly Rule[] = [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'], options: ['force_reregister'] }]
const ROLES = { anyone: ALL }
const FORMAT = makeSerializers().cbor

export const ALL_FEATURES: readonly string[] = [
  'caller.call_canceling',
  'caller.progressive_call_results',
  'caller.progressive_call_invocations',
  'caller.payload_passthru_mode',
  'callee.call_canceling',
  'callee.progressive_call_results',
  'callee.progressive_call_invocations',
  'callee.payload_passthru_mode',
  'callee.call_timeout',
  'callee.registration_revocation',
  'callee.call_reroute',
]

/** A session of a client, as the test drives it. */
export class Member implements Link {
  readonly format = FORMAT
  readonly received: Message[] = []
  readonly session: Session
  readonly #node: Node
  /** Its queue has no room for what may be refused. */
  isFull = false

  constructor(node: Node, features: readonly string[]) {
    this.#node = node
    const identity = { authid: `someone-${node.index}`, authrole: 'anyone', authmethod: 'ticket', authprovider: 'test' }
    const transport = { kind: 'websocket', peer: 'test', isSecure: false } as const
    this.session = node.realm.join(this, { identity, roles: features, transport }, () => {})
  }

  get node(): Node {
    return this.#node
  }

  send(message: Message, isOffer?: boolean): SendOutcome {
    if (!this.session.isMember) return 'closed'
    if (this.isFull && isOffer === true) return 'full'
    this.received.push('payload' in message && message.payload !== undefined ? { ...message, payload: owned(message.payload) } : message)
    return 'queued'
  }

  sendEvent(): SendOutcome {
    return 'queued'
  }

  abort(error: Error): void {
    throw error
  }

  goodbye(): void {
    // The test sees that the session has left.
  }

  answerGoodbye(): void {
    this.leave()
  }

  say(message: Message): void {
    this.#node.realm.receive(this.session, message)
    this.#node.scheduler.settle()
  }

  leave(): void {
    this.#node.realm.leave(this.session)
    this.#node.scheduler.settle()
  }

  /** What came since the last call. */
  take(): Message[] {
    return this.received.splice(0)
  }
}

export function payloadOf(...args: unknown[]): Payload | undefined {
  return Payloads.fromValues(args)
}

/** What lies on one way of a link: a frame, or the number of frames that were taken in at the other end. */
type Item = Frame | number

/** One of the other nodes, as a node sees it while they are linked. */
interface Neighbour {
  readonly node: Node
  readonly sessions: RemoteSessions
  readonly joined: Map<number, JoinFrame>
  sent: number
  acked: number
  taken: number
}

interface Waiting {
  readonly needs: Map<Neighbour, number>
  readonly done: () => void
}

export class Node {
  readonly index: number
  readonly realm: Realm
  readonly scheduler = new ManualScheduler()
  readonly router: Router
  readonly members: Member[] = []
  /** The topics of all that it has published to the other nodes. */
  readonly published: string[] = []
  readonly neighbours = new Map<Node, Neighbour>()
  readonly #realms: JoinedRealms
  readonly #waiting = new Set<Waiting>()
  #lastStamp = 0

  constructor(realms: JoinedRealms, index: number, options: RealmOptions) {
    this.index = index
    this.#realms = realms
    const { scheduler } = this
    const { clock, ids } = realms
    this.router = createRouter({
      realms: { realm1: { ...OPEN_REALM, roles: ROLES, anonymousRole: 'anyone', requestIds: 'tolerant', ...options } },
      clock,
      ids,
      scheduler,
      alarm: new ManualAlarm(),
    })
    this.realm = present(realmIn(this, 'realm1'))
    scheduler.settle()
    this.realm.cluster = this.#cluster()
    this.router.durations.start()
  }

  join(features: readonly string[] = ALL_FEATURES): Member {
    const member = new Member(this, features)
    this.members.push(member)
    return member
  }

  /** The link to another node is up: tells it all that is here. */
  up(other: Node): void {
    const node = { name: `node-${other.index}`, isDraining: false }
    const { realm, scheduler } = this
    const send = (frame: CallFrame): boolean => {
      this.#send(neighbour, frame)
      return true
    }
    const sessions = new RemoteSessions({ node, realm, number: 1, format: FORMAT, scheduler, send, pace: () => {}, numberOf: () => 0 })
    const neighbour: Neighbour = { node: other, sessions, joined: new Map(), sent: 0, acked: 0, taken: 0 }
    this.neighbours.set(other, neighbour)
    for (const session of realm.sessions.values()) if (!session.isInternal) this.#send(neighbour, joinOf(1, session))
    for (const registration of realm.dealer.registrations.values()) {
      for (const callee of registration.callees) {
        if (callee.node === undefined && !callee.session.isInternal) this.#send(neighbour, claimOf(1, registration, callee))
      }
    }
    for (const { registration, callee } of realm.dealer.claims.successors.own()) this.#send(neighbour, claimOf(1, registration, callee))
    for (const { needs } of this.#waiting) needs.set(neighbour, neighbour.sent)
  }

  down(other: Node): void {
    const neighbour = this.neighbours.get(other)
    this.neighbours.delete(other)
    neighbour?.sessions.lose()
    for (const { needs } of this.#waiting) if (neighbour !== undefined) needs.delete(neighbour)
    this.#callBack()
    this.scheduler.settle()
  }

  take(from: Node, item: Item): void {
    const neighbour = this.neighbours.get(from)
    if (neighbour === undefined) throw new Error('an item came over a link that is down')
    if (typeof item === 'number') neighbour.acked = item
    else {
      neighbour.taken++
      this.#takeFrame(neighbour, item)
      this.scheduler.settle()
      this.#realms.put(this, from, neighbour.taken)
    }
    this.#callBack()
    this.scheduler.settle()
  }

  #takeFrame(neighbour: Neighbour, frame: Frame): void {
    if (frame.type === 'join') neighbour.joined.set(frame.session, frame)
    else if (frame.type === 'leave') neighbour.joined.delete(frame.session)
    else if (frame.type === 'claim') neighbour.sessions.claim(frame, present(neighbour.joined.get(frame.session)))
    else neighbour.sessions.receive(frame as TakenFrame)
  }

  #send(neighbour: Neighbour, frame: Frame): void {
    neighbour.sent++
    // The receiver gets octets: nothing of this node's memory.
    const sent = 'payload' in frame && frame.payload !== undefined ? { ...frame, payload: owned(frame.payload) } : frame
    this.#realms.put(this, neighbour.node, sent)
  }

  #tellAll(frame: Frame): void {
    for (const neighbour of this.neighbours.values()) this.#send(neighbour, frame)
  }

  #callBack(): void {
    for (const waiting of [...this.#waiting]) {
      for (const [neighbour, need] of waiting.needs) if (neighbour.acked >= need) waiting.needs.delete(neighbour)
      if (waiting.needs.size > 0 || !this.#waiting.delete(waiting)) continue
      waiting.done()
    }
  }

  #settle(done: () => void): void {
    const needs = new Map<Neighbour, number>()
    for (const neighbour of this.neighbours.values()) if (neighbour.sent > neighbour.acked) needs.set(neighbour, neighbour.sent)
    if (needs.size === 0) done()
    else this.#waiting.add({ needs, done })
  }

  /** What concerns claims and calls; all else that a realm tells of itself is let pass. */
  #cluster(): RealmCluster {
    const clock = this.#realms.clock
    const told: Partial<RealmCluster> = {
      node: `node-${this.index}`,
      sessions: new Map(),
      prefersOwn: this.#realms.prefersOwn,
      firstTurn: this.index * 7,
      stamp: () => (this.#lastStamp = Math.max(this.#lastStamp + 1, (clock.now() + this.#realms.skewOf(this.index)) * 1024)),
      sawStamp: (stamp) => void (this.#lastStamp = Math.max(this.#lastStamp, stamp)),
      registered: (registration, callee) => this.#tellAll(claimOf(1, registration, callee)),
      unregistered: ({ id: registration }, { id: session }, end) =>
        this.#tellAll({ type: 'unclaim', realm: 1, registration, session, ...end }),
      published: ({ topic }) => void this.published.push(topic),
      refused: ({ session: { id: session }, stamp, node }, { id: registration }, before) => {
        const neighbour = [...this.neighbours.values()].find(({ node: { index } }) => node?.name === `node-${index}`)
        if (neighbour !== undefined) this.#send(neighbour, { type: 'lost', realm: 1, registration, session, stamp, before })
      },
      joined: (session) => this.#tellAll(joinOf(1, session)),
      left: ({ id: session }) => this.#tellAll({ type: 'leave', realm: 1, session } satisfies LeaveFrame),
      settle: (done) => this.#settle(() => done(true)),
      idOf: (kind, match, uri) => this.#realms.idOf(`${kind} ${match} ${uri}`),
    }
    return new Proxy(told as RealmCluster, { get: (target, name) => Reflect.get(target, name) ?? (() => undefined) })
  }
}

export interface JoinedOptions {
  readonly options?: RealmOptions
  readonly prefersOwn?: boolean
  /** How far the clocks of nodes are ahead, in milliseconds. */
  readonly skews?: readonly number[]
}

export class JoinedRealms {
  readonly clock = new ManualClock()
  readonly ids = new SeededIds()
  readonly nodes: readonly Node[]
  readonly prefersOwn: boolean
  readonly #skews: readonly number[]
  readonly #ids = new Map<string, number>()
  /** What lies on each way, by the numbers of its ends. */
  readonly #ways = new Map<string, { readonly from: Node; readonly to: Node; readonly items: Item[] }>()

  constructor(count: number, { options = {}, prefersOwn = true, skews = [] }: JoinedOptions = {}) {
    this.prefersOwn = prefersOwn
    this.#skews = skews
    this.nodes = Array.from({ length: count }, (_, i) => new Node(this, i, options))
    for (const [i, a] of this.nodes.entries()) for (const b of this.nodes.slice(i + 1)) this.link(a, b)
    this.deliverAll()
  }

  /** The node with this number. */
  at(index: number): Node {
    return present(this.nodes[index])
  }

  skewOf(index: number): number {
    return this.#skews[index] ?? 0
  }

  idOf(name: string): number {
    const id = this.#ids.get(name) ?? 1_000_000 + this.#ids.size
    this.#ids.set(name, id)
    return id
  }

  isLinked(a: Node, b: Node): boolean {
    return a.neighbours.has(b)
  }

  link(a: Node, b: Node): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const)
      this.#ways.set(nameOf(from, to), { from, to, items: [] })
    a.up(b)
    b.up(a)
  }

  cut(a: Node, b: Node): void {
    for (const name of [nameOf(a, b), nameOf(b, a)]) this.#ways.delete(name)
    a.down(b)
    b.down(a)
  }

  put(from: Node, to: Node, item: Item): void {
    this.#ways.get(nameOf(from, to))?.items.push(item)
  }

  /** Delivers the first item of one way. @param choose draws a number below another @returns whether there was one */
  deliverOne(choose: (below: number) => number = () => 0): boolean {
    const ways = [...this.#ways.values()].filter(({ items }) => items.length > 0)
    const way = ways[choose(ways.length)]
    const item = way?.items.shift()
    if (way === undefined || item === undefined) return false
    way.to.take(way.from, item)
    return true
  }

  /** Delivers what lies between two nodes now, and nothing of what it causes. */
  deliverBetween(a: Node, b: Node): void {
    for (const name of [nameOf(a, b), nameOf(b, a)]) {
      const way = this.#ways.get(name)
      for (const item of way?.items.splice(0) ?? []) way?.to.take(way.from, item)
    }
  }

  deliverAll(choose?: (below: number) => number): void {
    while (this.deliverOne(choose)) {
      // One after the other.
    }
  }

  /** Lets time pass on all nodes. */
  advance(milliseconds: number): void {
    this.clock.advance(milliseconds)
    for (const { router, scheduler } of this.nodes) {
      router.tick()
      scheduler.settle()
    }
  }

  /** The callees of all registrations of clients, as a node has them. */
  tableOf({ realm }: Node): Record<string, readonly string[]> {
    const rows = [...realm.dealer.registrations.values()].filter(({ callees }) =>
      callees.some(({ session, node }) => node !== undefined || !session.isInternal),
    )
    rows.sort((a, b) => a.id - b.id)
    return Object.fromEntries(
      rows.map(({ id, match, uri, invoke, callees }) => [
        `${id} ${match} ${uri} ${invoke}`,
        callees.map(({ session, stamp, share }) => `${session.id} ${stamp} ${share?.node} ${share?.number}`),
      ]),
    )
  }
}

function nameOf(from: Node, to: Node): string {
  return `${from.index} to ${to.index}`
}

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('it is not there')
  return value
}

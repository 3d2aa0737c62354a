// Which events have to reach subscribers of other nodes (C4), and which of them are to be counted as missed where they do not (C3). Only
// acknowledged publications are followed: of others nothing says that they were accepted.

import { areLinked, untoldGap } from './cluster-tables.ts'
import { isEligible } from './eligible.ts'
import { SimulationFailure } from './failure.ts'
import type { FaultyCluster, Process } from './faulty-cluster.ts'
import { needsBinary } from './model/state.ts'
import { isReserved, matches } from './model/uris.ts'
import type { Match } from './model/uris.ts'

type Options = Readonly<Record<string, unknown>>

/** What is known of connections. */
export interface ConnectionFacts {
  realmOf(connection: number): string
  /** Whether its client gets what its router sends. */
  isUsed(connection: number): boolean
  processOf(connection: number): Process | undefined
}

/** A subscription for which a session has SUBSCRIBED. */
export interface Subscribed {
  readonly uri: string
  readonly match: Match
  /** The processes that know, or knew when their link went down, that it is there. */
  readonly knownTo: Set<Process>
}

interface Wanted {
  readonly uri: string
  readonly match: Match
  /** How many answers its node had given by then before all nodes knew. */
  readonly late: number
}

interface Side {
  readonly session: number
  readonly authid: string
  readonly role: string
  /** SUBSCRIBE and acknowledged PUBLISH that are not answered. */
  readonly subscribes: Map<number, Wanted>
  readonly publishes: Map<number, { readonly topic: string; readonly expected: readonly Expected[] }>
  /** Request ids that it has used again: which request an answer means cannot be seen. */
  readonly repeated: Set<number>
  readonly subscriptions: Map<number, Subscribed>
  /** How many events of each subscription it was told that it has missed. */
  readonly told: Map<Subscribed, number>
  /** Notices of gaps that it got: each may come by several subscriptions. */
  readonly notices: Set<number>
}

/** An event that a subscriber has to get. */
interface Expected {
  readonly connection: number
  readonly subscription: number
  readonly subscribed: Subscribed
  readonly from: Process
  readonly to: Process
  /** Of the link between the nodes; undefined where it was down. */
  readonly turns: string | undefined
}

interface Due extends Expected {
  readonly publication: number
  readonly topic: string
}

const ON_GAP = 'trunkline.session.on_gap'

export class ClusterEvents {
  checks = 0
  /** How many events that had to come did not. */
  missed = 0
  readonly #cluster: FaultyCluster
  readonly #facts: ConnectionFacts
  readonly #sides = new Map<number, Side>()
  readonly #came = new Set<string>()
  /** Pairs of processes each of which knows all that the other has. */
  readonly #linked = new Set<string>()
  /** Subscriptions for which a node has answered before all nodes knew: it answers further ones at once. */
  readonly #late = new Map<Process, Set<number>>()
  #due: Due[] = []

  constructor(cluster: FaultyCluster, facts: ConnectionFacts) {
    this.#cluster = cluster
    this.#facts = facts
  }

  subscriptionsOf(connection: number): ReadonlyMap<number, Subscribed> {
    return this.#sides.get(connection)?.subscriptions ?? NONE
  }

  received(connection: number, list: readonly unknown[]): void {
    const side = this.#sides.get(connection)
    if (side === undefined) return
    const [type, id, options, uri, ...payload] = list as readonly [number, number, Options, string, ...unknown[]]
    if (side.subscribes.has(id) || side.publishes.has(id)) side.repeated.add(id)
    if (type === 32 && typeof options === 'object')
      side.subscribes.set(id, { uri, match: (options['match'] ?? 'exact') as Match, late: this.#lateAt(connection) })
    if (type === 34) side.subscriptions.delete(list[2] as number)
    if (type === 48 && uri === 'wamp.subscription.remove_subscriber') this.#revoked(payload[0])
    if (type === 16 && options['acknowledge'] === true) {
      // JSON cannot hold it, and a long one may be too long for some.
      const isPlain = !needsBinary(payload) && JSON.stringify(payload).length < 100
      side.publishes.set(id, { topic: uri, expected: isPlain ? this.#expected(connection, uri, options) : [] })
    }
  }

  sent(connection: number, list: readonly unknown[]): void {
    const [type, first, second] = list as readonly [number, number, number]
    if (type === 2) return this.#welcomed(connection, first, list[2] as Options)
    const side = this.#sides.get(connection)
    if (side === undefined) return
    switch (type) {
      case 3:
      case 6:
        return this.over(connection)
      case 33:
        return this.#subscribed(connection, side, first, second)
      case 35:
        if (first === 0) side.subscriptions.delete((list[2] as Readonly<Record<string, number>>)['subscription'] ?? 0)
        return
      case 17: {
        const { topic, expected } = side.publishes.get(first) ?? { topic: '', expected: [] }
        if (side.repeated.has(first)) return
        for (const each of expected) this.#due.push({ ...each, publication: second, topic })
        return
      }
      case 36:
        this.#came.add(`${connection} ${first} ${second}`)
        return noteGap(side, list)
    }
  }

  over(connection: number): void {
    this.#sides.delete(connection)
  }

  /** In each step: a node whose link has come up knows all that the other has. */
  look(): void {
    const { alive } = this.#cluster
    for (const one of alive) {
      for (const other of alive) {
        if (one.name >= other.name) continue
        const key = `${one.boot} ${other.boot}`
        if (!areLinked(one, other)) this.#linked.delete(key)
        else if (!this.#linked.has(key)) {
          this.#linked.add(key)
          this.#nowKnow(one, other)
          this.#nowKnow(other, one)
        }
      }
    }
  }

  /** Once nothing goes wrong any more: what had to come has come, or its subscriber knows that it missed so much. */
  checkCalm(): void {
    const missed = new Map<Subscribed, { readonly due: Due; count: number }>()
    for (const due of this.#due) {
      this.checks++
      const { connection, subscription, subscribed, publication, topic, from, to, turns } = due
      if (from.isDead || to.isDead || !this.#facts.isUsed(connection)) continue
      if (this.#sides.get(connection)?.subscriptions.get(subscription) !== subscribed) continue
      if (this.#came.has(`${connection} ${subscription} ${publication}`)) continue
      if (turns === this.#cluster.turnsOf(from, to)) {
        const text = `connection ${connection} did not get publication ${publication} to ${topic} on subscription ${subscription}`
        throw new SimulationFailure('C4', text)
      }
      const known = missed.get(subscribed)
      if (known === undefined) missed.set(subscribed, { due, count: 1 })
      else known.count++
    }
    for (const [subscribed, { due, count }] of missed) this.#checkTold(subscribed, due, count)
    this.#due = []
  }

  #checkTold(subscribed: Subscribed, { connection, subscription, publication, to }: Due, count: number): void {
    const side = this.#sides.get(connection)
    const told = side?.told.get(subscribed) ?? 0
    const untold = untoldGap(to, this.#facts.realmOf(connection), subscription, side?.session ?? 0)
    this.missed += count
    if (told + untold >= count) return
    throw new SimulationFailure(
      'C3',
      `connection ${connection} missed ${count} events on subscription ${subscription}, publication ${publication} first, and knows of ${told + untold}`,
    )
  }

  #welcomed(connection: number, session: number, details: Options): void {
    this.#sides.set(connection, {
      session,
      authid: String(details['authid']),
      role: String(details['authrole']),
      subscribes: new Map(),
      publishes: new Map(),
      repeated: new Set(),
      subscriptions: new Map(),
      told: new Map(),
      notices: new Set(),
    })
  }

  #subscribed(connection: number, side: Side, request: number, subscription: number): void {
    const wanted = side.subscribes.get(request)
    const process = this.#facts.processOf(connection)
    // A session may subscribe again to what it has.
    if (wanted === undefined || process === undefined || side.repeated.has(request) || side.subscriptions.has(subscription)) return
    const late = this.#late.get(process) ?? new Set()
    this.#late.set(process, late)
    if (wanted.late !== this.#lateAt(connection)) late.add(subscription)
    const linked = late.has(subscription) ? [] : this.#cluster.alive.filter((other) => other !== process && areLinked(process, other))
    side.subscriptions.set(subscription, { ...wanted, knownTo: new Set([process, ...linked]) })
  }

  #nowKnow(node: Process, other: Process): void {
    for (const [connection, { subscriptions }] of this.#sides) {
      if (this.#facts.processOf(connection) === other) for (const { knownTo } of subscriptions.values()) knownTo.add(node)
    }
  }

  /** A session that is not told of it does not know that it has a subscription no longer. */
  #revoked(args: unknown): void {
    const [subscription, session] = Array.isArray(args) ? (args as readonly unknown[]) : []
    for (const side of this.#sides.values()) if (side.session === session) side.subscriptions.delete(subscription as number)
  }

  /** A node that stands still for more than a second does not hold up the answers of others. */
  #lateAt(connection: number): number {
    return this.#facts.processOf(connection)?.router.counters.clusterSettleLate ?? 0
  }

  /** Who has to get an event that is published now: every session that has SUBSCRIBED, as far as the node of the publisher knows or knew. */
  #expected(publisher: number, topic: string, options: Options): Expected[] {
    const from = this.#facts.processOf(publisher)
    if (from === undefined || typeof topic !== 'string' || isReserved(topic)) return []
    const found: Expected[] = []
    for (const [connection, side] of this.#sides) {
      const to = this.#facts.processOf(connection)
      if (to === undefined || to.isDead || this.#facts.realmOf(connection) !== this.#facts.realmOf(publisher)) continue
      if (!isEligible(connection, side, { from: publisher, options })) continue
      const turns = to === from || areLinked(from, to) ? this.#cluster.turnsOf(from, to) : undefined
      for (const [subscription, subscribed] of side.subscriptions) {
        const { uri, match, knownTo } = subscribed
        if (knownTo.has(from) && matches(match, uri, topic)) found.push({ connection, subscription, subscribed, from, to, turns })
      }
    }
    return found
  }
}

const NONE: ReadonlyMap<number, Subscribed> = new Map<number, Subscribed>()

/** An event says that earlier ones were missed, or is the notice of that. */
function noteGap({ subscriptions, told, notices }: Side, list: readonly unknown[]): void {
  const [, id, publication, details, args] = list as readonly [number, number, number, Options, (readonly unknown[])?]
  const subscribed = subscriptions.get(id)
  const add = (to: Subscribed | undefined, events: unknown): void => {
    if (to !== undefined) told.set(to, (told.get(to) ?? 0) + Number(events))
  }
  if (details['_gap'] !== undefined) add(subscribed, details['_gap'])
  const topic = subscribed?.match === 'exact' ? subscribed.uri : details['topic']
  if (topic !== ON_GAP || notices.has(publication)) return
  notices.add(publication)
  add(subscriptions.get(Number(args?.[0])), args?.[2])
}

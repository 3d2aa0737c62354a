// Who calls and publishes what, seen while an operator looks: rates of the edges between callers, procedures and callees, and between
// publishers and topics. Bounded; keeps no payload.

import type { In } from '@trunkline/contract'
import type { Actor, CallOnItsWay, CallSeen, Entry, EventSeen, OnCallEnd, Router } from '@trunkline/router'
import type { adminApi } from './admin-contract.ts'
import { Sample } from './sample.ts'
import type { Reader } from './tail.ts'
import type { Look } from './traffic.ts'
import { TICKS_A_SECOND } from './traffic.ts'
import type { TrafficWish } from './traffic-filter.ts'
import { TrafficFilter } from './traffic-filter.ts'
import { actorRow } from './traffic-line.ts'

export interface GraphWish extends TrafficWish {
  readonly by?: 'session' | 'authid' | 'authrole' | undefined
  readonly seconds?: number | undefined
  readonly top?: number | undefined
}

/** Edges of each kind that are counted; what comes for others counts to the rest. */
const MOST_EDGES = 2_000
export const DEFAULT_TOP = 100
export const DEFAULT_SECONDS = 2
/** Subscribers of one topic that are looked at, and the groups of them that are shown. */
const MOST_SUBSCRIBERS = 200
const MOST_GROUPS = 20
/** Of all topics of a picture together; of further topics only so many as there may be groups: some milliseconds of work. */
const MOST_SUBSCRIBERS_OF_ALL = 4_000

interface CallEdge {
  readonly realm: string
  readonly from: Actor
  readonly to: Actor
  readonly registration: Entry
  calls: number
  errors: number
  /** Milliseconds. */
  time: number
  longest: number
}

interface PublicationEdge {
  readonly realm: string
  readonly from: Actor
  readonly topic: string
  publications: number
  deliveries: number
}

/** What one process has seen in some seconds. */
export type Picture = Omit<In<typeof adminApi.view.graph.spec.result>, 'missing'>

export type Group = Picture['calls'][number]['from']

/** Of which topics the subscribers are wanted. */
export interface SubscribersWish {
  readonly by: GraphWish['by']
  readonly topics: readonly { readonly realm: string; readonly topic: string }[]
}

/** The subscribers of a topic: how many, and groups of some. */
export type PublicationSubscribers = Pick<Picture['publications'][number], 'subscribers' | 'to'>

/** The subscribers that one process has, for each topic. */
export function subscribersOf(router: Pick<Router, 'realm'>, { by, topics }: SubscribersWish): readonly PublicationSubscribers[] {
  let left = MOST_SUBSCRIBERS_OF_ALL
  return topics.map(({ realm, topic }) => {
    const most = Math.max(MOST_GROUPS, Math.min(MOST_SUBSCRIBERS, left))
    const { sessions, total } = router.realm(realm)?.subscribersOf(topic, most) ?? { sessions: [], total: 0 }
    left -= sessions.length
    return { subscribers: total, to: largestGroups(sessions.map((session) => ({ ...groupOf(session, by), sessions: 1 }))) }
  })
}

/** Those with most sessions, the same ones together. */
export function largestGroups(groups: readonly (Group & { readonly sessions: number })[]): PublicationSubscribers['to'] {
  const together = new Map<string, Group & { sessions: number }>()
  for (const group of groups) {
    const key = keyOfGroup(group)
    const known = together.get(key)
    if (known === undefined) together.set(key, { ...group })
    else known.sessions += group.sessions
  }
  return [...together.values()].toSorted((a, b) => b.sessions - a.sessions).slice(0, MOST_GROUPS)
}

/** The same text for the same sessions. */
export function keyOfGroup({ authrole, authid, session }: Group): string {
  return JSON.stringify([authrole, authid, session])
}

function groupOf(actor: Actor, by: GraphWish['by'] = 'authid'): Group {
  const { session, authid, authrole } = actorRow(actor)
  return { authrole, authid: by === 'authrole' ? null : authid, session: by === 'session' ? session : null }
}

export class Graph implements Look {
  readonly #wish: GraphWish
  readonly #filter: TrafficFilter
  readonly #router: Pick<Router, 'realm'>
  #calls = new Map<string, CallEdge>()
  #publications = new Map<string, PublicationEdge>()
  #otherCalls = 0
  #otherPublications = 0
  #since = performance.now()
  readonly #reader: Reader<Picture> | undefined
  readonly #sample = new Sample()
  #ticks = 0

  /** @param reader absent: what was seen is {@link take}n */
  constructor(wish: GraphWish, reader: Reader<Picture> | undefined, router: Pick<Router, 'realm'>) {
    this.#wish = wish
    this.#reader = reader
    this.#filter = new TrafficFilter(wish)
    this.#router = router
  }

  called(realm: string, call: CallOnItsWay, { procedure: uri }: CallSeen): OnCallEnd | undefined {
    if (!this.#filter.fits('call', realm, uri) || !this.#filter.isOf(call.caller, call.callee)) return undefined
    const weight = this.#sample.next()
    if (weight === 0) return undefined
    const begun = performance.now()
    return (ended, outcome) => {
      const milliseconds = performance.now() - begun
      const edge = this.#callEdge(realm, ended)
      if (edge === undefined) return void (this.#otherCalls += weight)
      edge.calls += weight
      if (outcome !== 'result') edge.errors += weight
      edge.time += weight * milliseconds
      edge.longest = Math.max(edge.longest, milliseconds)
    }
  }

  published(realm: string, from: Actor, { topic: uri }: EventSeen, deliveries: number): void {
    if (!this.#filter.fits('publish', realm, uri) || !this.#filter.isOf(from)) return
    const weight = this.#sample.next()
    if (weight === 0) return
    const edge = this.#publicationEdge(realm, from, uri)
    if (edge === undefined) return void (this.#otherPublications += weight)
    edge.publications += weight
    edge.deliveries += weight * deliveries
  }

  /** What was refused reached no session, and is no part of the picture. */
  refused(): void {}

  changed(): void {}

  tick(): void {
    this.#sample.tick()
    if (this.#reader === undefined || ++this.#ticks <= (this.#wish.seconds ?? DEFAULT_SECONDS) * TICKS_A_SECOND) return
    this.#ticks = 1
    const picture = this.take()
    if (this.#reader.hasRoom()) this.#reader.send(picture)
  }

  /** What was seen since the last time. */
  take(): Picture {
    const now = performance.now()
    const seconds = Math.max(0.001, (now - this.#since) / 1000)
    const [calls, publications] = [[...this.#calls.values()], [...this.#publications.values()]]
    const top = this.#wish.top ?? DEFAULT_TOP
    const shownCalls = calls.toSorted((a, b) => b.calls - a.calls).slice(0, top)
    const shownPublications = publications.toSorted((a, b) => b.deliveries - a.deliveries || b.publications - a.publications).slice(0, top)
    const rate = (count: number): number => rounded(count / seconds)
    const all = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)
    const restOf = (edges: readonly number[], shown: readonly number[], more: number): number => rate(all(edges) - all(shown) + more)
    const countCalls = ({ calls: count }: CallEdge): number => count
    const countPublications = ({ publications: count }: PublicationEdge): number => count
    const subscribers = subscribersOf(this.#router, { by: this.#wish.by, topics: shownPublications })
    const taken = {
      seconds: rounded(seconds),
      calls: shownCalls.map((edge) => this.#callRow(edge, rate)),
      publications: shownPublications.map((edge, i) => ({ ...this.#publicationRow(edge, rate), ...(subscribers[i] ?? NO_SUBSCRIBERS) })),
      others: {
        calls: restOf(calls.map(countCalls), shownCalls.map(countCalls), this.#otherCalls),
        publications: restOf(publications.map(countPublications), shownPublications.map(countPublications), this.#otherPublications),
      },
    }
    this.#calls = new Map()
    this.#publications = new Map()
    this.#otherCalls = this.#otherPublications = 0
    this.#since = now
    return taken
  }

  #callRow({ realm, from, to, registration: { uri, match }, calls, errors, time, longest }: CallEdge, rate: (count: number) => number) {
    const [fromGroup, toGroup] = [this.#group(from), this.#group(to)]
    const times = { mean_ms: rounded(calls === 0 ? 0 : time / calls), max_ms: rounded(longest) }
    return { realm, from: fromGroup, procedure: uri, match, to: toGroup, rate: rate(calls), errors: rate(errors), ...times }
  }

  #publicationRow({ realm, from, topic, publications, deliveries }: PublicationEdge, rate: (count: number) => number) {
    return { realm, from: this.#group(from), topic, rate: rate(publications), deliveries: rate(deliveries) }
  }

  #callEdge(realm: string, { caller: from, callee: to, registration }: CallOnItsWay): CallEdge | undefined {
    const key = `${this.#keyOf(from)} ${registration.id} ${this.#keyOf(to)}`
    return entryOf(this.#calls, key, () => ({ realm, from, to, registration, calls: 0, errors: 0, time: 0, longest: 0 }))
  }

  #publicationEdge(realm: string, from: Actor, topic: string): PublicationEdge | undefined {
    return entryOf(this.#publications, `${realm} ${topic} ${this.#keyOf(from)}`, () => ({
      realm,
      from,
      topic,
      publications: 0,
      deliveries: 0,
    }))
  }

  #keyOf({ id, identity: { authid, authrole } }: Actor): string {
    const { by = 'authid' } = this.#wish
    if (by === 'session') return String(id)
    return by === 'authid' ? `${authid.length} ${authid} ${authrole}` : authrole
  }

  #group(actor: Actor): Group {
    return groupOf(actor, this.#wish.by)
  }
}

const NO_SUBSCRIBERS: PublicationSubscribers = { subscribers: 0, to: [] }

/** The entry of a key, new where there is room for it. */
function entryOf<Value>(entries: Map<string, Value>, key: string, make: () => Value): Value | undefined {
  const known = entries.get(key)
  if (known !== undefined || entries.size >= MOST_EDGES) return known
  const entry = make()
  entries.set(key, entry)
  return entry
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}

// Lists of a realm in pages, for operators: each page looks at a bounded number of entries, however long the list is.

import type { MatchPolicy, SerializerName } from '@trunkline/protocol'
import { isForRouter } from '@trunkline/protocol'
import type { Backlog, SessionTraffic } from './ports/link.ts'
import type { TransportInfo } from './ports/transport.ts'
import type { InvocationPolicy, Registration } from './state/registration.ts'
import type { Session } from './state/session.ts'
import type { Subscription } from './state/subscription.ts'

/** Which part of a list is wanted. */
export interface PageRequest {
  /** The `next` of the page before; 0 for the first page. */
  readonly after: number
  /** The most entries of the page. */
  readonly most: number
  /** The most entries that it looks at. Default 20,000: some milliseconds of work. */
  readonly looks?: number
}

/** A part of a list, oldest entries first. It may hold fewer entries than asked for, or none, and still not be the last. */
export interface Page<Entry> {
  readonly entries: readonly Entry[]
  /** Where the next page begins, also when entries leave meanwhile; undefined: the list ends here. */
  readonly next: number | undefined
  /** How many entries were looked at. */
  readonly looked: number
}

/** Sessions that have all of what is given. */
export interface SessionFilter {
  readonly authid?: string | undefined
  readonly authrole?: string | undefined
  readonly authmethod?: string | undefined
  readonly transport?: TransportInfo['kind'] | undefined
  readonly serializer?: SerializerName | undefined
  /** A part of its authid, authrole, agent, peer or address, in any case. */
  readonly search?: string | undefined
  /** Whether messages are queued for it, or events were dropped. */
  readonly isSlow?: boolean | undefined
}

/** Procedures or topics that have all of what is given. */
export interface UriFilter {
  readonly match?: MatchPolicy | undefined
  /** A part of the URI, in any case. */
  readonly search?: string | undefined
}

/** A session as operators see it. */
export interface SessionRow {
  readonly id: number
  readonly authid: string
  readonly authrole: string
  readonly authmethod: string
  readonly authprovider: string
  readonly agent: string | undefined
  readonly transport: TransportInfo
  readonly serializer: SerializerName
  /** Milliseconds since 1970. */
  readonly since: number
  readonly subscriptions: number
  readonly registrations: number
  /** Open calls as a caller. */
  readonly calls: number
  /** Open invocations as a callee. */
  readonly invocations: number
  readonly traffic: SessionTraffic | undefined
  readonly backlog: Backlog | undefined
}

/** A procedure, or a pattern of procedures, as operators see it. */
export interface ProcedureRow {
  readonly id: number
  readonly uri: string
  readonly match: MatchPolicy
  readonly invoke: InvocationPolicy
  /** Milliseconds since 1970. */
  readonly created: number
  readonly callees: number
  /** Calls taken since it was created. */
  readonly calls: number
  /** Calls that ended with an error of the callee, with a result that breaks a contract, or without an answer. */
  readonly errors: number
}

/** A topic, or a pattern of topics, as operators see it. */
export interface TopicRow {
  readonly id: number
  readonly uri: string
  readonly match: MatchPolicy
  /** Milliseconds since 1970. */
  readonly created: number
  readonly subscribers: number
  /** Publications that matched, since it was created. */
  readonly publications: number
  readonly deliveries: number
  /** Events that subscribers could not take, or that were dropped. */
  readonly dropped: number
  /** How many subscribers missed events and have not been notified yet. */
  readonly gaps: number
}

/** @param now the clock for durations */
export function sessionPage(
  sessions: ReadonlyMap<number, Session>,
  filter: SessionFilter,
  request: PageRequest,
  now: number,
): Page<SessionRow> {
  const text = filter.search?.toLowerCase()
  const fits = (session: Session): boolean => !session.isInternal && fitsSession(session, filter, text, now)
  return pageOf({ entries: sessions.values(), placeOf: ({ place }) => place, fits, show: (session) => sessionRow(session, now) }, request)
}

/** The router's own procedures are left out. */
export function procedurePage(
  registrations: ReadonlyMap<number, Registration>,
  filter: UriFilter,
  request: PageRequest,
): Page<ProcedureRow> {
  const matches = uriMatcher(filter)
  const fits = (registration: Registration): boolean => matches(registration) && !isForRouter(registration.uri)
  return pageOf({ entries: registrations.values(), placeOf: ({ id }) => id, fits, show: procedureRow }, request)
}

export function topicPage(subscriptions: ReadonlyMap<number, Subscription>, filter: UriFilter, request: PageRequest): Page<TopicRow> {
  return pageOf({ entries: subscriptions.values(), placeOf: ({ id }) => id, fits: uriMatcher(filter), show: topicRow }, request)
}

export function sessionRow(session: Session, now: number): SessionRow {
  const { id, identity, agent, transport, since, subscriptions, registrations, calls, invocations, link } = session
  const { authid, authrole, authmethod, authprovider } = identity
  return {
    id,
    authid,
    authrole,
    authmethod,
    authprovider,
    agent,
    transport,
    serializer: link.format.name,
    since,
    subscriptions: subscriptions.size,
    registrations: registrations.size,
    calls: calls.size,
    invocations: invocations.size,
    traffic: link.traffic?.(),
    backlog: link.backlog?.(now),
  }
}

interface Listing<Entry, Row> {
  /** In the order of their places. */
  readonly entries: Iterable<Entry>
  readonly placeOf: (entry: Entry) => number
  readonly fits: (entry: Entry) => boolean
  readonly show: (entry: Entry) => Row
}

function pageOf<Entry, Row>(
  { entries, placeOf, fits, show }: Listing<Entry, Row>,
  { after, most, looks = MOST_LOOKED_AT }: PageRequest,
): Page<Row> {
  const rows: Row[] = []
  let [looked, last] = [0, after]
  for (const entry of entries) {
    const place = placeOf(entry)
    // Entries without a place are the router's own.
    if (place <= after) continue
    if (rows.length >= most || looked >= looks) return { entries: rows, next: last, looked }
    looked++
    last = place
    if (fits(entry)) rows.push(show(entry))
  }
  return { entries: rows, next: undefined, looked }
}

function fitsSession(session: Session, filter: SessionFilter, text: string | undefined, now: number): boolean {
  const { identity, transport, link } = session
  return (
    isWanted(filter.authid, identity.authid) &&
    isWanted(filter.authrole, identity.authrole) &&
    isWanted(filter.authmethod, identity.authmethod) &&
    isWanted(filter.transport, transport.kind) &&
    isWanted(filter.serializer, link.format.name) &&
    (text === undefined || textsOf(session).some((each) => each?.toLowerCase().includes(text) === true)) &&
    (filter.isSlow === undefined || filter.isSlow === isSlow(link.backlog?.(now)))
  )
}

function isWanted<T>(wanted: T | undefined, found: T): boolean {
  return wanted === undefined || wanted === found
}

function textsOf({ identity, agent, transport }: Session): (string | undefined)[] {
  return [identity.authid, identity.authrole, agent, transport.peer, transport.address]
}

function isSlow(backlog: Backlog | undefined): boolean {
  return backlog !== undefined && backlog.events + backlog.replies + backlog.dropped > 0
}

function uriMatcher({ match, search }: UriFilter): (entry: { readonly uri: string; readonly match: MatchPolicy }) => boolean {
  const text = search?.toLowerCase()
  return (entry) => isWanted(match, entry.match) && (text === undefined || entry.uri.toLowerCase().includes(text))
}

function procedureRow({ id, uri, match, invoke, created, callees, calls, errors }: Registration): ProcedureRow {
  return { id, uri, match, invoke, created, callees: callees.length, calls, errors }
}

function topicRow({ id, uri, match, created, subscribers, publications, deliveries, dropped, gaps }: Subscription): TopicRow {
  return { id, uri, match, created, subscribers: subscribers.size, publications, deliveries, dropped, gaps: gaps?.size ?? 0 }
}

const MOST_LOOKED_AT = 20_000

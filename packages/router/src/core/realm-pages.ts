// Lists of a realm in pages, for operators: each page looks at a bounded number of entries, however long the list is.

import type { MatchPolicy, SerializerName } from '@trunkline/protocol'
import { isForRouter } from '@trunkline/protocol'
import type { Backlog, SessionTraffic } from './ports/link.ts'
import type { TransportInfo } from './ports/transport.ts'
import type { Latency } from './state/recent-durations.ts'
import type { InvocationPolicy, Registration } from './state/registration.ts'
import type { Session } from './state/session.ts'
import type { Subscription } from './state/subscription.ts'

/** Which part of a list is wanted. */
export interface PageRequest {
  /** The `next` of the page before; 0 for the first page. */
  readonly after: number
  /** The most entries of the page. */
  readonly most: number
  /** The most entries that it looks at; one with long texts that are searched counts as several. Default 20,000: some milliseconds of work. */
  readonly looks?: number
}

/** A part of a list, oldest entries first. It may hold fewer entries than asked for, or none, and still not be the last. */
export interface Page<Entry> {
  readonly entries: readonly Entry[]
  /** Where the next page begins, also when entries leave meanwhile; undefined: the list ends here. */
  readonly next: number | undefined
  /** How many entries were looked at, as they count. */
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
  /** A page with this as its `after` begins with the session behind it. */
  readonly place: number
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
  /** Of its recent calls; undefined where none was timed. */
  readonly latency: Latency | undefined
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
  const looksAt = (session: Session): number => textsOf(session).reduce((sum, each = '') => sum + looksIn(each, text), 0)
  const show = (session: Session): SessionRow => sessionRow(session, now)
  return pageOf({ entries: sessions.values(), placeOf: ({ place }) => place, fits, looksAt, show }, request)
}

/** Entries by id. */
export interface Table<Entry> {
  readonly entries: ReadonlyMap<number, Entry>
  /** Whether later entries have greater ids. Where several nodes give the ids they do not; pages then go by id. */
  readonly isInOrder: boolean
}

/** The router's own procedures are left out. @param now the clock for durations */
export function procedurePage(table: Table<Registration>, filter: UriFilter, request: PageRequest, now: number): Page<ProcedureRow> {
  const matches = uriMatcher(filter)
  const fits = (registration: Registration): boolean => matches(registration) && !isForRouter(registration.uri)
  return pageById(table, { fits, looksAt: looksAtUri(filter), show: (each) => procedureRow(each, now) }, request)
}

export function topicPage(table: Table<Subscription>, filter: UriFilter, request: PageRequest): Page<TopicRow> {
  return pageById(table, { fits: uriMatcher(filter), looksAt: looksAtUri(filter), show: topicRow }, request)
}

export function sessionRow(session: Session, now: number): SessionRow {
  const { id, place, identity, agent, transport, since, subscriptions, registrations, calls, invocations, link } = session
  const { authid, authrole, authmethod, authprovider } = identity
  return {
    id,
    place,
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
  /** What `fits` costs beyond one look. */
  readonly looksAt: (entry: Entry) => number
  readonly show: (entry: Entry) => Row
}

function pageOf<Entry, Row>(
  { entries, placeOf, fits, looksAt, show }: Listing<Entry, Row>,
  { after, most, looks = MOST_LOOKED_AT }: PageRequest,
): Page<Row> {
  const rows: Row[] = []
  let [looked, last] = [0, after]
  for (const entry of entries) {
    const place = placeOf(entry)
    // Entries without a place are the router's own.
    if (place <= after) continue
    if (rows.length >= most || looked >= looks) return { entries: rows, next: last, looked }
    looked += 1 + looksAt(entry)
    last = place
    if (fits(entry)) rows.push(show(entry))
  }
  return { entries: rows, next: undefined, looked }
}

interface Identified {
  readonly id: number
}

function pageById<Entry extends Identified, Row>(
  { entries, isInOrder }: Table<Entry>,
  listing: Omit<Listing<Entry, Row>, 'entries' | 'placeOf'>,
  request: PageRequest,
): Page<Row> {
  const placeOf = ({ id }: Entry): number => id
  if (isInOrder) return pageOf({ ...listing, entries: entries.values(), placeOf }, request)
  const { after, looks = MOST_LOOKED_AT } = request
  // The ids are spread evenly: about so many lie in this part, and only these are put in order.
  const end = after + Math.ceil((MOST_IDS * looks) / Math.max(1, entries.size))
  const some: Entry[] = []
  for (const entry of entries.values()) if (entry.id > after && entry.id <= end) some.push(entry)
  some.sort((a, b) => a.id - b.id)
  const page = pageOf({ ...listing, entries: some, placeOf }, request)
  return page.next === undefined && end < MOST_IDS ? { ...page, next: end, looked: Math.max(page.looked, looks) } : page
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

function looksAtUri({ search = '' }: UriFilter): (entry: { readonly uri: string }) => number {
  return ({ uri }) => looksIn(uri, search)
}

/** To search a text takes time that may grow with the product of both lengths: clients choose one, who searches the other. */
function looksIn({ length }: string, searched = ''): number {
  return Math.floor((length * searched.length) / CHARACTERS_A_LOOK)
}

function procedureRow({ id, uri, match, invoke, created, callees, calls, errors, recent }: Registration, now: number): ProcedureRow {
  return { id, uri, match, invoke, created, callees: callees.length, calls, errors, latency: recent?.latency(now) }
}

function topicRow({ id, uri, match, created, subscribers, publications, deliveries, dropped, gaps }: Subscription): TopicRow {
  return { id, uri, match, created, subscribers: subscribers.size, publications, deliveries, dropped, gaps: gaps?.size ?? 0 }
}

const MOST_IDS = Number.MAX_SAFE_INTEGER
/** Takes 3 to 5 ms. */
const MOST_LOOKED_AT = 20_000
/** Compared in the time of some looks, at the worst. */
const CHARACTERS_A_LOOK = 512

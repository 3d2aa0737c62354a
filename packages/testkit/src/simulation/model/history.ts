// What a realm keeps of topics for sessions that ask later, by the letter of its rules, and the right answer to a query.

import { SimulationFailure } from '../failure.ts'
import type { RealmPlan } from '../settings.ts'
import { OneTail } from './expectation.ts'
import type { IdOf } from './ids.ts'
import { best } from './matching.ts'
import type { ModelContext, ModelHistory, ModelKept, ModelRealm, ModelSession, ModelSubscription } from './state.ts'
import { matches } from './uris.ts'

type Kwargs = Readonly<Record<string, unknown>>

/** An answer may say either how many it left out, and holds these events. */
type Page = readonly [args: readonly unknown[], kwargs: Kwargs]

/** Lists of session ids mean nothing to later sessions: a publication with such a list is not kept. */
const OF_SESSIONS = ['eligible', 'exclude']
/** The most octets that an event of these worlds takes besides its payload. */
const MOST_BESIDE = 1_200
/** An event in an answer is at most so much longer or shorter than it is taken for. */
const SLACK = 40

/** The histories of a realm: one for each rule, from the start. */
export function historiesOf({ name, topics = [] }: RealmPlan, created: number, idOf: IdOf): ModelHistory[] {
  return topics.flatMap(({ uri, match, history: rule }) =>
    rule === undefined
      ? []
      : [{ subscription: { id: idOf('subscription', name, { match, uri }), uri, match, created, members: [] }, rule, events: [] }],
  )
}

/** Keeps a publication in every history whose pattern its topic matches. */
export function remember({ histories }: ModelRealm, event: ModelKept): void {
  if (OF_SESSIONS.some((name) => Array.isArray(event.options[name]))) return
  for (const history of histories) {
    const { subscription, rule } = history
    if (matches(subscription.match, subscription.uri, event.topic)) history.events = [...history.events, event].slice(-rule.events)
  }
}

/** The arguments of a query; undefined when one is of a wrong type. */
export function readQuery(kwargs: Kwargs): Query | undefined {
  const given = Object.entries(kwargs).filter(([, value]) => value !== null && value !== undefined)
  const isGood = given.every(([name, value]) => KINDS[name]?.(value) !== false)
  return isGood ? new Map(given) : undefined
}

type Query = ReadonlyMap<string, unknown>

const KINDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  limit: (value) => Number.isInteger(value) && (value as number) > 0,
  reverse: (value) => typeof value === 'boolean',
  topic: (value) => typeof value === 'string',
  ...Object.fromEntries(
    ['from_time', 'after_time', 'before_time', 'until_time'].map((name) => [name, (value) => timeOf(value) !== undefined]),
  ),
  ...Object.fromEntries(
    ['from_publication', 'after_publication', 'before_publication', 'until_publication'].map((name) => [
      name,
      (value: unknown) => typeof value === 'number',
    ]),
  ),
}

/** The end of the RESULT with the events that answer a query. */
export function answerFrom(context: ModelContext, reader: ModelSession, subscription: ModelSubscription, query: Query): OneTail {
  const history = historyOf(reader.realm, subscription)
  const kept = history === undefined ? [] : keptIn(context, reader.realm, history)
  const isOne = subscription.match === 'exact'
  const visible = kept.filter((event) => (!isOne || event.topic === subscription.uri) && isFor(reader, event))
  const shown = chosenBy(query, visible).map((event) => ({ isHard: event.isHard, event: shownAs(event, subscription) }))
  return new OneTail(...pagesOf(context, reader, query, shown))
}

/** Its own history, or for a topic that of the most specific pattern that keeps one. */
function historyOf({ histories }: ModelRealm, subscription: ModelSubscription): ModelHistory | undefined {
  const own = histories.find((each) => each.subscription === subscription)
  if (own !== undefined || subscription.match !== 'exact') return own
  const pattern = best(
    histories.map((history) => history.subscription),
    subscription.uri,
  )
  return histories.find((each) => each.subscription === pattern)
}

/** What the limits have left of a history. The octets of an event are known only approximately, so the router is asked how many events it has. */
function keptIn(context: ModelContext, realm: ModelRealm, history: ModelHistory): readonly ModelKept[] {
  const { ageMs = Infinity, bytes = Infinity } = history.rule
  const now = context.now()
  const young = history.events.filter(({ keptAt }) => now - keptAt <= ageMs)
  const count = bytes === Infinity ? young.length : context.choices.keeps(realm, history.subscription)
  const [least, most] = [newestWithin(young, bytes, mostOctets), newestWithin(young, bytes, leastOctets)]
  if (count < least || count > most)
    throw new SimulationFailure('H1', `${count} events are kept of ${history.subscription.uri}, not ${least} to ${most}`)
  history.events = young.slice(young.length - count)
  return history.events
}

function newestWithin(events: readonly ModelKept[], bytes: number, octets: (event: ModelKept) => number): number {
  let [count, left] = [0, bytes]
  for (const event of events.toReversed()) {
    left -= octets(event)
    if (left < 0) break
    count++
  }
  return count
}

const textOf = ({ payload }: ModelKept): number => Buffer.byteLength(JSON.stringify(payload))
/** In other serializers some values are shorter than in JSON, texts are not. */
const leastOctets = (event: ModelKept): number => textOf(event) / 2 + event.topic.length
const mostOctets = (event: ModelKept): number => textOf(event) + event.topic.length + MOST_BESIDE

/** The lists of the publication, judged for the session that reads now. The publisher is not excluded. */
function isFor({ authid, role }: ModelSession, { options }: ModelKept): boolean {
  const names = (list: string, value: unknown): boolean | undefined => {
    const values = options[list]
    return Array.isArray(values) ? values.includes(value) : undefined
  }
  return (
    names('eligible_authid', authid.value) !== false &&
    names('eligible_authrole', role) !== false &&
    names('exclude_authid', authid.value) !== true &&
    names('exclude_authrole', role) !== true
  )
}

/** Later and earlier are meant in the order in which they came. If the reader may not see the named publication, the answer is empty. */
function chosenBy(query: Query, visible: readonly ModelKept[]): readonly ModelKept[] {
  const found = visible.filter((event, at) =>
    [...query].every(([name, value]) => {
      const mark = visible.findIndex(({ publication }) => publication.value === value)
      const time = timeOf(value) ?? 0
      switch (name) {
        case 'topic':
          return event.topic === value
        case 'from_time':
          return event.time >= time
        case 'after_time':
          return event.time > time
        case 'before_time':
          return event.time < time
        case 'until_time':
          return event.time <= time
        case 'from_publication':
          return mark !== -1 && at >= mark
        case 'after_publication':
          return mark !== -1 && at > mark
        case 'before_publication':
          return mark !== -1 && at < mark
        case 'until_publication':
          return mark !== -1 && at <= mark
        default:
          return true
      }
    }),
  )
  return query.get('reverse') === true ? found.toReversed() : found
}

/** A kept event as its reader gets it. */
interface ShownEvent {
  readonly event: Kwargs
  /** Whether JSON cannot hold it. */
  readonly isHard: boolean
}

/** What the answer may hold: as many as `limit` says and as fit at once. Those that the reader's serializer cannot hold are counted. */
function pagesOf({ outlet }: ModelContext, { peer, realm }: ModelSession, query: Query, events: readonly ShownEvent[]): Page[] {
  const limit = (query.get('limit') as number | undefined) ?? Infinity
  const mostOctets = realm.plan.historyAnswerBytes ?? Infinity
  const pages: Page[] = []
  const args: unknown[] = []
  let [missing, missingBefore, least, most] = [0, 0, 0, 0]
  for (const { event, isHard } of events) {
    if (args.length === limit) return [...pages, [args, { is_limit_reached: true, ...gap(missing) }]]
    if (isHard && peer.serializer === 'json') {
      missing++
      continue
    }
    const size = mostOctets === Infinity ? { least: 0, most: 0 } : outlet.size(peer, [event])
    least += size.least - SLACK
    most += size.most + SLACK
    if (args.length > 0 && most > mostOctets) pages.push([[...args], { is_limit_reached: true, ...gap(missingBefore) }])
    if (args.length > 0 && least > mostOctets) return pages
    args.push(event)
    missingBefore = missing
  }
  return [...pages, [args, { is_limit_reached: false, ...gap(missing) }]]
}

function gap(missing: number): Kwargs {
  return missing === 0 ? {} : { _gap: missing }
}

function shownAs({ time, topic, publication, details, payload }: ModelKept, { id, match }: ModelSubscription): Kwargs {
  const [args, kwargs] = payload
  return {
    timestamp: new Date(time).toISOString(),
    subscription: id,
    publication,
    details: match === 'exact' ? details : { ...details, topic },
    ...(args === undefined ? {} : { args }),
    ...(kwargs === undefined ? {} : { kwargs }),
  }
}

/** A time of RFC 3339 in milliseconds, with what lies between them; undefined for what is none. */
function timeOf(value: unknown): number | undefined {
  const [, date, clock, fraction = '', zone = ''] =
    typeof value === 'string' ? (/^(.{10})t(.{8})(\.\d+)?(z|[-+]..:..)$/i.exec(value) ?? []) : []
  const [day, whole] = [new Date(`${date}T00:00:00Z`), new Date(`${date}T${clock}${zone.toUpperCase()}`)]
  if (Number.isNaN(whole.getTime()) || !day.toISOString().startsWith(date ?? '?')) return undefined
  return whole.getTime() + Number(`0${fraction}`) * 1000
}

// The entry of @trunkline/client/history: reads past events of a subscription, page by page. The application joins them with
// live events.

import { ApplicationError, INVALID_ARGUMENT, NO_SUCH_SUBSCRIPTION, UsageError } from '@trunkline/protocol'
import type { Dict, MatchPolicy } from '@trunkline/protocol'
import { check, checkNamed } from './checks.ts'
import type { KeywordOptions } from './options.ts'
import type { Args, CallResult, Kwargs } from './results.ts'

const PAGE_SIZE = 100

/** One event of the past. */
export interface PastEvent {
  readonly args: Args
  readonly kwargs: Kwargs
  /** Details of the original event. */
  readonly details: Dict
  /** The topic of the publication, if the router sends it. */
  readonly topic: string | undefined
  /** The id of the publication, by which an application that joins history and live events recognises duplicates. */
  readonly publication: number
  readonly subscription: number | undefined
  /** The time when the router received it, neither unique nor always growing; undefined when the router sent no time. */
  readonly timestamp: Date | undefined
}

/** Selects events. All conditions must hold. */
export interface HistoryFilter {
  /** At or after. */
  readonly fromTime?: Date | undefined
  readonly afterTime?: Date | undefined
  readonly beforeTime?: Date | undefined
  /** At or before. */
  readonly untilTime?: Date | undefined
  readonly fromPublication?: number | undefined
  readonly afterPublication?: number | undefined
  readonly beforePublication?: number | undefined
  readonly untilPublication?: number | undefined
  /** With a pattern: only this topic. */
  readonly topic?: string | undefined
  /** Newest first. Default false. */
  readonly reverse?: boolean | undefined
  /** The most events. Default: all. */
  readonly limit?: number | undefined
  /** The number of events in one request. Default 100. */
  readonly pageSize?: number | undefined
}

/** The subscription whose history is read, by its id, or by its topic and match. The session need not be subscribed. */
export type HistoryOf = number | { readonly id: number } | string | { readonly topic: string; readonly match?: MatchPolicy }

/** A session or a client. */
export interface HistoryCaller {
  callResult(procedure: string, args?: Args, options?: KeywordOptions): Promise<CallResult>
}

/**
 * The past events of a subscription, oldest first (specification: "Event History"). The loop requests one page
 * at a time.
 *
 * @throws {UsageError} for a filter that cannot work
 * @throws {ApplicationError} `wamp.error.no_such_subscription` when the router knows no such subscription
 */
export async function* history(session: HistoryCaller, of: HistoryOf, filter: HistoryFilter = {}): AsyncGenerator<PastEvent, void> {
  checkFilter(filter)
  const subscription = await idOf(session, of)
  const { limit = Infinity, pageSize = PAGE_SIZE, reverse = false } = filter
  let cursor: Kwargs = {}
  let seen = new Set<number>()
  for (let left = limit; left > 0;) {
    const asked = Math.min(left, pageSize)
    const page = await session.callResult('wamp.subscription.get_events', [subscription], {
      kwargs: { ...filterOf(filter), ...cursor, limit: asked },
    })
    const events = eventsOf(page)
    // A router that does not support the condition on publications sends the same page again.
    const fresh = events.filter(({ publication }) => !seen.has(publication)).slice(0, left)
    yield* fresh
    left -= fresh.length
    const last = fresh.at(-1)
    if (last === undefined || isComplete(page, events.length, asked)) return
    cursor = { [reverse ? 'before_publication' : 'after_publication']: last.publication }
    seen = new Set(events.map(({ publication }) => publication))
  }
}

const TIMES = ['fromTime', 'afterTime', 'beforeTime', 'untilTime'] as const
const PUBLICATIONS = 'fromPublication:number afterPublication:number beforePublication:number untilPublication:number'
const COUNTS = ['limit', 'pageSize'] as const

function checkFilter(filter: HistoryFilter): void {
  checkNamed('filter', filter, `${TIMES.join(' ')} ${PUBLICATIONS} topic:string reverse:boolean ${COUNTS.join(' ')}`)
  for (const name of TIMES) {
    const time: unknown = filter[name]
    if (time !== undefined && !(time instanceof Date && !Number.isNaN(time.getTime())))
      throw new UsageError(`${name}: expected a valid Date`)
  }
  for (const name of COUNTS) {
    const count = filter[name] ?? 1
    if (!(Number.isInteger(count) || count === Infinity) || count < 1) throw new UsageError(`${name}: expected a whole number from 1 on`)
  }
}

async function idOf(session: HistoryCaller, of: HistoryOf): Promise<number> {
  check('of', of, 'number|string|dict')
  if (typeof of === 'number') return of
  if (typeof of === 'object' && 'id' in of) return of.id
  const { topic, match = 'exact' } = typeof of === 'string' ? { topic: of } : of
  check('topic', topic, 'string')
  const { value } = await session.callResult('wamp.subscription.lookup', [topic, { match }])
  if (typeof value === 'number') return value
  throw new ApplicationError(NO_SUCH_SUBSCRIPTION, [`the router knows no subscription of '${topic}' by ${match}`])
}

function filterOf(filter: HistoryFilter): Kwargs {
  const entries: [string, unknown][] = [
    ['from_time', filter.fromTime?.toISOString()],
    ['after_time', filter.afterTime?.toISOString()],
    ['before_time', filter.beforeTime?.toISOString()],
    ['until_time', filter.untilTime?.toISOString()],
    ['from_publication', filter.fromPublication],
    ['after_publication', filter.afterPublication],
    ['before_publication', filter.beforePublication],
    ['until_publication', filter.untilPublication],
    ['topic', filter.topic],
    ['reverse', filter.reverse],
  ]
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

/** Whether there are no more events, by the router's `kwargs` or by a short page. */
function isComplete({ kwargs }: CallResult, count: number, asked: number): boolean {
  const isLimitReached = kwargs['is_limit_reached']
  return typeof isLimitReached === 'boolean' ? !isLimitReached : count < asked
}

/** Each event is one positional result; some routers give one list of them. */
function eventsOf({ args }: CallResult): PastEvent[] {
  const [first] = args
  const list: Args = args.length === 1 && Array.isArray(first) ? first : args
  return list.map(eventOf)
}

function eventOf(entry: unknown): PastEvent {
  const { args, kwargs, details, topic, publication, subscription, timestamp } = dictOr(entry)
  if (typeof publication !== 'number') throw new ApplicationError(INVALID_ARGUMENT, ['the router gave an event without a publication id'])
  const detailed = dictOr(details)
  const name = topic ?? detailed['topic']
  const time = typeof timestamp === 'string' || typeof timestamp === 'number' ? new Date(timestamp) : undefined
  return {
    args: Array.isArray(args) ? args : [],
    kwargs: dictOr(kwargs),
    details: detailed,
    topic: typeof name === 'string' ? name : undefined,
    publication,
    subscription: typeof subscription === 'number' ? subscription : undefined,
    timestamp: time === undefined || Number.isNaN(time.getTime()) ? undefined : time,
  }
}

function dictOr(value: unknown): Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Dict) : {}
}

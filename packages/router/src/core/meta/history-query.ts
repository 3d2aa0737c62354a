// What a query of history asks for, and which of the kept events answer it (specification: "Event History"). Knows nothing of
// rights; its caller passes only events that the reader may see.

import type { Dict } from '@trunkline/protocol'
import { invalid, isNumber, isString, optional } from './procedure-arguments.ts'
import type { StoredEvent } from '../state/stored-event.ts'

export interface HistoryQuery {
  readonly isReverse: boolean
  readonly limit: number
  readonly accepts: (event: StoredEvent) => boolean
  /** Publications, and on which side of each the events have to be. */
  readonly marks: readonly Mark[]
}

interface Mark {
  readonly publication: number
  readonly isWithin: (index: number, mark: number) => boolean
}

/**
 * Reads the keyword arguments of `wamp.subscription.get_events`.
 * @throws {ApplicationError} when one is of a wrong type
 */
export function historyQuery(kwargs: Dict): HistoryQuery {
  const filters: ((event: StoredEvent) => boolean)[] = []
  for (const [name, isWithin] of TIMES) {
    const text = optional(kwargs[name], isString, `${name}, a string`)
    if (text === undefined) continue
    const time = instant(text)
    if (time === undefined) throw invalid(`${name}, a time in the format of RFC 3339`)
    filters.push((event) => isWithin(event.time, time))
  }
  const topic = optional(kwargs['topic'], isString, 'a topic')
  if (topic !== undefined) filters.push((event) => event.topic === topic)
  const marks: Mark[] = []
  for (const [name, isWithin] of PUBLICATIONS) {
    const publication = optional(kwargs[name], isNumber, `${name}, a publication id`)
    if (publication !== undefined) marks.push({ publication, isWithin })
  }
  return {
    isReverse: optional(kwargs['reverse'], isBoolean, 'reverse, true or false') ?? false,
    limit: optional(kwargs['limit'], isPositive, 'limit, a positive integer') ?? Number.POSITIVE_INFINITY,
    accepts: (event) => filters.every((filter) => filter(event)),
    marks,
  }
}

/**
 * The events that answer a query, in its order; the caller applies the limit. None when the query names a publication that is not
 * among the visible ones.
 * @param visible the events that the reader may see, oldest first
 */
export function answering({ isReverse, accepts, marks }: HistoryQuery, visible: readonly StoredEvent[]): StoredEvent[] {
  // Specification: later and earlier are meant in the order of arrival; ids are random.
  const bounds = marks.map(({ publication, isWithin }) => ({
    mark: visible.findIndex((event) => event.publication === publication),
    isWithin,
  }))
  if (bounds.some(({ mark }) => mark === -1)) return []
  const found = visible.filter((event, index) => accepts(event) && bounds.every(({ mark, isWithin }) => isWithin(index, mark)))
  return isReverse ? found.reverse() : found
}

/** A time of RFC 3339 in milliseconds since 1970, with a half for any fraction of a millisecond; undefined for other texts. */
export function instant(text: string): number | undefined {
  const [, day, time, fraction = '', zone] = RFC_3339.exec(text) ?? []
  if (day === undefined || time === undefined || zone === undefined) return undefined
  const seconds = Date.parse(`${day}T${time}${zone.toUpperCase()}`)
  // Some engines turn dates such as February 31st into later dates; here they are refused.
  if (Number.isNaN(seconds) || new Date(Date.parse(`${day}T00:00:00Z`)).toISOString().slice(0, 10) !== day) return undefined
  return seconds + Number(fraction.slice(0, 3).padEnd(3, '0')) + (Number(fraction.slice(3)) > 0 ? BETWEEN_MILLISECONDS : 0)
}

const BETWEEN_MILLISECONDS = 0.5
const RFC_3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2})$/

type Comparison = (value: number, bound: number) => boolean

const TIMES: readonly (readonly [string, Comparison])[] = [
  ['from_time', (time, bound) => time >= bound],
  ['after_time', (time, bound) => time > bound],
  ['before_time', (time, bound) => time < bound],
  ['until_time', (time, bound) => time <= bound],
]

const PUBLICATIONS: readonly (readonly [string, Comparison])[] = [
  ['from_publication', (index, mark) => index >= mark],
  ['after_publication', (index, mark) => index > mark],
  ['before_publication', (index, mark) => index < mark],
  ['until_publication', (index, mark) => index <= mark],
]

const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean'
const isPositive = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0

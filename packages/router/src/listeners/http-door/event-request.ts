// What a request for events asks for, read from its address and headers.

import type { IncomingMessage } from 'node:http'
import type { Dict } from '@trunkline/protocol'
import { RESUME } from '@trunkline/protocol'
import { BodyError } from './bodies.ts'
import type { EventId } from './event-id.ts'
import { idIn } from './event-id.ts'

/** The topics of a stream and the options of its subscriptions. */
export interface EventRequest {
  readonly topics: readonly string[]
  /** In the order of the topics. */
  readonly options: readonly Dict[]
}

const MOST_TOPICS = 32
const KNOWN = new Set(['topic', 'match', 'retained', 'lastEventId'])

/**
 * Reads `topic` (one or more), `match`, `retained` and, of a client that cannot send the header Last-Event-ID, `lastEventId`.
 * @throws {BodyError} when one of them says nothing that can be subscribed to
 */
export function eventRequestIn({ url = '', headers }: IncomingMessage): EventRequest {
  const mark = url.indexOf('?')
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
  for (const name of query.keys()) if (!KNOWN.has(name)) throw new BodyError(`there is no parameter '${name}'`)
  const topics = [...new Set(query.getAll('topic'))]
  if (topics.length === 0 || topics.length > MOST_TOPICS) throw new BodyError(`topic has to be there, up to ${MOST_TOPICS} times`)
  const match = query.get('match') ?? 'exact'
  if (match !== 'exact' && match !== 'prefix' && match !== 'wildcard') throw new BodyError('match has to be exact, prefix or wildcard')
  const retained = query.get('retained')
  if (retained !== null && retained !== 'true' && retained !== 'false') throw new BodyError('retained has to be true or false')
  const { 'last-event-id': sent = query.get('lastEventId') ?? '' } = headers
  const last = idIn(String(sent), topics.length)
  const common = { match, ...(retained === 'true' ? { get_retained: true } : {}) }
  return { topics, options: topics.map((_, i) => (retained === 'true' ? common : { ...common, [RESUME]: resumeAt(last, i) })) }
}

/** Asks for what came after the last event of a topic, and for the places of events in any case. */
function resumeAt(last: EventId | undefined, index: number): Dict {
  const position = last?.positions[index]
  return last === undefined || position === undefined ? {} : { epoch: last.epoch, position }
}

// A publication that is kept after it was delivered: as history, or as retained event. Never decodes what it keeps.

import type { Dict, PayloadFormat, SerializerName } from '@trunkline/protocol'
import { Payload, rawIn } from '@trunkline/protocol'
import type { Clock } from '../ports/clock.ts'
import { weightOf } from './weight.ts'
import type { HistoryRule } from '../ports/settings.ts'

/** A publication as it is kept: nothing in it belongs to the turn in which it came. */
export interface StoredEvent {
  readonly publication: number
  readonly topic: string
  /** When the router took it, in milliseconds since 1970. */
  readonly time: number
  /** The same moment on the clock for durations. */
  readonly keptAt: number
  /** Details that every EVENT of it carried. */
  readonly details: Dict
  /** In bytes of its own; read it by {@link payloadOfStored}. */
  readonly payload: Payload | undefined
  /** The options that say who may receive it; undefined when all may. */
  readonly audience: Dict | undefined
  /** The session that published it and was not to get it. */
  readonly excluded: number | undefined
  /** About how many octets it takes. */
  readonly bytes: number
  /** How many octets its payload has in each serializer in which it was made before; `unfit` where one cannot hold it. */
  readonly lengths: Partial<Record<SerializerName, number | 'unfit'>>
  /** The serializers in which it was found not to be shown by an answer. */
  readonly unreadableIn: Partial<Record<SerializerName, true>>
}

interface Keepable {
  readonly id: number
  readonly topic: string
  readonly payload: Payload | undefined
  readonly details: Dict
  readonly excluded: { readonly id: number } | undefined
}

/** A publication as it is kept. */
export function storedEvent(publication: Keepable, audience: Dict | undefined, clock: Clock): StoredEvent {
  const { id, topic, payload, details, excluded } = publication
  const bytes = OVERHEAD + (payload?.raw.byteLength ?? 0) + topic.length + weightOf(details) + weightOf(audience)
  return {
    publication: id,
    topic,
    time: clock.now(),
    keptAt: clock.monotonic(),
    details,
    payload: payload && copyOf(payload),
    audience,
    excluded: excluded?.id,
    bytes,
    lengths: {},
    unreadableIn: {},
  }
}

/** Remembers how long a payload became in a serializer, if it was made, so that it is not made again where it would be refused. */
export function noteLength({ lengths }: StoredEvent, payload: Payload | undefined, { name }: PayloadFormat): void {
  const form = payload?.format?.name === name ? payload.raw : payload?.forms?.get(name)
  if (form !== undefined) lengths[name] = form instanceof Uint8Array ? form.byteLength : 'unfit'
}

/** How many octets its payload has in a serializer; in its own, until that is known. */
function lengthIn({ lengths, payload }: StoredEvent, { name }: PayloadFormat): number {
  const length = lengths[name] ?? payload?.raw.byteLength ?? 0
  return length === 'unfit' ? 0 : length
}

/** The newest of some events, oldest first: so many, of so many octets of payload in a serializer; the newest however long it is. */
export function newestOf(events: readonly StoredEvent[], most: number, mostBytes: number, format: PayloadFormat): readonly StoredEvent[] {
  let [first, bytes] = [events.length, 0]
  for (const event of events.toReversed()) {
    bytes += lengthIn(event, format)
    if (events.length - first >= most || (bytes > mostBytes && first < events.length)) break
    first--
  }
  return events.slice(first)
}

/** The same payload in bytes of its own, without what was decoded or converted; for what is kept long. */
export function copyOf(payload: Payload): Payload {
  const { format } = payload
  return format === undefined ? payload : Payload.fromRaw(format, rawIn(payload, format).slice(), payload.count)
}

/** The payload of a stored event for one use; what that use decodes or converts does not stay with the event. */
export function payloadOfStored({ payload }: StoredEvent): Payload | undefined {
  if (payload?.format === undefined) return payload
  return Payload.fromRaw(payload.format, rawIn(payload, payload.format), payload.count)
}

/** What an event takes besides its payload and texts, roughly. */
const OVERHEAD = 256

/** What keeps the events of one subscription, in the order in which the router took them. */
export interface EventHistory {
  /** How many are kept. */
  readonly size: number
  append(event: StoredEvent): void
  /** Other bounds hold from now on; what they leave no room for is dropped, the oldest first. */
  change(rule: HistoryRule): void
  /** Gives up what is older than it may be. */
  expire(now: number): void
  /** All that is kept, oldest first. */
  events(): readonly StoredEvent[]
}

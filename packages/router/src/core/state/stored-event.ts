// A publication that the router keeps after delivery: as history, or as a retained event. Never decodes what it keeps.

import type { Dict, PayloadFormat, SerializerName } from '@trunkline/protocol'
import { Payload, rawIn } from '@trunkline/protocol'
import type { Clock } from '../ports/clock.ts'
import { textOctets } from './text-octets.ts'
import { weightOf } from './weight.ts'
import type { HistoryRule } from '../ports/settings.ts'

/** A publication as the router keeps it; it shares no memory with the message that brought it. */
export interface StoredEvent {
  readonly publication: number
  readonly topic: string
  /** When the router accepted it, in milliseconds since 1970. */
  readonly time: number
  /** The same moment on the clock for durations. */
  readonly keptAt: number
  /** The details that every EVENT of it carried. */
  readonly details: Dict
  /** A copy of the payload; read it by {@link payloadOfStored}. */
  readonly payload: Payload | undefined
  /** The options that restrict its receivers; undefined when every subscriber may receive it. */
  readonly audience: Dict | undefined
  /** The id of its publisher, if that is excluded from receiving it. */
  readonly excluded: number | undefined
  /** About how many octets it takes. */
  readonly bytes: number
  /** The length of its payload in each serializer it was converted to so far; `unfit` where the serializer cannot hold it. */
  readonly lengths: Partial<Record<SerializerName, number | 'unfit'>>
  /** The serializers in which an answer was found unable to show it. */
  readonly unreadableIn: Partial<Record<SerializerName, true>>
}

interface Keepable {
  readonly id: number
  readonly topic: string
  readonly payload: Payload | undefined
  readonly details: Dict
  readonly excluded: { readonly id: number } | undefined
}

/** Makes the form in which the router keeps a publication. */
export function storedEvent(publication: Keepable, audience: Dict | undefined, clock: Clock): StoredEvent {
  const { id, topic, payload, details, excluded } = publication
  const bytes = OVERHEAD + (payload?.raw.byteLength ?? 0) + textOctets(topic) + weightOf(details) + weightOf(audience)
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

/** Notes the length of a payload in a serializer, if it was converted, so that it is not converted again just to be refused. */
export function noteLength({ lengths }: StoredEvent, payload: Payload | undefined, { name }: PayloadFormat): void {
  const form = payload?.format?.name === name ? payload.raw : payload?.forms?.get(name)
  if (form !== undefined) lengths[name] = form instanceof Uint8Array ? form.byteLength : 'unfit'
}

/** The length of its payload in a serializer; until that is known, its length in its own serializer. */
function lengthIn({ lengths, payload }: StoredEvent, { name }: PayloadFormat): number {
  const length = lengths[name] ?? payload?.raw.byteLength ?? 0
  return length === 'unfit' ? 0 : length
}

/** The newest events, oldest first, within a number of events and of octets in a serializer; the newest one whatever its length. */
export function newestOf(events: readonly StoredEvent[], most: number, mostBytes: number, format: PayloadFormat): readonly StoredEvent[] {
  let [first, bytes] = [events.length, 0]
  for (const event of events.toReversed()) {
    bytes += lengthIn(event, format)
    if (events.length - first >= most || (bytes > mostBytes && first < events.length)) break
    first--
  }
  return events.slice(first)
}

/** A copy of a payload for long keeping, without what was decoded or converted. */
export function copyOf(payload: Payload): Payload {
  const { format } = payload
  return format === undefined ? payload : Payload.fromRaw(format, rawIn(payload, format).slice(), payload.count)
}

/** The payload of a stored event for one use; what that use decodes or converts is not kept with the event. */
export function payloadOfStored({ payload }: StoredEvent): Payload | undefined {
  if (payload?.format === undefined) return payload
  return Payload.fromRaw(payload.format, rawIn(payload, payload.format), payload.count)
}

/** Roughly how many octets an event takes besides its payload and texts, as measured. */
const OVERHEAD = 512

/** Keeps the events of one subscription, in the order in which the router accepted them. */
export interface EventHistory {
  /** How many are kept. */
  readonly size: number
  append(event: StoredEvent): void
  /** Replaces the bounds; events beyond the new ones are dropped, the oldest first. */
  change(rule: HistoryRule): void
  /** Drops events that are too old. */
  expire(now: number): void
  /** All events kept, oldest first. */
  events(): readonly StoredEvent[]
}

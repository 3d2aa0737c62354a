// Which of the retained events of a topic stay when one more comes: the newest for all subscribers, and newer ones with an audience of their own.

import type { EventRecords } from './event-record.ts'

/** An event as octets, at its place. */
export interface PlacedRecord {
  readonly position: number
  readonly octets: Uint8Array
}

/** How many events with an audience are kept of one topic; beyond that the oldest is dropped. */
const LIMITED_PER_TOPIC = 16

/** @returns the events, oldest first, the one that came last */
export function withRetained<T extends PlacedRecord>(kept: readonly T[], newest: T, records: EventRecords): readonly T[] {
  const audience = records.audienceIn(newest.octets)
  if (audience.length === 0) return [newest]
  const rest = kept.filter(({ octets }) => !isSame(records.audienceIn(octets), audience))
  const limited = rest.filter(({ octets }) => records.audienceIn(octets).length > 0)
  const surplus = limited.length >= LIMITED_PER_TOPIC ? limited[0] : undefined
  return [...rest.filter((each) => each !== surplus), newest]
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((octet, i) => octet === other[i])
}

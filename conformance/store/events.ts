// Events of which each shows by its number what it has to be. Knows no store.

import type { DurableEvent, EventPage, NewEvent, RealmStore, StoreFailure } from '@trunkline/router'

/** The logs of the trial: one keeps everything, one so many events. */
export const LOGS = { all: {}, newest: { events: 500 } } as const
export const REALM = 'trial'

/** The event with a number, for one of the logs. */
export function eventOf(number: number): { readonly log: keyof typeof LOGS; readonly event: NewEvent } {
  const log = number % 3 === 0 ? 'newest' : 'all'
  const event = {
    publication: number,
    topic: `${log}.t${number % 11}`,
    time: 1_700_000_000_000 + number,
    details: number % 5 === 0 ? { publisher: number } : {},
    audience: number % 7 === 0 ? { eligible: [number] } : undefined,
    excluded: undefined,
    key: undefined,
    owner: undefined,
    isRetained: number % 13 === 0,
    payload: { serializer: 'json', count: 1, raw: octetsOf(number) },
    once: isKeyed(number) ? { owner: 'trial', key: `${number}` } : undefined,
  } as const
  return { log, event }
}

/** Whether the event with a number has a key: publishing it again makes no other. Numbers of what is tried at the end have none. */
export function isKeyed(number: number): boolean {
  return number % 4 === 0 && number < 1_000_000_000
}

/** Octets that only this number gives: mostly few, sometimes many. */
function octetsOf(number: number): Uint8Array {
  const length = number % 97 === 0 ? 20_000 : 20 + (number % 300)
  const octets = new Uint8Array(length)
  for (let i = 0, value = number; i < length; i++) {
    value = (Math.imul(value, 1_664_525) + 1_013_904_223) >>> 0
    octets[i] = value >>> 24
  }
  return octets
}

/** What is wrong with an event that was read; undefined when it is as it was given. */
export function faultOf(read: DurableEvent): string | undefined {
  const { event } = eventOf(read.publication)
  const isSame =
    read.topic === event.topic &&
    read.time === event.time &&
    JSON.stringify(read.details) === JSON.stringify(event.details) &&
    JSON.stringify(read.audience) === JSON.stringify(event.audience) &&
    Buffer.compare(read.payload?.raw ?? new Uint8Array(0), event.payload?.raw ?? new Uint8Array(0)) === 0
  return isSame ? undefined : `event ${read.publication} is not as it was given`
}

/** All events of a realm by their numbers, in order; or the error that the store answers. */
export async function numbersIn(realm: RealmStore): Promise<{ numbers: readonly number[]; faults: readonly string[] } | StoreFailure> {
  const [numbers, faults]: [number[], string[]] = [[], []]
  for (let from = 0, position = 0; ;) {
    const page = await new Promise<EventPage | StoreFailure>((resolve) =>
      realm.read({ filter: { match: 'prefix', uri: '' }, first: 'oldest', from, most: 1_000, mostBytes: 1_000_000 }, resolve),
    )
    if ('error' in page) return page
    for (const event of page.events) {
      if (event.position <= position) faults.push(`position ${event.position} follows ${position}`)
      position = event.position
      numbers.push(event.publication)
      const fault = faultOf(event)
      if (fault !== undefined) faults.push(fault)
    }
    if (page.isLast) return { numbers, faults }
    from = page.next
  }
}

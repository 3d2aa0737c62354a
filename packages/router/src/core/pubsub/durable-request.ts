// What a SUBSCRIBE asks with `_durable`, and an EVENT_RECEIVED about events of durable subscriptions. Decides nothing.

import type { Dict } from '@trunkline/protocol'
import { AFTER, AGAIN, DURABLE, isUri, RESUME, SUBSCRIPTION, UP_TO } from '@trunkline/protocol'
import type { DurableSettings } from '../ports/event-store.ts'

/** A durable subscription as a session asks for it. */
export interface DurableRequest {
  readonly name: string
  /** Where one that does not exist yet begins. */
  readonly from: 'now' | 'oldest'
  /** What it asks for; what is absent is as it was before, or by default. */
  readonly given: Partial<DurableSettings>
}

/** Reads `_durable`; undefined where it is not asked for, a text that says what is wrong with it. */
export function durableRequest(options: Dict): DurableRequest | string | undefined {
  const asked = options[DURABLE] ?? undefined
  if (asked === undefined) return undefined
  for (const other of [RESUME, 'nkey', 'get_retained'])
    if ((options[other] ?? false) !== false) return `_durable and ${other} cannot be combined`
  if (typeof asked === 'string') return isName(asked) ? { name: asked, from: 'now', given: {} } : BAD_NAME
  if (typeof asked !== 'object' || Array.isArray(asked) || asked instanceof Uint8Array) return '_durable: expected a name or a dict'
  const { name, from = 'now', ...settings } = asked as Readonly<Record<string, unknown>>
  if (!isName(name)) return BAD_NAME
  if (from !== 'now' && from !== 'oldest') return '_durable: from is now or oldest'
  const given = settingsIn(settings)
  return typeof given === 'string' ? given : { name, from, given }
}

function settingsIn(asked: Readonly<Record<string, unknown>>): Partial<DurableSettings> | string {
  const given: { -readonly [Key in keyof DurableSettings]?: DurableSettings[Key] } = {}
  for (const [key, value] of Object.entries(asked)) {
    if (value === undefined || value === null) continue
    const most = MOST.get(key)
    if (key === 'dead_letters') {
      if (typeof value !== 'string' || !isUri(value, 'exact')) return '_durable: dead_letters is a topic'
      given.deadLetters = value
    } else if (most === undefined) return `_durable: there is no setting ${key.slice(0, 64)}`
    else {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most.value)
        return `_durable: ${key} is an integer from 1 to ${most.value}`
      given[most.name] = value
    }
  }
  return given
}

/** The settings of one that is made, where some were given. */
export function settingsOf({ maxInFlight = 100, ackWaitMs = 30_000, attempts, deadLetters }: Partial<DurableSettings>): DurableSettings {
  return { maxInFlight, ackWaitMs, attempts, deadLetters }
}

/** The name of a setting that was given and is not as it was before. */
export function otherSetting(given: Partial<DurableSettings>, kept: DurableSettings): string | undefined {
  if (given.deadLetters !== undefined && given.deadLetters !== kept.deadLetters) return 'dead_letters'
  for (const [key, { name }] of MOST) if (given[name] !== undefined && given[name] !== kept[name]) return key
  return undefined
}

/** What is said about an event. */
export interface Receipt {
  /** The id of the subscription that is meant. */
  readonly subscription: number | undefined
  readonly isUpTo: boolean
  /** Not acknowledged, but given back. */
  readonly isAgain: boolean
  /** After which time; a longer one is cut. */
  readonly afterMs: number
}

/** Reads the details of an EVENT_RECEIVED. What is not as it has to be counts as absent: the message has no answer. */
export function receiptIn(details: Dict | undefined): Receipt {
  const { [SUBSCRIPTION]: subscription, [UP_TO]: upTo, [AGAIN]: again, [AFTER]: after } = details ?? {}
  return {
    subscription: typeof subscription === 'number' ? subscription : undefined,
    isUpTo: upTo === true,
    isAgain: again === true,
    afterMs: typeof after === 'number' && after > 0 ? Math.min(after, AN_HOUR) : 0,
  }
}

export function isName(name: unknown): name is string {
  return typeof name === 'string' && NAME.test(name)
}

const A_DAY = 86_400_000
/** For which an event may be given back. */
const AN_HOUR = 3_600_000
const NAME = /^[A-Za-z0-9._-]{1,128}$/
const BAD_NAME = '_durable: a name has 1 to 128 of the characters A-Z a-z 0-9 . _ -'
/** The numbers by their names on the wire: a client chooses what is looked up here. */
const MOST: ReadonlyMap<string, { readonly name: 'maxInFlight' | 'ackWaitMs' | 'attempts'; readonly value: number }> = new Map([
  ['max_in_flight', { name: 'maxInFlight', value: 1_000 }],
  ['ack_wait', { name: 'ackWaitMs', value: A_DAY }],
  ['attempts', { name: 'attempts', value: 1_000 }],
] as const)

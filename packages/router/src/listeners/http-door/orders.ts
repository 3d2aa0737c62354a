// What requests want of their session, as messages of WAMP carry it: one call or publication, or several of a batch. Sends nothing.

import type { Dict, Payload, Serializer, SUBSCRIBE } from '@trunkline/protocol'
import { CALL, headerLimits, PayloadError, PUBLICATION_KEY, PUBLISH } from '@trunkline/protocol'
import type { Content } from './bodies.ts'
import { BodyError, contentOf, isDict, readContent } from './bodies.ts'
import { kindOf, membersOf, valueOf, valuesWithin } from './raw-values.ts'

/** A call, a publication or a subscription. */
export interface Order {
  readonly type: typeof CALL | typeof PUBLISH | typeof SUBSCRIBE
  readonly uri: string
  readonly options: Dict
  readonly payload: Payload | undefined
}

/** What holds for a request besides its body. */
export interface Terms {
  /** The time limit of calls that bring none. */
  readonly timeoutMs: number
  /** Whether progressive results are wanted. */
  readonly isProgressive: boolean
  /** The key under which a publication is one event, however often it is made. */
  readonly key: string | undefined
}

const MOST_OF_BATCH = 100
/** Of all options of a batch, which are built as values. */
const MOST_OPTIONS_OCTETS = 65_536
const CALL_OPTIONS = new Set(['timeout', 'disclose_me', 'runmode', 'rkey'])
const PUBLISH_OPTIONS = new Set([
  'acknowledge',
  'exclude_me',
  'disclose_me',
  'exclude',
  'exclude_authid',
  'exclude_authrole',
  'eligible',
  'eligible_authid',
  'eligible_authrole',
  'retain',
  'rkey',
])

/** What an order is for. */
export interface Target {
  readonly kind: 'call' | 'publish'
  readonly uri: string
}

/**
 * The order of a request.
 * @throws {BodyError} when it has options that requests cannot have, or a text in them or the URI is none
 */
export function orderOf(format: Serializer, { kind, uri }: Target, content: Content, terms: Terms): Order {
  const isCall = kind === 'call'
  const type = isCall ? CALL : PUBLISH
  const options = optionsIn(format, content.options, type)
  const known = isCall ? CALL_OPTIONS : PUBLISH_OPTIONS
  const unknown = Object.keys(options).find((name) => !known.has(name))
  if (unknown !== undefined) throw new BodyError(`there is no option '${unknown}' for requests of HTTP`)
  if (!isWellFormed(uri) || !isWellFormed(options)) throw new BodyError('the URI or an option has half a character')
  const own = isCall ? callOptions(terms) : publishOptions(terms)
  return { type, uri, options: isCall ? { ...own, ...options } : { ...options, ...own }, payload: content.payload }
}

/** The options are built within the bounds of those of a message. */
function optionsIn(format: Serializer, raw: Uint8Array | undefined, type: number): Dict {
  if (raw === undefined) return {}
  const { values, listed } = headerLimits(type)
  try {
    const options = valueOf(format, raw, values + listed)
    return isDict(options) ? options : {}
  } catch (error) {
    if (error instanceof PayloadError) throw new BodyError(error.message.replace('the payload has', 'the options have'))
    throw error
  }
}

const HALF = /\p{Surrogate}/u

/** Whether all texts consist of whole characters: of half of one no serializer makes octets. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return !HALF.test(value)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return true
  return Object.entries(value).every(([key, each]) => !HALF.test(key) && isWellFormed(each))
}

function callOptions({ timeoutMs, isProgressive, key }: Terms): Dict {
  if (key !== undefined) throw new BodyError('Idempotency-Key is for publications: the router cannot know whether a procedure did its work')
  return isProgressive ? { timeout: timeoutMs, receive_progress: true } : { timeout: timeoutMs }
}

function publishOptions({ key }: Terms): Dict {
  return key === undefined ? { acknowledge: true } : { acknowledge: true, [PUBLICATION_KEY]: key }
}

/**
 * The orders of a batch: a list of dicts with `call` or `publish`, and `args`, `kwargs` and `options`.
 * @throws {BodyError} as {@link readContent}, and when one of them is no order; then none is to be carried out
 */
export function ordersOf(format: Serializer, body: Uint8Array, terms: Terms): readonly Order[] {
  const { payload, options } = readContent(format, body)
  if (payload?.count !== 1 || options !== undefined) throw new BodyError('a batch is a list of dicts with call or publish')
  const orders: Order[] = []
  let octets = 0
  for (const each of valuesWithin(format, payload.raw)) {
    if (orders.length === MOST_OF_BATCH) throw new BodyError(`a batch has at most ${MOST_OF_BATCH} calls and publications`)
    try {
      const members = membersIn(format, each)
      octets += members.get('options')?.length ?? 0
      if (octets > MOST_OPTIONS_OCTETS) throw new BodyError(`all options together are longer than ${MOST_OPTIONS_OCTETS} octets`)
      orders.push(orderIn(format, members, { ...terms, isProgressive: false }))
    } catch (error) {
      if (!(error instanceof BodyError)) throw error
      throw new BodyError(`number ${orders.length + 1} of the batch: ${error.message}`)
    }
  }
  return orders
}

const IN_BATCH: ReadonlySet<string> = new Set(['call', 'publish', 'args', 'kwargs', 'options'])

/** The members of an entry of a batch. */
function membersIn(format: Serializer, raw: Uint8Array): ReadonlyMap<string, Uint8Array> {
  if (kindOf(format, raw) !== 'dict') throw new BodyError('it is not a dict')
  const members = membersOf(format, raw, IN_BATCH)
  if (!('unknown' in members)) return members
  throw new BodyError(members.unknown === undefined ? 'it has a key that is no short text' : `there is no key '${members.unknown}'`)
}

function orderIn(format: Serializer, members: ReadonlyMap<string, Uint8Array>, terms: Terms): Order {
  const [call, publish] = [members.get('call'), members.get('publish')]
  const target = call ?? publish
  const uri = target === undefined ? undefined : valueOf(format, target, 1)
  if (typeof uri !== 'string' || (call !== undefined && publish !== undefined))
    throw new BodyError('it has neither call nor publish, or both')
  return orderOf(format, { kind: call === undefined ? 'publish' : 'call', uri }, contentOf(format, members), terms)
}

// What requests want of their session, as messages of WAMP carry it: one call or publication, or several of a batch. Sends nothing.

import type { Dict, Serializer, SUBSCRIBE } from '@trunkline/protocol'
import { CALL, Payload, PUBLICATION_KEY, PUBLISH } from '@trunkline/protocol'
import type { Content } from './bodies.ts'
import { BodyError, contentOf, isDict, readContent } from './bodies.ts'

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

/**
 * The order of a request.
 * @throws {BodyError} when it has options that requests cannot have
 */
export function orderOf(kind: 'call' | 'publish', uri: string, { args, kwargs, options }: Content, terms: Terms): Order {
  const isCall = kind === 'call'
  const known = isCall ? CALL_OPTIONS : PUBLISH_OPTIONS
  const unknown = Object.keys(options).find((name) => !known.has(name))
  if (unknown !== undefined) throw new BodyError(`there is no option '${unknown}' for requests of HTTP`)
  const own = isCall ? callOptions(terms) : publishOptions(terms)
  return {
    type: isCall ? CALL : PUBLISH,
    uri,
    options: isCall ? { ...own, ...options } : { ...options, ...own },
    payload: Payload.fromValues(args, kwargs),
  }
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
  const { args, kwargs } = readContent(format, body)
  if (Object.keys(kwargs).length > 0 || args.length === 0) throw new BodyError('a batch is a list of dicts with call or publish')
  if (args.length > MOST_OF_BATCH) throw new BodyError(`a batch has at most ${MOST_OF_BATCH} calls and publications`)
  return args.map((each, i) => {
    try {
      return orderIn(each, { ...terms, isProgressive: false })
    } catch (error) {
      if (!(error instanceof BodyError)) throw error
      throw new BodyError(`number ${i + 1} of the batch: ${error.message}`)
    }
  })
}

function orderIn(value: unknown, terms: Terms): Order {
  if (!isDict(value)) throw new BodyError('it is not a dict')
  const { call, publish, ...content } = value
  const uri = call ?? publish
  if (typeof uri !== 'string' || (call !== undefined && publish !== undefined))
    throw new BodyError('it has neither call nor publish, or both')
  const unknown = Object.keys(content).find((key) => key !== 'args' && key !== 'kwargs' && key !== 'options')
  if (unknown !== undefined) throw new BodyError(`there is no key '${unknown}'`)
  return orderOf(call === undefined ? 'publish' : 'call', uri, contentOf(content), terms)
}

// Options of requests: those of the client, and those of WAMP, whose names on the wire (`disclose_me`) are written in camel case
// (`discloseMe`). The table of WAMP's names is the message table of the protocol.

import type {
  Dict,
  MatchPolicy,
  SharedCallOptions,
  SharedPublishOptions,
  SharedRegisterOptions,
  SharedSubscribeOptions,
} from '@trunkline/protocol'
import { CALL, EMPTY_DICT, messageRow, PUBLISH, UsageError } from '@trunkline/protocol'
import { camelCase, check, nearestOf } from './checks.ts'
import type { Args, CallResult, Kwargs } from './results.ts'

/** Attributes of an implementation: `_` and at least three of `a-z`, `0-9`, `_`. */
export interface CustomOptions {
  readonly [name: `_${string}`]: unknown
}

/** The keyword arguments of a request, beside its options. */
export interface KeywordOptions {
  /** Keyword arguments. */
  readonly kwargs?: Kwargs | undefined
}

/** Payload passthru mode (specification: "Payload Passthru Mode"). */
export interface PassthruOptions {
  readonly pptScheme?: string | undefined
  readonly pptSerializer?: string | undefined
  readonly pptCipher?: string | undefined
  readonly pptKeyid?: string | undefined
}

export interface CallOptions extends SharedCallOptions, KeywordOptions, CustomOptions, PassthruOptions {
  /** Cancels the call when it is aborted; not sent. Needs `calls()`. */
  readonly signal?: AbortSignal | undefined
  /** Asks for progressive results and takes them, in order; not sent. Needs `calls()`. */
  readonly onProgress?: ((result: CallResult) => void) | undefined
}

export interface RegisterOptions extends SharedRegisterOptions, CustomOptions {
  /** How calls are matched to the procedure's URI. Default `exact`. */
  readonly match?: MatchPolicy | undefined
}

export interface PublishOptions extends SharedPublishOptions, KeywordOptions, CustomOptions, PassthruOptions {}

export interface SubscribeOptions extends SharedSubscribeOptions, CustomOptions {
  /** How topics are matched. Default `exact`. */
  readonly match?: MatchPolicy | undefined
}

/** The arguments of a call or publication, apart from the options. */
export interface Given<Options> {
  readonly args: Args
  readonly kwargs: Kwargs
  readonly options: Omit<Options, 'kwargs'>
}

/**
 * Takes a request apart as an application gives it; null counts as absent.
 * @param more further arguments, which would be lost
 * @throws {UsageError} for options that are no dict, and for further arguments
 */
export function given<Options extends KeywordOptions>(
  args: Args | undefined,
  options: Options | undefined,
  more: readonly unknown[] = [],
): Given<Options> {
  if (more.length > 0) throw new UsageError('one argument too many: keyword arguments are an option, { kwargs }')
  const dict = dictOf(options) as Options
  if (dict === EMPTY_DICT) return { args: args ?? [], kwargs: EMPTY_DICT, options: dict }
  const { kwargs = {}, ...rest } = dict
  return { args: args ?? [], kwargs, options: rest }
}

/**
 * Options as they are sent, by their names on the wire: null and undefined count as absent.
 * @param type the type code of the message
 * @throws {UsageError} when they are no dict, and for an unknown name
 */
export function wireOptions(type: number, options: object | undefined | null): Dict {
  const dict = dictOf(options)
  if (dict === EMPTY_DICT) return dict
  return Object.fromEntries(Object.entries(dict).map(([name, value]) => [wireName(name, type), value]))
}

/** Options on the wire that the client sets itself. */
const OWN: readonly string[] = ['receive_progress', 'progress', 'forward_for']

/** Options that are not sent, for the choice of the nearest name. */
const LOCAL: Readonly<Record<number, readonly string[]>> = {
  [CALL]: ['kwargs', 'signal', 'cancelMode', 'onProgress', 'waitForCallee'],
  [PUBLISH]: ['kwargs', 'once'],
}

function wireName(name: string, type: number): string {
  if (name.startsWith('_')) return name
  const wire = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  const keys = messageRow(type)?.keys ?? new Map<string, unknown>()
  if (!name.includes('_') && keys.has(wire) && !OWN.includes(wire)) return wire
  const names = [...keys.keys()].filter((key) => !OWN.includes(key)).map(camelCase)
  throw nearestOf(name, [...names, ...(LOCAL[type] ?? [])])
}

/**
 * A dict without what is null or undefined.
 * @throws {UsageError} when it is no dict
 */
export function dictOf(options: object | undefined | null): Dict {
  if (options === undefined || options === null || options === EMPTY_DICT) return EMPTY_DICT
  check('options', options, 'dict')
  const entries = Object.entries(options).filter(([, value]) => value !== undefined && value !== null)
  return entries.length === 0 ? EMPTY_DICT : Object.fromEntries(entries)
}

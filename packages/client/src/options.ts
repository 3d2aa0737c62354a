// Options of requests, named and typed as on the wire.

import type { Dict, MatchPolicy } from '@trunkline/protocol'
import { EMPTY_DICT } from '@trunkline/protocol'
import { check } from './checks.ts'
import type { CallResult } from './results.ts'

/** Attributes of an implementation: `_` and at least three of `a-z`, `0-9`, `_`. */
export interface CustomOptions {
  readonly [name: `_${string}`]: unknown
}

/** Payload passthru mode (specification: "Payload Passthru Mode"). */
export interface PassthruOptions {
  readonly ppt_scheme?: string | undefined
  readonly ppt_serializer?: string | undefined
  readonly ppt_cipher?: string | undefined
  readonly ppt_keyid?: string | undefined
}

/**
 * How a call is cancelled.
 * - `skip`: the caller stops waiting; the callee continues.
 * - `killnowait`: the caller stops waiting; the callee is interrupted.
 * - `kill`: the callee is interrupted, and the caller waits for its answer.
 */
export type CancelMode = 'skip' | 'kill' | 'killnowait'

export interface CallOptions extends CustomOptions, PassthruOptions {
  /** Asks the router to disclose the caller to the callee. */
  readonly disclose_me?: boolean | undefined
  /** Milliseconds to the first result, and between results; 0: no limit. With `calls()` the client enforces it, too. */
  readonly timeout?: number | undefined
  readonly runmode?: string | undefined
  readonly rkey?: unknown
  /** Cancels the call when it is aborted; not sent. Needs `calls()`. */
  readonly signal?: AbortSignal | undefined
  /** How `signal` cancels; not sent. Default `killnowait`. */
  readonly cancelMode?: CancelMode | undefined
  /** Asks for progressive results and takes them, in order; not sent. Needs `calls()`. */
  readonly onProgress?: ((result: CallResult) => void) | undefined
}

export interface RegisterOptions extends CustomOptions {
  /** How calls are matched to the procedure's URI. Default `exact`. */
  readonly match?: MatchPolicy | undefined
  /** Which of several callees gets a call. Default `single`: there is only one. `_sharded`: the one with the shard of the call's `rkey`. */
  readonly invoke?: 'single' | 'roundrobin' | 'random' | 'first' | 'last' | '_sharded' | undefined
  readonly disclose_caller?: boolean | undefined
  /** Take the procedure over from the callees that have it now. Most routers require a right for it. */
  readonly force_reregister?: boolean | undefined
  /** Get the caller's timeout in `details.timeout`, which `calls()` enforces in place of the router. */
  readonly forward_timeout?: boolean | undefined
}

export interface PublishOptions extends CustomOptions, PassthruOptions {
  /** Wait for the router's acknowledgement. Default false. */
  readonly acknowledge?: boolean | undefined
  /** Whether this session does not get the event itself. Default true. */
  readonly exclude_me?: boolean | undefined
  readonly disclose_me?: boolean | undefined
  readonly exclude?: readonly number[] | undefined
  readonly exclude_authid?: readonly string[] | undefined
  readonly exclude_authrole?: readonly string[] | undefined
  readonly eligible?: readonly number[] | undefined
  readonly eligible_authid?: readonly string[] | undefined
  readonly eligible_authrole?: readonly string[] | undefined
  /** Keep the event for later subscribers with `get_retained`. Best effort: the router may lose it. */
  readonly retain?: boolean | undefined
  readonly rkey?: unknown
  readonly transaction_hash?: string | undefined
}

export interface SubscribeOptions extends CustomOptions {
  /** How topics are matched. Default `exact`. */
  readonly match?: MatchPolicy | undefined
  /** Get the retained event first; `details.retained` marks it. */
  readonly get_retained?: boolean | undefined
  readonly nkey?: string | undefined
}

/**
 * Options as they are sent: null and undefined count as absent.
 * @throws {UsageError} when they are no dict
 */
export function dictOf(options: object | undefined | null): Dict {
  if (options === undefined || options === null) return EMPTY_DICT
  check('options', options, 'dict')
  const entries = Object.entries(options).filter(([, value]) => value !== undefined && value !== null)
  return entries.length === 0 ? EMPTY_DICT : Object.fromEntries(entries)
}

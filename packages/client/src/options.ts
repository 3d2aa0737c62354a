// Options of requests, named and typed as on the wire, and the check of them. Knows no session.

import type { Dict, MatchPolicy, Message } from '@trunkline/protocol'
import { EMPTY_DICT, headerElements, messageFromElements, payloadOf, ProtocolError, UsageError } from '@trunkline/protocol'

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

export interface CallOptions extends CustomOptions, PassthruOptions {
  /** Ask that the callee be told who calls. */
  readonly disclose_me?: boolean | undefined
  readonly runmode?: string | undefined
  readonly rkey?: unknown
}

export interface RegisterOptions extends CustomOptions {
  /** How calls are matched to the procedure's URI. Default `exact`. */
  readonly match?: MatchPolicy | undefined
  /** Which of several callees gets a call. Default `single`: there is only one. */
  readonly invoke?: 'single' | 'roundrobin' | 'random' | 'first' | 'last' | undefined
  readonly disclose_caller?: boolean | undefined
  readonly force_reregister?: boolean | undefined
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
  readonly retain?: boolean | undefined
  readonly rkey?: unknown
  readonly transaction_hash?: string | undefined
}

export interface SubscribeOptions extends CustomOptions {
  /** How topics are matched. Default `exact`. */
  readonly match?: MatchPolicy | undefined
  readonly get_retained?: boolean | undefined
  readonly nkey?: string | undefined
}

/** Options as they go out: null and undefined count as absent. */
export function dictOf(options: object | undefined): Dict {
  if (options === undefined) return EMPTY_DICT
  const entries = Object.entries(options).filter(([, value]) => value !== undefined && value !== null)
  return entries.length === 0 ? EMPTY_DICT : Object.fromEntries(entries)
}

/**
 * Refuses a message that a router would answer with ABORT, such as one with a predefined option of the wrong type.
 * @throws {UsageError}
 */
export function checkOptions(message: Message): void {
  try {
    messageFromElements(headerElements(message), payloadOf(message))
  } catch (error) {
    if (error instanceof ProtocolError) throw new UsageError(error.message, 'TL_USAGE', { cause: error })
    throw error
  }
}

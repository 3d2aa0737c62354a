// The interface of codecs that encode payloads, and the codec that leaves them as they are (specification: "Payload
// Passthru Mode").

import type { Dict } from '@trunkline/protocol'
import { EMPTY_DICT, Payload, UsageError } from '@trunkline/protocol'
import { camelCase, check } from './checks.ts'
import type { Args, Kwargs } from './results.ts'

/** The use of a payload. */
export interface PayloadUse {
  readonly kind: 'call' | 'publish' | 'result' | 'error'
  /** The procedure or topic. */
  readonly uri: string
}

export interface PlainPayload {
  readonly args: Args
  readonly kwargs: Kwargs
}

/** A payload as it is sent, with the Options or Details that describe it. */
export interface SealedPayload {
  readonly options: Dict
  readonly payload: Payload | undefined
}

/** Converts between the application's values and the payloads of messages; `@trunkline/client/e2ee` makes one that encrypts. */
export interface PayloadCodec {
  /** The Options of further chunks of a call are not sent: those of the first chunk apply. */
  seal(use: PayloadUse, args: Args, kwargs: Kwargs, options: Dict): SealedPayload
  /** Throws when the payload is not in the expected form. `details` are the Details of the message. */
  open(use: PayloadUse, payload: Payload | undefined, details: Dict): PlainPayload
}

/** A codec that checks args and kwargs first: other values would end the session, or be ignored silently. */
export function checkedCodec(codec: PayloadCodec): PayloadCodec {
  return {
    open: (use, payload, details) => codec.open(use, payload, details),
    seal(use, args, kwargs, options) {
      checkPayload(args, kwargs)
      return codec.seal(use, args, kwargs, options)
    },
  }
}

/** @throws {UsageError} when args are no list or kwargs no dict */
export function checkPayload(args: Args, kwargs: Kwargs): void {
  check('args', args, 'list')
  if (kwargs !== EMPTY_DICT) check('kwargs', kwargs, 'dict')
}

/** Leaves payloads as they are. The binary item of a payload in passthru mode is passed to the application. */
export const plainCodec: PayloadCodec = {
  seal(_use, args, kwargs, options) {
    const payload = Payload.fromValues(args, kwargs === EMPTY_DICT ? undefined : kwargs)
    if (options === EMPTY_DICT) return { options, payload }
    const isOneItem = payload?.count === 1 && args.length === 1 && args[0] instanceof Uint8Array
    for (const option in options) {
      if (!option.startsWith('ppt_') || (isOneItem && options['ppt_scheme'])) continue
      throw new UsageError(`${camelCase(option)} needs a pptScheme, and one Uint8Array as args`)
    }
    return { options, payload }
  },
  open(_use, payload) {
    const args: unknown = payload?.args ?? []
    // In the older form of passthru the binary item is in place of args.
    return { args: Array.isArray(args) ? args : [args], kwargs: payload?.kwargs ?? {} }
  },
}

// How payloads go out and come in when nothing encodes them, and the place for what does (specification: "Payload
// Passthru Mode"). Knows no cipher.

import type { Dict } from '@trunkline/protocol'
import { Payload, UsageError } from '@trunkline/protocol'
import { check } from './checks.ts'
import type { Args, Kwargs } from './results.ts'

/** What a payload is for. */
export interface PayloadUse {
  readonly kind: 'call' | 'publish' | 'result' | 'error'
  /** The procedure or topic. */
  readonly uri: string
}

export interface PlainPayload {
  readonly args: Args
  readonly kwargs: Kwargs
}

/** A payload as it goes out, and the Options or Details that tell of it. */
export interface SealedPayload {
  readonly options: Dict
  readonly payload: Payload | undefined
}

/** Stands between the application's values and the messages; `@trunkline/client/e2ee` makes one that encrypts. */
export interface PayloadCodec {
  /** The Options of further chunks of a call are not sent: those of the first hold. */
  seal(use: PayloadUse, args: Args, kwargs: Kwargs, options: Dict): SealedPayload
  /** Throws when the payload is not what it should be. `details` are those of the message. */
  open(use: PayloadUse, payload: Payload | undefined, details: Dict): PlainPayload
}

/** A codec that never sees what is no payload: it would end the session, or be dropped without a sign. */
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
  check('kwargs', kwargs, 'dict')
}

/** Takes payloads as they are. A binary item of somebody's passthru stays one, for the application to read. */
export const plainCodec: PayloadCodec = {
  seal(_use, args, kwargs, options) {
    const payload = Payload.fromValues(args, kwargs)
    const isOneItem = payload?.count === 1 && args.length === 1 && args[0] instanceof Uint8Array
    for (const option in options) {
      if (!option.startsWith('ppt_') || (isOneItem && options['ppt_scheme'])) continue
      throw new UsageError(`${option} needs a ppt_scheme, and one Uint8Array as args`)
    }
    return { options, payload }
  },
  open(_use, payload) {
    const args: unknown = payload?.args ?? []
    // In the older form of passthru the binary item stands in the place of args.
    return { args: Array.isArray(args) ? args : [args], kwargs: payload?.kwargs ?? {} }
  },
}

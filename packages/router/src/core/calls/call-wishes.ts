// What a CALL asks for in its options, and what its callee has to give and gets to know. The options of the first CALL of a
// progressive call hold for all its chunks (specification: "Freezing of Options in Progressive Call Invocations").

import type { Dict } from '@trunkline/protocol'
import { EMPTY_DICT } from '@trunkline/protocol'
import type { TrustLevels } from '../matching/trust-levels.ts'
import { passthruOf } from '../state/passthru.ts'
import type { CallRequest, CallWishes } from '../state/call.ts'
import type { Session } from '../state/session.ts'
import { weightOf } from '../state/weight.ts'

const NO_WISHES: CallWishes = { isStream: false, wantsProgress: false, isDisclosed: false, timeout: 0, passthru: undefined }

/** Reads options that the codec has checked; `null` counts as absent. */
export function callWishes(options: Dict): CallWishes {
  if (options === EMPTY_DICT) return NO_WISHES
  const { timeout } = options
  return {
    isStream: options['progress'] === true,
    wantsProgress: options['receive_progress'] === true,
    isDisclosed: options['disclose_me'] === true,
    timeout: typeof timeout === 'number' ? timeout : 0,
    passthru: passthruOf(options),
  }
}

/** A feature that a call needs and its callee did not announce. */
export function lackingFeature(callee: Session, { isStream, passthru }: CallWishes): string | undefined {
  if (isStream && !(callee.isInterruptible && callee.announced('callee', 'progressive_call_invocations'))) {
    return 'progressive call invocations'
  }
  return passthru !== undefined && !callee.announced('callee', 'payload_passthru_mode') ? 'payload passthru' : undefined
}

/** The trust level of a call, for a callee that announced the feature. */
export function trustLevelOf(trust: TrustLevels | undefined, caller: Session, callee: Session, procedure: string): number | undefined {
  if (trust === undefined || caller.isInternal || !callee.announced('callee', 'call_trustlevels')) return undefined
  return trust.levelOf(procedure, caller.identity.authrole)
}

/** About how many octets it takes to keep a call, so that another callee can get it. */
export function octetsToRepeat({ registration, procedure, wishes, payload }: CallRequest): number {
  const named = registration.match === 'exact' ? 0 : procedure.length
  return named + (payload?.raw.byteLength ?? 0) + (wishes.passthru === undefined ? 0 : weightOf(wishes.passthru))
}

/** A call without what its caller chose, which may be long, and stay for ever in a call without an answer. */
export function withoutContent({ request, registration, contract }: CallRequest): CallRequest {
  return { request, registration, procedure: registration.uri, wishes: NO_WISHES, payload: undefined, contract }
}

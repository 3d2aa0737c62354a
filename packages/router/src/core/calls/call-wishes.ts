// What a CALL asks for in its options, and what its callee has to give and gets to know. The options of the first CALL of a
// progressive call hold for all its chunks (specification: "Freezing of Options in Progressive Call Invocations").

import type { Dict } from '@trunkline/protocol'
import { EMPTY_DICT, traceContextOf } from '@trunkline/protocol'
import type { TrustLevels } from '../matching/trust-levels.ts'
import { callerDetails } from '../state/disclosure.ts'
import { passthruOf } from '../state/passthru.ts'
import type { CallRequest, CallWishes } from '../state/call.ts'
import type { Callee } from '../state/registration.ts'
import type { Session } from '../state/session.ts'
import { weightOf } from '../state/weight.ts'

const NO_WISHES: CallWishes = {
  isStream: false,
  wantsProgress: false,
  isDisclosed: false,
  timeout: 0,
  passthru: undefined,
  trace: undefined,
}

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
    trace: traceContextOf(options),
  }
}

/** A feature that a call needs and its callee did not announce. */
export function lackingFeature(callee: Session, { isStream, passthru }: CallWishes): string | undefined {
  if (isStream && !(callee.isInterruptible && callee.announced('callee', 'progressive_call_invocations'))) {
    return 'progressive call invocations'
  }
  return passthru !== undefined && !callee.announced('callee', 'payload_passthru_mode') ? 'payload passthru' : undefined
}

/** The details of the INVOCATION with which a call begins. @param asked whether the callee is asked for progressive results */
export function invocationDetails(
  caller: Session,
  { registration, procedure, wishes }: CallRequest,
  callee: Callee,
  { isAsked, trust }: { readonly isAsked: boolean; readonly trust: TrustLevels | undefined },
): Dict {
  const isDisclosed = wishes.isDisclosed || callee.wantsCaller
  const timeout = callee.keepsTime ? wishes.timeout : 0
  const trustLevel = trustLevelOf(trust, caller, callee.session, procedure)
  const isPattern = registration.match !== 'exact'
  const isPlain = !isPattern && !isAsked && !isDisclosed && timeout === 0 && trustLevel === undefined && wishes.passthru === undefined
  if (isPlain) return wishes.trace ?? EMPTY_DICT
  return {
    ...(isPattern ? { procedure } : undefined),
    ...(isAsked ? { receive_progress: true } : undefined),
    ...(timeout === 0 ? undefined : { timeout }),
    ...(isDisclosed ? callerDetails(caller) : undefined),
    ...(trustLevel === undefined ? undefined : { trustlevel: trustLevel }),
    ...wishes.passthru,
    ...wishes.trace,
  }
}

/** The trust level of a call, for a callee that announced the feature. */
function trustLevelOf(trust: TrustLevels | undefined, caller: Session, callee: Session, procedure: string): number | undefined {
  if (trust === undefined || caller.isInternal || !callee.announced('callee', 'call_trustlevels')) return undefined
  return trust.levelOf(procedure, caller.identity.authrole)
}

/** About how many octets it takes to keep a call, so that another callee can get it. */
export function octetsToRepeat({ registration, procedure, wishes, payload }: CallRequest): number {
  const named = registration.match === 'exact' ? 0 : procedure.length
  const attributes = [wishes.passthru, wishes.trace].reduce((octets, each) => octets + (each === undefined ? 0 : weightOf(each)), 0)
  return named + (payload?.raw.byteLength ?? 0) + attributes
}

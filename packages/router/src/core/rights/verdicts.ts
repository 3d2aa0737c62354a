// What a verdict means for a request.

import type { CallMessage, PublishMessage, RegisterMessage, SubscribeMessage } from '@trunkline/protocol'
import { CALL, PUBLISH, REGISTER, uris } from '@trunkline/protocol'
import type { Verdict } from '../ports/rights.ts'

/** A request that needs a right. */
export type Judged = CallMessage | PublishMessage | SubscribeMessage | RegisterMessage

/** The error with which a verdict refuses a request; undefined when the request may be performed as {@link asGranted}. */
export function refusalOf(message: Judged, verdict: Verdict | 'failed'): string | undefined {
  if (verdict === false) return uris.NOT_AUTHORIZED
  if (verdict === 'failed') return uris.AUTHORIZATION_FAILED
  if (message.type === REGISTER && message.options['force_reregister'] === true) {
    return verdict !== true && verdict.mayForce ? undefined : uris.OPTION_NOT_ALLOWED
  }
  if (verdict === true || (message.type !== CALL && message.type !== PUBLISH)) return undefined
  if (message.type === PUBLISH && message.options['retain'] === true && !verdict.mayRetain) return uris.OPTION_NOT_ALLOWED
  return verdict.disclose === 'never' && message.options['disclose_me'] === true ? uris.DISCLOSE_ME_DISALLOWED : undefined
}

/** The request to perform: its sender disclosed where the verdict requires it. */
export function asGranted<M extends Judged>(message: M, verdict: Verdict | 'failed'): M {
  if (typeof verdict !== 'object' || verdict.disclose !== 'always' || (message.type !== CALL && message.type !== PUBLISH)) return message
  return { ...message, options: { ...message.options, disclose_me: true } }
}

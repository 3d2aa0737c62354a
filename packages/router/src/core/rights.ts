// What is asked about a session's rights, what is known of them already, and what a verdict means for a request.

import type { CallMessage, MatchPolicy, PublishMessage, RegisterMessage, SubscribeMessage } from '@trunkline/protocol'
import { CALL, PUBLISH, REGISTER, uris } from '@trunkline/protocol'
import type { Action, AuthorizationRequest, Authorizer, Principal, Verdict } from './ports.ts'
import type { RealmContext } from './realm-context.ts'
import type { Session } from './tables.ts'

/** The verdict as far as it is known without asking; undefined where the authorizer must be asked. */
export function knownVerdict(
  authorizer: Authorizer,
  session: Session,
  action: Action,
  uri: string,
  match: MatchPolicy,
): Verdict | undefined {
  session.rights ??= authorizer.rightsOf?.(principalOf(session))
  return session.rights?.judge(action, uri, match)
}

/** The question to an authorizer. */
export function requestOf(session: Session, action: Action, uri: string, match: MatchPolicy): AuthorizationRequest {
  return { action, uri, match, session: principalOf(session) }
}

/** A request that needs a right. */
export type Judged = CallMessage | PublishMessage | SubscribeMessage | RegisterMessage

/** The error that a verdict makes of a request; undefined when it may be done as {@link asGranted}. */
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

/** The request as it is to be done: its sender disclosed where the verdict says so. */
export function asGranted<M extends Judged>(message: M, verdict: Verdict | 'failed'): M {
  if (typeof verdict !== 'object' || verdict.disclose !== 'always' || (message.type !== CALL && message.type !== PUBLISH)) return message
  return { ...message, options: { ...message.options, disclose_me: true } }
}

/** Tells the audit, if there is one, what became of a request. @param refused the error of a refusal */
export function recordDecision(
  { name, audit }: RealmContext,
  session: Session,
  action: Action,
  uri: string,
  match: MatchPolicy,
  refused: string | undefined,
): void {
  audit?.({ realm: name, ...requestOf(session, action, uri, match), refused })
}

function principalOf({ id, identity: { authid, authrole, authmethod } }: Session): Principal {
  return { id, authid, authrole, authmethod }
}

// What is asked about a session's rights, and what is known of them already.

import type { MatchPolicy } from '@trunkline/protocol'
import type { Action, AuthorizationRequest, Authorizer, Principal, Verdict } from './ports.ts'
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

function principalOf({ id, identity: { authid, authrole, authmethod } }: Session): Principal {
  return { id, authid, authrole, authmethod }
}

// Judges what a procedure of the router does in its caller's name, by the caller's rights of now. Does nothing itself.

import type { MatchPolicy } from '@trunkline/protocol'
import { ApplicationError, uris } from '@trunkline/protocol'
import type { OwnResult } from './meta-session.ts'
import { Later } from './meta-session.ts'
import type { Action, Authorizer } from './ports.ts'
import type { RealmContext } from './realm-context.ts'
import { recordDecision, requestOf } from './rights.ts'
import type { Session } from './tables.ts'

type Verdict = Exclude<ReturnType<Authorizer['allows']>, undefined>

/** Goes on once the session may do it, by the rights that it has now. */
export function whenAllowed(
  context: RealmContext,
  session: Session,
  action: Action,
  uri: string,
  match: MatchPolicy,
  then: (verdict: Verdict) => OwnResult,
): OwnResult | Later {
  if (session.isInternal) return then(true)
  const judged = (verdict: Verdict | 'failed'): OwnResult => {
    const refused = verdict === 'failed' ? uris.AUTHORIZATION_FAILED : uris.NOT_AUTHORIZED
    const isAllowed = verdict !== false && verdict !== 'failed'
    recordDecision(context, session, action, uri, match, isAllowed ? undefined : refused)
    if (isAllowed) return then(verdict)
    throw new ApplicationError(refused)
  }
  let finish: ((result: () => OwnResult) => void) | undefined
  const verdict = context.authorizer.allows(requestOf(session, action, uri, match), (answer) => {
    finish?.(() => judged(answer))
  })
  if (verdict !== undefined) return judged(verdict)
  return new Later((given) => {
    finish = given
  })
}

/**
 * Whether a session may do one of some things with a URI, as far as that is known at once: a list of thousands must not become
 * thousands of questions. An authorizer that has to ask about one entry is not asked about the next.
 */
export function knownRights({ authorizer }: RealmContext, session: Session): (actions: readonly Action[], uri: string) => boolean {
  let isLate = false
  return (actions, uri) =>
    session.isInternal ||
    actions.some((action) => {
      if (isLate) return false
      const request = { action, uri, match: 'exact' as const, session: { id: session.id, ...session.identity } }
      const verdict = authorizer.allows(request, () => {})
      isLate = verdict === undefined
      return verdict !== undefined && verdict !== false
    })
}

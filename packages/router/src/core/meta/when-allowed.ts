// Checks a right of the caller before a procedure of the router acts in the caller's name.

import { ApplicationError, uris } from '@trunkline/protocol'
import type { Judge, Wish } from '../rights/judge.ts'
import type { OwnOutcome } from './meta-session.ts'
import { Later } from './meta-session.ts'
import type { Verdict } from '../ports/rights.ts'
import type { Session } from '../state/session.ts'

/** Calls `then` once the session is found to have the right. */
export function whenAllowed(judge: Judge, session: Session, wish: Wish, then: (verdict: Verdict) => OwnOutcome): OwnOutcome {
  if (session.isInternal) return then(true)
  const judged = (verdict: Verdict | 'failed'): OwnOutcome => {
    const refused = verdict === 'failed' ? uris.AUTHORIZATION_FAILED : uris.NOT_AUTHORIZED
    const isAllowed = verdict !== false && verdict !== 'failed'
    judge.record(session, wish, isAllowed ? undefined : refused)
    if (isAllowed) return then(verdict)
    throw new ApplicationError(refused)
  }
  let finish: ((result: () => OwnOutcome) => void) | undefined
  const verdict = judge.ask(session, wish, (answer) => finish?.(() => judged(answer)))
  if (verdict !== undefined) return judged(verdict)
  return new Later((given) => {
    finish = given
  })
}

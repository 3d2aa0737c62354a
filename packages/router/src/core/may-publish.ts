// Whether a session may publish to a topic that it does not publish to itself: to that of its dead letters.

import { uris } from '@trunkline/protocol'
import type { Verdict } from './ports/rights.ts'
import type { Judge, Wish } from './rights/judge.ts'
import type { Session } from './state/session.ts'

/** @param then called in this turn where the verdict is known */
export function mayPublish(judge: Judge, session: Session, topic: string, then: (isAllowed: boolean) => void): void {
  const wish = wishTo(topic)
  const conclude = (verdict: Verdict | 'failed'): void => {
    const isAllowed = verdict !== false && verdict !== 'failed'
    judge.record(session, wish, isAllowed ? undefined : uris.NOT_AUTHORIZED)
    then(isAllowed)
  }
  const verdict = judge.ask(session, wish, conclude)
  if (verdict !== undefined) conclude(verdict)
}

/** The same as far as it is known now: no authorizer that answers later is asked. */
export function mayPublishNow(judge: Judge, session: Session, topic: string): boolean {
  return judge.atOnce(session, wishTo(topic)) !== false
}

function wishTo(uri: string): Wish {
  return { action: 'publish', uri, match: 'exact' }
}

// Checks the grants of sessions again after rights changed, and revokes those that are no longer allowed. Open calls continue.

import { uris } from '@trunkline/protocol'
import type { Broker } from './pubsub/broker.ts'
import type { Dealer } from './calls/dealer.ts'
import type { Judge } from './rights/judge.ts'
import type { Verdict } from './ports/rights.ts'
import type { RealmContext } from './state/realm-context.ts'
import type { Registration } from './state/registration.ts'
import type { Session } from './state/session.ts'
import type { Subscription } from './state/subscription.ts'

/** The results known at once. */
export interface GrantsReview {
  readonly subscriptionsRevoked: number
  readonly registrationsRevoked: number
  /** Grants that an authorizer is still asked about; they hold until it answers, and end when it fails to answer. */
  readonly stillAsked: number
}

type Grant = { readonly action: 'subscribe'; readonly held: Subscription } | { readonly action: 'register'; readonly held: Registration }

export class GrantsReviewer {
  readonly #context: RealmContext
  readonly #judge: Judge
  readonly #broker: Pick<Broker, 'revoke'>
  readonly #dealer: Pick<Dealer, 'revoke' | 'claims'>

  constructor(context: RealmContext, judge: Judge, broker: Pick<Broker, 'revoke'>, dealer: Pick<Dealer, 'revoke' | 'claims'>) {
    this.#context = context
    this.#judge = judge
    this.#broker = broker
    this.#dealer = dealer
  }

  /** Checks all subscriptions and registrations of a session; verdicts asked for before are void. */
  review(session: Session): GrantsReview {
    this.#judge.forget(session)
    this.#dealer.claims.successors.conclude(session)
    const unknown: Grant[] = []
    const revoked = { subscribe: 0, register: 0 }
    for (const grant of grantsOf(session)) {
      const { uri, match } = grant.held
      const verdict = this.#judge.known(session, grant.action, uri, match)
      if (verdict === undefined) unknown.push(grant)
      else if (verdict === false && this.#revoke(session, grant, uris.NOT_AUTHORIZED)) revoked[grant.action]++
    }
    this.#askAbout(session, unknown, session.rightsChanges, revoked)
    return { subscriptionsRevoked: revoked.subscribe, registrationsRevoked: revoked.register, stillAsked: unknown.length }
  }

  /** Asks about one grant after the other, so that a session with thousands of subscriptions does not flood an authorizer. */
  #askAbout(session: Session, unknown: Grant[], changes: number, revoked: Record<Grant['action'], number>): void {
    for (let grant = unknown[0]; grant !== undefined; grant = unknown[0]) {
      const { action, held } = grant
      const verdict = this.#judge.ask(session, { action, uri: held.uri, match: held.match }, (late) => {
        if (!session.isMember || session.rightsChanges !== changes) return
        this.#conclude(session, unknown, late, revoked)
        this.#askAbout(session, unknown, changes, revoked)
      })
      if (verdict === undefined) return
      this.#conclude(session, unknown, verdict, revoked)
    }
  }

  #conclude(session: Session, unknown: Grant[], verdict: Verdict | 'failed', revoked: Record<Grant['action'], number>): void {
    const grant = unknown.shift()
    if (grant === undefined || (verdict !== false && verdict !== 'failed')) return
    if (this.#revoke(session, grant, verdict === false ? uris.NOT_AUTHORIZED : uris.AUTHORIZATION_FAILED)) revoked[grant.action]++
  }

  #revoke(session: Session, { action, held }: Grant, reason: string): boolean {
    const isHeld = action === 'subscribe' ? session.subscriptions.get(held.id) === held : session.registrations.get(held.id) === held
    if (!isHeld) return false
    this.#context.counters.grantsRevoked++
    if (action === 'subscribe') this.#broker.revoke(session, held, reason)
    else this.#dealer.revoke(session, held, reason)
    return true
  }
}

function grantsOf(session: Session): Grant[] {
  return [
    ...[...session.subscriptions.values()].map((held) => ({ action: 'subscribe', held }) as const),
    ...[...session.registrations.values()].map((held) => ({ action: 'register', held }) as const),
  ]
}

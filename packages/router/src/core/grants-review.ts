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
  /**
   * Grants that hold until it is decided: an authorizer is asked about them, and they end when it fails to answer; or there are more than
   * a thousand, of which the rest is checked in the next turns.
   */
  readonly stillAsked: number
}

type Grant = { readonly action: 'subscribe'; readonly held: Subscription } | { readonly action: 'register'; readonly held: Registration }

/** A session, and how often its rights had changed when its review began: after another change another review looks at it. */
interface Reviewed {
  readonly session: Session
  readonly changes: number
}

/** What is done, and how many grants are undecided. */
interface Tally extends Record<Grant['action'], number> {
  undecided: number
}

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

  /**
   * Checks all subscriptions and registrations of sessions, of very many the rest in later turns. New requests are judged by the new rights
   * at once; verdicts asked for before are void.
   */
  review(sessions: readonly Session[]): GrantsReview {
    const tally: Tally = { subscribe: 0, register: 0, undecided: 0 }
    const reviewed: Reviewed[] = []
    for (const session of sessions) {
      this.#judge.forget(session)
      this.#dealer.claims.successors.conclude(session)
      tally.undecided += session.subscriptions.size + session.registrations.size
      reviewed.push({ session, changes: session.rightsChanges })
    }
    this.#look(this.#looks(reviewed, tally), LOOKS_AT_ONCE)
    return { subscriptionsRevoked: tally.subscribe, registrationsRevoked: tally.register, stillAsked: tally.undecided }
  }

  #look(looks: Iterator<undefined, void>, most: number): void {
    for (let left = most; left > 0; left--) if (looks.next().done === true) return
    this.#context.scheduler.defer(() => this.#look(looks, LOOKS_IN_A_TASK))
  }

  /** Each step looks at a grant, or at a session that may have none. */
  *#looks(sessions: Iterable<Reviewed>, tally: Tally): Generator<undefined, void> {
    for (const reviewed of sessions) {
      yield
      const { session } = reviewed
      const unknown: Grant[] = []
      for (const grant of grantsOf(session)) {
        if (!isCurrent(reviewed)) break
        const verdict = this.#judge.known(session, grant.action, grant.held.uri, grant.held.match)
        if (verdict === undefined) unknown.push(grant)
        else this.#conclude(session, grant, verdict, tally)
        yield
      }
      this.#askAbout(reviewed, unknown, tally)
    }
  }

  /** Asks about one grant after the other, so that a session with thousands of subscriptions does not flood an authorizer. */
  #askAbout(reviewed: Reviewed, unknown: Grant[], tally: Tally): void {
    const { session } = reviewed
    for (let answers = 0; isCurrent(reviewed); answers++) {
      if (answers === LOOKS_IN_A_TASK) return this.#context.scheduler.defer(() => this.#askAbout(reviewed, unknown, tally))
      const [grant] = unknown
      if (grant === undefined) return
      const { action, held } = grant
      const verdict = this.#judge.ask(session, { action, uri: held.uri, match: held.match }, (late) => {
        if (!isCurrent(reviewed)) return
        unknown.shift()
        this.#conclude(session, grant, late, tally)
        this.#askAbout(reviewed, unknown, tally)
      })
      if (verdict === undefined) return
      unknown.shift()
      this.#conclude(session, grant, verdict, tally)
    }
  }

  #conclude(session: Session, grant: Grant, verdict: Verdict | 'failed', tally: Tally): void {
    tally.undecided--
    if (verdict !== false && verdict !== 'failed') return
    if (this.#revoke(session, grant, verdict === false ? uris.NOT_AUTHORIZED : uris.AUTHORIZATION_FAILED)) tally[grant.action]++
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

function isCurrent({ session, changes }: Reviewed): boolean {
  return session.isMember && session.rightsChanges === changes
}

/** Some milliseconds of work where all are revoked. */
const LOOKS_AT_ONCE = 1_024
const LOOKS_IN_A_TASK = 64

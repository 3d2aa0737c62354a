// Takes sessions that leave out of the tables of broker and dealer: those with much in several turns, owner after owner, so that others
// are served between.

import type { Broker } from './pubsub/broker.ts'
import type { Dealer } from './calls/dealer.ts'
import type { TurnOf } from './state/session-turns.ts'
import { SessionTurns } from './state/session-turns.ts'
import type { Scheduler } from './ports/clock.ts'
import { closedLink } from './state/closed-link.ts'
import type { Session } from './state/session.ts'

/** A session that has more subscriptions, registrations and calls leaves in several turns. */
const MOST_AT_ONCE = 512
/** Some 0.2 to 2 ms of work. */
const PARTS_IN_A_TASK = 64

/** What works on the tables. */
interface LeavingParts {
  readonly dealer: Dealer
  readonly broker: Broker
}

interface Rest {
  readonly session: Session
  /** Each step ends one subscription, registration or call. */
  readonly parts: Iterator<undefined, void>
  /** Called when all of it is out of the tables. */
  readonly onOut: (() => void)[]
}

export class Leaving {
  readonly #scheduler: Scheduler
  readonly #parts: LeavingParts
  readonly #waiting = new SessionTurns<Rest>()
  readonly #rests = new Map<Session, Rest>()

  constructor(scheduler: Scheduler, parts: LeavingParts) {
    this.#scheduler = scheduler
    this.#parts = parts
  }

  get isEmpty(): boolean {
    return this.#rests.size === 0
  }

  /** Takes out a session that is no member any more. From now on no call, event or answer reaches it. @param then called when it is out */
  leave(session: Session, then: () => void): void {
    const { dealer, broker } = this.#parts
    if (session.held <= MOST_AT_ONCE) {
      dealer.leave(session)
      broker.leave(session)
      return then()
    }
    // Another session may have its connection before the last part is out.
    session.link = closedLink(session.link.format)
    dealer.retire(session)
    broker.retire(session)
    const rest: Rest = { session, parts: this.#partsOf(session), onOut: [then] }
    this.#rests.set(session, rest)
    if (this.#waiting.isEmpty) this.#goOnLater()
    this.#waiting.add(turnOf(session), rest)
  }

  /** Calls a function when a session that has left is out of the tables: at once where it is. */
  whenOut(session: Session, then: () => void): void {
    const rest = this.#rests.get(session)
    if (rest === undefined) then()
    else rest.onOut.push(then)
  }

  *#partsOf(session: Session): Generator<undefined, void> {
    yield* this.#parts.dealer.leaving(session)
    yield* this.#parts.broker.leaving(session)
  }

  #goOnLater(): void {
    this.#scheduler.defer(() => this.#goOn())
  }

  #goOn(): void {
    const rest = this.#waiting.next()
    if (rest === undefined) return
    let isOut = false
    for (let left = PARTS_IN_A_TASK; left > 0 && !isOut; left--) isOut = rest.parts.next().done === true
    if (isOut) this.#rests.delete(rest.session)
    else this.#waiting.addFirst(turnOf(rest.session), rest)
    if (!this.#waiting.isEmpty) this.#goOnLater()
    if (isOut) for (const then of rest.onOut) then()
  }
}

function turnOf({ id, tables }: Session): TurnOf {
  return { owner: tables.owner, session: id }
}

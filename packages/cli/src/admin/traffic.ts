// The looks of operators at live traffic: how many there may be, and what is shown to them. While there is none, nothing is watched.

import { ApplicationError, uris } from '@trunkline/protocol'
import type {
  Actor,
  CallOnItsWay,
  CallSeen,
  ChangeWitness,
  EventSeen,
  OnCallEnd,
  RefusedRequest,
  Router,
  TrafficWitness,
} from '@trunkline/router'

/** One look, which sees what the router routes. */
export interface Look extends TrafficWitness {
  readonly changed: ChangeWitness
  /** Called 5 times a second. @param lines how many lines it may note until the next time */
  tick(lines: number): void
}

export const TICKS_A_SECOND = 5
const MOST_OF_SESSION = 4
const MOST_LOOKS = 16
/** Lines of all looks together in a second. */
const MOST_LINES = 2_000

export class Traffic implements TrafficWitness {
  readonly #router: Pick<Router, 'witnesses'>
  /** With the id of the session that looks. */
  readonly #looks = new Map<Look, number>()
  /** The only one, if there is one: most of the time no others look. */
  #only: Look | undefined
  #timer: NodeJS.Timeout | undefined
  #isTicking = false

  constructor(router: Pick<Router, 'witnesses'>) {
    this.#router = router
  }

  /**
   * @param session the id of the session that looks
   * @returns ends the look
   * @throws {ApplicationError} when too many look
   */
  add(look: Look, session: number): () => void {
    const own = [...this.#looks.values()].filter((each) => each === session)
    if (own.length >= MOST_OF_SESSION) throw tooMuch(`a session may look at the traffic ${MOST_OF_SESSION} times at once`)
    if (this.#looks.size >= MOST_LOOKS) throw tooMuch(`no more than ${MOST_LOOKS} may look at the traffic at once`)
    this.#looks.set(look, session)
    this.#only = this.#looks.size === 1 ? look : undefined
    this.#router.witnesses.traffic = this
    this.#timer ??= setInterval(() => {
      if (!this.#isTicking) this.#tick()
    }, 1_000 / TICKS_A_SECOND).unref()
    look.tick(this.#share)
    return () => {
      this.#looks.delete(look)
      this.#only = this.#looks.size === 1 ? [...this.#looks.keys()][0] : undefined
      if (this.#looks.size === 0) this.stop()
    }
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    if (this.#router.witnesses.traffic === this) this.#router.witnesses.traffic = undefined
  }

  called(realm: string, call: CallOnItsWay, request: CallSeen): OnCallEnd | undefined {
    if (this.#only !== undefined) return this.#only.called(realm, call, request)
    let first: OnCallEnd | undefined
    for (const look of this.#looks.keys()) first = both(first, look.called(realm, call, request))
    return first
  }

  published(realm: string, publisher: Actor, event: EventSeen, deliveries: number): void {
    for (const look of this.#looks.keys()) look.published(realm, publisher, event, deliveries)
  }

  refused(realm: string, by: Actor, request: RefusedRequest): void {
    for (const look of this.#looks.keys()) look.refused(realm, by, request)
  }

  readonly changed: ChangeWitness = (...change) => {
    for (const look of this.#looks.keys()) look.changed(...change)
  }

  get #share(): number {
    return Math.ceil(MOST_LINES / TICKS_A_SECOND / this.#looks.size)
  }

  /** Each look in a turn of its own: what some of them send takes milliseconds. */
  #tick(waiting = [...this.#looks.keys()]): void {
    const [look, ...others] = waiting
    this.#isTicking = look !== undefined
    if (look === undefined) return
    if (this.#looks.has(look)) look.tick(this.#share)
    setImmediate(() => this.#tick(others))
  }
}

function both(one: OnCallEnd | undefined, other: OnCallEnd | undefined): OnCallEnd | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return (call, outcome, answer) => {
    one(call, outcome, answer)
    other(call, outcome, answer)
  }
}

function tooMuch(text: string): ApplicationError {
  return new ApplicationError(uris.LIMIT_EXCEEDED, [text])
}

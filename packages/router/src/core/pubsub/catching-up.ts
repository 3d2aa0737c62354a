// Subscribers that get events from the store, page by page, until they have all of them; from then on they get them as they come. One
// page in a task, owner after owner, and none before its subscriber has taken the last: live traffic does not wait for it.

import { fits } from '../matching/fits.ts'
import type { EventPage, KeptEvent, StoreFailure } from '../ports/event-store.ts'
import { SessionTurns } from '../state/session-turns.ts'
import { ownerOf } from '../state/owner.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Session } from '../state/session.ts'
import type { Subscription } from '../state/subscription.ts'
import type { DurableTopics } from './durable-topics.ts'
import { admitsByGiven } from './eligibility.ts'
import type { EventDelivery, Publication } from './event-delivery.ts'

/** What a subscriber is to get from the store. */
export interface Missed {
  readonly session: Session
  readonly subscription: Subscription
  /** What it has seen. */
  readonly position: number
  /** The ids of its earlier sessions. */
  readonly sessions: readonly number[]
}

/** Called with the first page: whether the store has everything that was missed. The subscriber then has to have its SUBSCRIBED. */
type OnBegun = (hasAll: boolean) => void

/** One subscriber on its way. */
interface CatchUp extends Missed {
  position: number
  /** Undefined once it has its SUBSCRIBED. */
  onBegun: OnBegun | undefined
  /** Pages that could not be read. */
  failures: number
}

export class CatchingUp {
  readonly #context: RealmContext
  readonly #topics: DurableTopics
  readonly #delivery: Pick<EventDelivery, 'deliverStored' | 'gaps' | 'forms'>
  readonly #turns = new SessionTurns<CatchUp>()
  /** By session and subscription. */
  readonly #open = new Map<Session, Map<Subscription, CatchUp>>()
  readonly #byOwner = new Map<string, number>()
  /** Those whose page could not be read. */
  readonly #failed = new Set<CatchUp>()
  #isReading = false
  #count = 0

  constructor(context: RealmContext, topics: DurableTopics, delivery: Pick<EventDelivery, 'deliverStored' | 'gaps' | 'forms'>) {
    this.#context = context
    this.#topics = topics
    this.#delivery = delivery
  }

  /** How many are on their way. */
  get size(): number {
    return this.#count
  }

  /** Whether an owner has room for one more. */
  hasRoom(session: Session): boolean {
    return (this.#byOwner.get(ownerOf(session)) ?? 0) < MOST_OF_ONE
  }

  /** Reads what a subscriber missed. Until `onBegun` it is no subscriber yet. */
  begin(missed: Missed, onBegun: OnBegun): void {
    const { session, subscription } = missed
    const catchUp: CatchUp = { ...missed, onBegun, failures: 0 }
    const open = this.#open.get(session) ?? new Map<Subscription, CatchUp>()
    this.#open.set(session, open.set(subscription, catchUp))
    this.#count++
    const owner = ownerOf(session)
    this.#byOwner.set(owner, (this.#byOwner.get(owner) ?? 0) + 1)
    this.#wait(catchUp)
  }

  /** A subscriber has left, or has everything. */
  end(session: Session, subscription: Subscription): void {
    const open = this.#open.get(session)
    const catchUp = open?.get(subscription)
    if (catchUp === undefined) return
    open?.delete(subscription)
    if (open?.size === 0) this.#open.delete(session)
    this.#failed.delete(catchUp)
    if (subscription.catchingUp?.delete(session) === true && subscription.catchingUp.size === 0) subscription.catchingUp = undefined
    this.#count--
    const owner = ownerOf(session)
    const left = (this.#byOwner.get(owner) ?? 0) - 1
    if (left > 0) this.#byOwner.set(owner, left)
    else this.#byOwner.delete(owner)
  }

  /** A publication without those of the subscribers that get it from the store. */
  without(publication: Publication, { catchingUp }: Subscription): Publication {
    if (catchingUp === undefined) return publication
    const { isEligible } = publication
    return { ...publication, isEligible: (subscriber) => !catchingUp.has(subscriber) && isEligible?.(subscriber) !== false }
  }

  /** Tries again to read what could not be read. Called about once a second. */
  tick(): void {
    for (const catchUp of this.#failed) this.#wait(catchUp)
    this.#failed.clear()
  }

  #isOpen(catchUp: CatchUp): boolean {
    return this.#open.get(catchUp.session)?.get(catchUp.subscription) === catchUp
  }

  #wait(catchUp: CatchUp): void {
    const { session } = catchUp
    const isFirst = this.#turns.isEmpty
    this.#turns.add({ owner: ownerOf(session), session: session.id }, catchUp)
    if (isFirst && !this.#isReading) this.#context.scheduler.defer(() => this.#goOn())
  }

  /** Reads a page for the one whose turn it is. */
  #goOn(): void {
    if (this.#isReading) return
    const catchUp = this.#turns.next()
    if (catchUp === undefined) return
    const { store, delivered } = this.#topics
    if (!this.#isOpen(catchUp) || store === undefined) return this.#next()
    const { uri, match } = catchUp.subscription
    const query = { filter: { uri, match }, first: 'oldest', from: catchUp.position, most: MOST_EVENTS, mostBytes: MOST_OCTETS } as const
    this.#isReading = true
    store.read(query, (answer) => {
      this.#context.scheduler.defer(() => {
        this.#isReading = false
        try {
          if (this.#isOpen(catchUp)) this.#take(catchUp, answer, delivered)
        } finally {
          this.#next()
        }
      })
    })
  }

  #next(): void {
    if (!this.#turns.isEmpty) this.#context.scheduler.defer(() => this.#goOn())
  }

  /** @param known up to where events had been delivered when the page was asked for: it has all of these */
  #take(catchUp: CatchUp, answer: EventPage | StoreFailure, known: number): void {
    const { session, subscription, onBegun } = catchUp
    if ('error' in answer) return this.#failedToRead(catchUp)
    catchUp.failures = 0
    const lost = answer.dropped - catchUp.position
    if (onBegun !== undefined) {
      catchUp.onBegun = undefined
      if (lost > 0) {
        this.end(session, subscription)
        return onBegun(false)
      }
      ;(subscription.catchingUp ??= new Set()).add(session)
      onBegun(true)
    } else if (lost > 0) {
      // The store has dropped them while the subscriber was behind: at most so many were for it.
      this.#delivery.gaps.add(subscription, session, lost)
      catchUp.position = answer.dropped
    }
    this.#send(catchUp, answer, { next: 0, known })
  }

  /** @param at the next event of the page */
  #send(catchUp: CatchUp, page: EventPage, { next, known }: { readonly next: number; readonly known: number }): void {
    const { session, subscription } = catchUp
    const { delivered } = this.#topics
    for (let i = next; i < page.events.length; i++) {
      const kept = page.events[i]
      // Nobody has been told of those beyond yet: they come when they are delivered.
      if (kept === undefined || kept.position > delivered) break
      if (kept.position > catchUp.position && isFor(kept, catchUp)) {
        const event = this.#topics.storedOf(kept)
        if (!this.#delivery.forms.mayTake(event, session)) {
          const goOn = (): void => {
            if (this.#isOpen(catchUp)) this.#send(catchUp, page, { next: i, known })
          }
          if (this.#delivery.forms.wait({ subscriber: session, event: () => event, goOn })) return
        }
        const outcome = this.#delivery.deliverStored(event, subscription, session)
        if (outcome === 'closed') return
        if (outcome === 'full') return this.#goOnWhenEmpty(catchUp)
      }
      catchUp.position = Math.max(catchUp.position, kept.position)
    }
    const last = page.isLast ? Math.max(known, Math.min(page.next, delivered)) : Math.min(page.next, delivered)
    catchUp.position = Math.max(catchUp.position, last)
    // In this turn: what is delivered from now on goes to it as to any other.
    if (catchUp.position >= delivered) this.end(session, subscription)
    else this.#goOnWhenEmpty(catchUp)
  }

  #goOnWhenEmpty(catchUp: CatchUp): void {
    const goOn = (): void => {
      if (this.#isOpen(catchUp)) this.#wait(catchUp)
    }
    const { link } = catchUp.session
    if (link.whenEmpty === undefined) goOn()
    else link.whenEmpty(goOn)
  }

  #failedToRead(catchUp: CatchUp): void {
    const { session, subscription, onBegun, position } = catchUp
    if (++catchUp.failures < MOST_FAILURES && onBegun === undefined) return void this.#failed.add(catchUp)
    this.end(session, subscription)
    if (onBegun !== undefined) return onBegun(false)
    const { delivered } = this.#topics
    if (delivered > position) this.#delivery.gaps.add(subscription, session, delivered - position)
  }
}

/** Whether a subscriber may receive an event, and did not publish it itself in an earlier session. */
function isFor({ audience, excluded, topic }: KeptEvent, { session, sessions, subscription }: CatchUp): boolean {
  if (excluded !== undefined && (excluded === session.id || sessions.includes(excluded))) return false
  return (audience === undefined || admitsByGiven(audience, session)) && fits(subscription, topic)
}

/** Of one page. */
const MOST_EVENTS = 256
const MOST_OCTETS = 64 * 1024
/** Subscriptions of one owner that may catch up at a time. */
const MOST_OF_ONE = 10_000
/** Pages that cannot be read, one a second, before a subscriber goes on without them. */
const MOST_FAILURES = 10

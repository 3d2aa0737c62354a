// Sends the events of durable subscriptions: reads them page by page, as many as may be in flight, and gives each to one of the sessions that
// have subscribed by the name. What has to be sent again comes before what is new. One page in a task, owner after owner.

import type { EventPage, KeptEvent, StoreFailure } from '../ports/event-store.ts'
import type { DurableSubscription, Receiver } from '../state/durable-subscription.ts'
import { OpenEvent } from '../state/durable-subscription.ts'
import type { RealmContext } from '../state/realm-context.ts'
import { SessionTurns } from '../state/session-turns.ts'
import type { DurableTopics } from './durable-topics.ts'
import { admitsByGiven } from './eligibility.ts'
import type { EventDelivery } from './event-delivery.ts'
import type { InFlight } from './in-flight.ts'

/** Events that a durable subscription gives up. */
export interface GivenUp {
  readonly durable: DurableSubscription
  readonly kept: KeptEvent
  readonly attempts: number
  /** Who had it last. */
  readonly receiver: Receiver | undefined
}

/** What {@link DurableDelivery} needs besides the store. */
export interface DurableDeliveryParts {
  readonly topics: DurableTopics
  readonly delivery: Pick<EventDelivery, 'deliverStored' | 'gaps' | 'forms'>
  readonly inFlight: InFlight
  /** Those that are open: in flight, given back or to be given up. */
  readonly open: InFlight
  /** Puts an event where it is kept in place of the subscription. @param then whether that was done; where not, it is tried again */
  giveUp(event: GivenUp, then: (isDone: boolean) => void): void
}

/** A page on its way. */
interface Reading {
  readonly durable: DurableSubscription
  /** Of {@link DurableSubscription.readings}. */
  readonly reading: number
  /** The event that is to be sent again, or given up; undefined: what is new. */
  readonly again: number | undefined
  /** Up to where events had been delivered when the page was asked for: it has all of these. */
  readonly known: number
}

type Given = 'sent' | 'passed' | 'no_room' | 'waits' | 'unfit'

export class DurableDelivery {
  readonly #context: RealmContext
  readonly #parts: DurableDeliveryParts
  readonly #turns = new SessionTurns<DurableSubscription>()
  readonly #queued = new Set<DurableSubscription>()
  /** Those for which something failed; tried again once a second. */
  readonly #failed = new Set<DurableSubscription>()
  #isReading = false

  constructor(context: RealmContext, parts: DurableDeliveryParts) {
    this.#context = context
    this.#parts = parts
  }

  /** Something may have changed: goes on with a durable subscription where there is something to do. */
  wake(durable: DurableSubscription): void {
    if (durable.isBusy || this.#queued.has(durable) || this.#wants(durable) === undefined) return
    this.#queued.add(durable)
    this.#turns.add({ owner: durable.principal, session: durable.subscription.id }, durable)
    if (this.#queued.size === 1 && !this.#isReading) this.#next()
  }

  /** Tries again what failed. Called about once a second. */
  tick(): void {
    const failed = [...this.#failed]
    this.#failed.clear()
    for (const durable of failed) this.wake(durable)
  }

  /** Where to read, and at most how many; undefined where there is nothing to do. */
  #wants(durable: DurableSubscription): { again: number | undefined; most: number } | undefined {
    if (durable.isPaused || durable.isDeleted || this.#failed.has(durable)) return undefined
    const spent = durable.firstSpent
    if (spent !== undefined) return { again: spent, most: 1 }
    const most = this.#roomOf(durable)
    if (most === 0) return undefined
    const again = durable.firstReady
    if (again !== undefined) return { again, most }
    // What is open already needs no more room of its owner.
    const mostNew = Math.min(most, this.#parts.open.roomOf(durable.principal))
    const isNew = mostNew > 0 && durable.read < this.#parts.topics.delivered && !durable.isFull
    return isNew ? { again, most: mostNew } : undefined
  }

  #roomOf(durable: DurableSubscription): number {
    let room = 0
    for (const { session, isFull, inFlight } of durable.receivers.values()) {
      if (session.isMember && !isFull) room += durable.settings.maxInFlight - inFlight
      if (room >= MOST_EVENTS) break
    }
    return Math.min(room, MOST_EVENTS, this.#parts.inFlight.roomOf(durable.principal))
  }

  #next(): void {
    if (this.#queued.size > 0) this.#context.scheduler.defer(() => this.#goOn())
  }

  #goOn(): void {
    if (this.#isReading) return
    const durable = this.#turns.next()
    if (durable === undefined) return
    this.#queued.delete(durable)
    const { store, delivered } = this.#parts.topics
    const wants = this.#wants(durable)
    if (wants === undefined || store === undefined) return this.#next()
    const { again, most } = wants
    const { uri, match } = durable.subscription
    const from = again === undefined ? durable.read : again - 1
    const reading: Reading = { durable, reading: durable.readings, again, known: delivered }
    this.#isReading = true
    durable.isBusy = true
    store.read({ filter: { uri, match }, first: 'oldest', from, most, mostBytes: MOST_OCTETS }, (answer) => {
      this.#context.scheduler.defer(() => {
        this.#isReading = false
        try {
          this.#take(reading, answer)
        } finally {
          this.#next()
        }
      })
    })
  }

  #take(reading: Reading, answer: EventPage | StoreFailure): void {
    const { durable, again } = reading
    if (!isCurrent(reading)) return this.#end(durable)
    if ('error' in answer) return this.#failedToRead(durable, answer.error)
    durable.failures = 0
    if (again === undefined) this.#noteDropped(durable, answer.dropped - durable.read, answer.dropped)
    else if (answer.events[0]?.position !== again) {
      // The store keeps it no longer.
      const open = durable.open.get(again)
      if (open !== undefined) this.#release(durable, open)
      this.#done(durable, again)
      this.#noteDropped(durable, 1)
    }
    this.#send(reading, answer, 0)
  }

  /** @param next the next event of the page */
  #send(reading: Reading, page: EventPage, next: number): void {
    const { durable, again, known } = reading
    const { delivered } = this.#parts.topics
    for (let i = next; i < page.events.length; i++) {
      const kept = page.events[i]
      // Later events are not delivered to subscribers yet.
      if (kept === undefined || kept.position > delivered) break
      if (again === undefined ? kept.position <= durable.read : !durable.isToBeSent(kept.position)) continue
      const given = this.#give(durable, kept, () => this.#resume(reading, page, i))
      if (given === 'waits') return
      if (given === 'no_room') return this.#end(durable)
    }
    if (again === undefined) {
      const last = page.isLast ? Math.max(known, Math.min(page.next, delivered)) : Math.min(page.next, delivered)
      durable.readUpTo(last, delivered)
    }
    this.#end(durable)
  }

  #resume(reading: Reading, page: EventPage, i: number): void {
    if (isCurrent(reading)) this.#send(reading, page, i)
    else this.#end(reading.durable)
  }

  #end(durable: DurableSubscription): void {
    durable.isBusy = false
    this.wake(durable)
  }

  #give(durable: DurableSubscription, kept: KeptEvent, goOn: () => void): Given {
    const { position } = kept
    const open = durable.open.get(position)
    if (open === undefined && durable.done.has(position)) {
      durable.readOne(position)
      durable.advance()
      return 'passed'
    }
    if (open === undefined && durable.isFull) return 'no_room'
    const attempts = open?.attempts ?? durable.earlier.get(position) ?? 0
    if (attempts >= (durable.settings.attempts ?? Number.POSITIVE_INFINITY)) return this.#giveUp(durable, kept, attempts)
    for (;;) {
      const receiver = this.#receiverOf(durable, kept)
      if (receiver === 'none') return this.#pass(durable, kept)
      if (receiver === undefined) return 'no_room'
      const given = this.#offer(durable, receiver, { kept, attempts, goOn })
      if (given === 'unfit') return this.#giveUp(durable, kept, attempts)
      if (given !== 'no_room') return given
    }
  }

  /** The session whose turn it is. `none` where no session may receive the event, undefined where none that may has room. */
  #receiverOf({ receivers, settings }: DurableSubscription, kept: KeptEvent): Receiver | 'none' | undefined {
    let [hasAny, isForAny] = [false, false]
    for (const receiver of receivers.values()) {
      // One that is leaving says nothing about the event.
      if (!receiver.session.isMember) continue
      hasAny = true
      if (!mayReceive(kept, receiver)) continue
      isForAny = true
      if (!receiver.isFull && receiver.inFlight < settings.maxInFlight) return receiver
    }
    return isForAny || !hasAny ? undefined : 'none'
  }

  #offer(
    durable: DurableSubscription,
    receiver: Receiver,
    { kept, attempts, goOn }: { kept: KeptEvent; attempts: number; goOn: () => void },
  ): Given {
    const { delivery, topics } = this.#parts
    const { session } = receiver
    const event = topics.storedOf(kept)
    if (!delivery.forms.mayTake(event, session) && delivery.forms.wait({ subscriber: session, event: () => event, goOn })) return 'waits'
    if (durable.missed > 0) {
      delivery.gaps.add(durable.subscription, session, durable.missed)
      durable.missed = 0
    }
    const outcome = delivery.deliverStored(event, durable.subscription, session, { attempts })
    if (outcome === 'unencodable' || outcome === 'too_large') return 'unfit'
    if (outcome === 'queued') {
      this.#note(durable, receiver, kept, attempts)
      return 'sent'
    }
    receiver.isFull = true
    if (outcome === 'full') this.#goOnWhenEmpty(durable, receiver)
    return 'no_room'
  }

  #goOnWhenEmpty(durable: DurableSubscription, receiver: Receiver): void {
    receiver.session.link.whenEmpty?.(() => {
      this.#context.scheduler.defer(() => {
        receiver.isFull = false
        this.wake(durable)
      })
    })
  }

  /** An event was sent. */
  #note(durable: DurableSubscription, receiver: Receiver, kept: KeptEvent, attempts: number): void {
    const { clock, deadlines, counters } = this.#context
    const { position, publication } = kept
    const open = this.#openOf(durable, kept, 0)
    open.receiver?.held.delete(publication)
    open.receiver = receiver
    open.state = 'sent'
    open.attempts = attempts + 1
    durable.open.set(position, open)
    durable.ready.delete(position)
    receiver.held.set(publication, open)
    receiver.inFlight++
    durable.inFlight++
    this.#parts.inFlight.add(durable.principal, 1)
    deadlines.set(open, clock.monotonic() + durable.settings.ackWaitMs)
    // The next event goes to another.
    durable.receivers.delete(receiver.session)
    durable.receivers.set(receiver.session, receiver)
    if (position > durable.read) durable.readOne(position)
    durable.changes++
    durable.counts.sent++
    if (attempts === 0) return
    durable.counts.redelivered++
    counters.durableRedelivered++
  }

  #openOf(durable: DurableSubscription, { position, publication }: KeptEvent, attempts: number): OpenEvent {
    const open = durable.open.get(position)
    if (open !== undefined) return open
    this.#parts.open.add(durable.principal, 1)
    return new OpenEvent({ position, publication }, attempts, (late) => this.#onTime(durable, late))
  }

  /** An event needs nothing more. */
  #done(durable: DurableSubscription, position: number): void {
    if (durable.open.has(position)) this.#parts.open.add(durable.principal, -1)
    durable.settle(position)
  }

  /** An event was not acknowledged in time, or has waited long enough. */
  #onTime(durable: DurableSubscription, open: OpenEvent): void {
    this.giveBack(durable, open)
    this.wake(durable)
  }

  /** An event goes back from its receiver. @param afterMs it is sent again after that time */
  giveBack(durable: DurableSubscription, open: OpenEvent, afterMs = 0): void {
    const { clock, deadlines } = this.#context
    this.#release(durable, open)
    const isSpent = open.attempts >= (durable.settings.attempts ?? Number.POSITIVE_INFINITY)
    open.state = isSpent ? 'spent' : afterMs > 0 ? 'delayed' : 'ready'
    if (open.state === 'delayed') deadlines.set(open, clock.monotonic() + afterMs)
    else (isSpent ? durable.spent : durable.ready).add(open.position)
    durable.changes++
  }

  /** An event is acknowledged. */
  settle(durable: DurableSubscription, open: OpenEvent): void {
    this.#release(durable, open)
    open.receiver?.held.delete(open.publication)
    this.#done(durable, open.position)
    durable.counts.acknowledged++
  }

  /** Everything that is open is void: it was acknowledged, or is to be read anew. */
  forget(durable: DurableSubscription): void {
    for (const open of durable.open.values()) this.#release(durable, open)
    this.#parts.open.add(durable.principal, -durable.open.size)
    durable.open.clear()
  }

  /** It is in flight no more. */
  #release(durable: DurableSubscription, open: OpenEvent): void {
    this.#context.deadlines.clear(open)
    if (open.state !== 'sent') return
    open.state = 'ready'
    if (open.receiver !== undefined) open.receiver.inFlight--
    durable.inFlight--
    this.#parts.inFlight.add(durable.principal, -1)
  }

  /** No session that has subscribed may receive an event: it is not for this subscription. */
  #pass(durable: DurableSubscription, { position }: KeptEvent): Given {
    if (position > durable.read) durable.readOne(position)
    this.#done(durable, position)
    return 'passed'
  }

  #giveUp(durable: DurableSubscription, kept: KeptEvent, attempts: number): Given {
    const { position, publication } = kept
    const open = this.#openOf(durable, kept, attempts)
    open.state = 'ending'
    durable.open.set(position, open)
    durable.ready.delete(position)
    durable.spent.delete(position)
    if (position > durable.read) durable.readOne(position)
    this.#parts.giveUp({ durable, kept, attempts, receiver: open.receiver }, (isDone) => {
      if (durable.open.get(position) !== open) return
      if (isDone) {
        open.receiver?.held.delete(publication)
        this.#done(durable, position)
      } else {
        open.state = 'spent'
        durable.spent.add(position)
        this.#failed.add(durable)
      }
      this.wake(durable)
    })
    return 'passed'
  }

  /** The store has dropped events that were not acknowledged. @param upTo everything up to there, of which at most so many were for it */
  #noteDropped(durable: DurableSubscription, events: number, upTo?: number): void {
    if (events <= 0) return
    durable.missed += events
    durable.counts.dropped += events
    this.#context.counters.durableDropped += events
    if (upTo !== undefined) durable.readUpTo(upTo, this.#parts.topics.delivered)
    const { log, name } = this.#context
    log.warn('a durable subscription lost events that the store keeps no longer', {
      area: 'store',
      realm: name,
      durable: durable.name,
      at_most: events,
    })
  }

  #failedToRead(durable: DurableSubscription, error: string): void {
    const { log, name } = this.#context
    if (++durable.failures === MOST_FAILURES)
      log.error('events of a durable subscription cannot be read', { area: 'store', realm: name, durable: durable.name, reason: error })
    durable.isBusy = false
    this.#failed.add(durable)
  }
}

function isCurrent({ durable, reading }: Reading): boolean {
  return durable.readings === reading && !durable.isDeleted && !durable.isPaused
}

/** Whether a session may receive an event. */
function mayReceive({ audience, excluded }: KeptEvent, { session }: Receiver): boolean {
  if (excluded === session.id) return false
  return audience === undefined || admitsByGiven(audience, session)
}

/** Of one page. */
const MOST_EVENTS = 256
const MOST_OCTETS = 64 * 1024
/** Pages that cannot be read, one a second, before that is logged. */
const MOST_FAILURES = 10

// A durable subscription: which of its events are acknowledged, which are sent and which are to be sent again. Holds positions, no events.
// Reads, sends and saves nothing.

import type { Deadline } from './deadlines.ts'
import type { DurableConsumer, DurableSettings } from '../ports/event-store.ts'
import type { Session } from './session.ts'
import type { Subscription } from './subscription.ts'

/**
 * - `sent`: its receiver has it, and has not acknowledged it.
 * - `ready`: to be sent again.
 * - `delayed`: to be sent again at a later time.
 * - `spent`: it was sent as often as it may be, and is to be given up.
 * - `ending`: it is being given up.
 */
export type OpenState = 'sent' | 'ready' | 'delayed' | 'spent' | 'ending'

/** An event that was read and is not acknowledged. */
export class OpenEvent implements Deadline {
  at = 0
  place = -1
  state: OpenState = 'sent'
  /** Who has it, or had it last. */
  receiver: Receiver | undefined
  readonly position: number
  readonly publication: number
  /** How often it was sent. */
  attempts: number
  readonly #onTime: (event: OpenEvent) => void

  constructor({ position, publication }: { position: number; publication: number }, attempts: number, onTime: (event: OpenEvent) => void) {
    this.position = position
    this.publication = publication
    this.attempts = attempts
    this.#onTime = onTime
  }

  expire(): void {
    this.#onTime(this)
  }
}

/** A session that has subscribed by the name. */
export interface Receiver {
  readonly session: Session
  /** What it may still acknowledge, by publication: events that were sent to it, and since then to no other. */
  readonly held: Map<number, OpenEvent>
  /** How many of them wait for that. */
  inFlight: number
  /** Its queue has no room. */
  isFull: boolean
}

/** An event and those before it that its receiver got before it. What was sent again after it may still be on its way to the receiver. */
export function sentUpTo(last: OpenEvent, { held }: Receiver): OpenEvent[] {
  const meant: OpenEvent[] = []
  for (const open of held.values()) {
    if (open.position <= last.position) meant.push(open)
    if (open === last) break
  }
  return meant
}

export class DurableSubscription {
  readonly name: string
  /** The owner who may subscribe by the name. */
  readonly principal: string
  readonly settings: DurableSettings
  readonly created: number
  readonly subscription: Subscription
  /** In the order in which they got an event last, the one that has waited longest first. */
  readonly receivers = new Map<Session, Receiver>()
  /** In the order of their positions. */
  readonly open = new Map<number, OpenEvent>()
  /** The positions of those that are {@link OpenState ready} and spent. */
  readonly ready = new Set<number>()
  readonly spent = new Set<number>()
  /** Positions above {@link acked} that need nothing more. */
  readonly done = new Set<number>()
  /** How often events that are not read yet were sent before the router began. */
  readonly earlier = new Map<number, number>()
  isPaused: boolean
  isDeleted = false
  /** A page is being read or sent. */
  isBusy = false
  /** Changes whenever all that was read is void. */
  readings = 0
  /** Pages that could not be read, one after the other. */
  failures = 0
  /** Events that were dropped and that no receiver has been told of. */
  missed = 0
  /** What has changed since it was saved last: the more, the sooner it is saved. */
  changes = 0
  isSaving = false
  /** How many events are in flight to all receivers. */
  inFlight = 0
  /** Counts since the router began. */
  readonly counts = { sent: 0, acknowledged: 0, redelivered: 0, dead: 0, dropped: 0 }
  #acked: number
  #read: number
  /** Above this position all events that match were counted. */
  #countedFrom: number
  #ahead = 0

  /** @param delivered up to where events of the realm were delivered */
  constructor(subscription: Subscription, kept: DurableConsumer, delivered: number) {
    const { name, principal, settings, created, isPaused, acked, ackedAbove, attempts } = kept
    this.subscription = subscription
    this.name = name
    this.principal = principal
    this.settings = settings
    this.created = created
    this.isPaused = isPaused
    this.#acked = Math.min(acked, delivered)
    this.#read = this.#acked
    this.#countedFrom = delivered
    for (const position of ackedAbove) if (position > this.#acked) this.done.add(position)
    for (const [position, count] of attempts) this.earlier.set(position, count)
  }

  /** Up to here all events are acknowledged, or need it not. */
  get acked(): number {
    return this.#acked
  }

  /** Up to here all events were read. */
  get read(): number {
    return this.#read
  }

  /** How many events were not sent yet, or are to be sent again; after a restart of the router this may be too many. */
  get waiting(): number {
    return this.#ahead + Math.max(0, this.#countedFrom - this.#read) + this.open.size - this.inFlight
  }

  /** Whether it holds as many positions as it may: nothing new is read until some of them are done. */
  get isFull(): boolean {
    // One more may always be open: after a restart all that it holds may stand behind that.
    return this.open.size > 0 && this.open.size + this.done.size >= MOST_HELD
  }

  /** The lowest position that is to be given up, or to be sent again. */
  get firstSpent(): number | undefined {
    return lowest(this.spent)
  }

  get firstReady(): number | undefined {
    return lowest(this.ready)
  }

  /** Whether the event at a position that was read before is to be sent again, or given up. */
  isToBeSent(position: number): boolean {
    const state = this.open.get(position)?.state
    return state === 'ready' || state === 'spent'
  }

  /** An event that matches was delivered. */
  count(): void {
    this.#ahead++
  }

  /** All events up to a position were read. @param delivered as of the constructor */
  readUpTo(position: number, delivered: number): void {
    if (position <= this.#read) return
    this.#read = position
    // Events that were dropped before they were read were counted too.
    this.#ahead = Math.max(0, Math.min(this.#ahead, delivered - position))
    this.advance()
  }

  /** One event was read. */
  readOne(position: number): void {
    this.#read = position
    if (position > this.#countedFrom && this.#ahead > 0) this.#ahead--
    this.earlier.delete(position)
  }

  /** An event needs nothing more. */
  settle(position: number): void {
    this.open.delete(position)
    this.ready.delete(position)
    this.spent.delete(position)
    this.done.add(position)
    this.changes++
    this.advance()
  }

  /** Everything behind a position is to be read anew. @param delivered as of the constructor */
  seek(position: number, delivered: number): void {
    this.readings++
    this.open.clear()
    this.ready.clear()
    this.spent.clear()
    this.done.clear()
    this.earlier.clear()
    this.inFlight = 0
    for (const receiver of this.receivers.values()) {
      receiver.held.clear()
      receiver.inFlight = 0
    }
    this.missed = 0
    this.#acked = position
    this.#read = position
    this.#countedFrom = delivered
    this.#ahead = 0
  }

  /** Notes how far all is acknowledged now. */
  advance(): void {
    const [first] = this.open.keys()
    const acked = first === undefined ? this.#read : first - 1
    if (acked <= this.#acked) return
    this.#acked = acked
    this.changes++
    for (const position of this.done) if (position <= acked) this.done.delete(position)
  }

  /** As it is kept. */
  get record(): DurableConsumer {
    const { name, principal, settings, created, isPaused, subscription, acked } = this
    const attempts = new Map<number, number>()
    for (const [position, { attempts: count }] of this.open) attempts.set(position, count)
    for (const [position, count] of this.earlier) if (position > this.#read) attempts.set(position, count)
    // Numbers are sorted several times as fast here as in an array.
    const ackedAbove = [...Float64Array.from(this.done).sort()]
    const filter = { match: subscription.match, uri: subscription.uri }
    return { name, principal, settings, created, isPaused, filter, acked, ackedAbove, attempts }
  }
}

function lowest(positions: ReadonlySet<number>): number | undefined {
  let least: number | undefined
  for (const position of positions) if (least === undefined || position < least) least = position
  return least
}

/** Events that are open, whether sent or given back, and those behind the first of them that are done. */
const MOST_HELD = 4_096

// Kept events in serializers other than their own: retained ones and those of histories. To convert one may take ten thousand times
// as long as the request for it: so the result is kept for those who ask next, and what one owner may cause to be converted has a
// rate; requests beyond it wait.

import type { Payload, SerializerName } from '@trunkline/protocol'
import type { Clock, Scheduler } from '../ports/clock.ts'
import { shareOf } from '../state/owner.ts'
import type { Session } from '../state/session.ts'
import type { StoredEvent } from '../state/stored-event.ts'
import { payloadOfStored } from '../state/stored-event.ts'

/** Octets of results that an owner may cause at once, and again in each second. A single result may be longer. */
const MOST_AT_ONCE = 16 * 1024 * 1024
const MOST_A_SECOND = 1024 * 1024
/** Octets of the results that are kept, with their events; what was used longest ago is dropped first. */
const MOST_KEPT = 32 * 1024 * 1024

/** Requests of one owner that wait. */
const MOST_WAITING = 10_000

type Forms = Map<SerializerName, Uint8Array>

/** What an owner has caused; time makes it good. */
interface Debt {
  readonly octets: number
  readonly since: number
}

export class KeptForms {
  readonly #clock: Pick<Clock, 'monotonic'>
  /** In the order of their last use. */
  readonly #kept = new Map<StoredEvent, Forms>()
  #octets = 0
  readonly #debts = new Map<string, Debt>()
  readonly #scheduler: Scheduler
  /** By owner. */
  readonly #waiting = new Map<string, Set<() => void>>()

  constructor({ clock, scheduler }: { clock: Pick<Clock, 'monotonic'>; scheduler: Scheduler }) {
    this.#clock = clock
    this.#scheduler = scheduler
  }

  /** Octets that are kept. */
  get octets(): number {
    return this.#octets
  }

  /** How many owners have a debt. */
  get debtors(): number {
    return this.#debts.size
  }

  /** Whether a subscriber may be sent an event now: it needs no conversion, or its owner may cause another. */
  mayTake(event: StoredEvent, subscriber: Session): boolean {
    const { name } = subscriber.link.format
    const own = event.payload?.format?.name ?? name
    if (own === name || this.#kept.get(event)?.has(name) === true) return true
    const owner = shareOf(subscriber)
    return owner === undefined || this.#debtOf(owner) < MOST_AT_ONCE
  }

  /**
   * Calls back, once, when the owner of a subscriber may cause another conversion.
   * @param most how many requests of the owner may wait already
   * @returns false when so many do, and this one does not wait
   */
  wait(subscriber: Session, goOn: () => void, most = MOST_WAITING): boolean {
    const owner = shareOf(subscriber)
    if (owner === undefined) return false
    const waiting = this.#waiting.get(owner) ?? new Set()
    if (waiting.size >= most) return false
    this.#waiting.set(owner, waiting.add(goOn))
    return true
  }

  /** The payload of an event for one use, with the results that are kept. */
  payloadOf(event: StoredEvent): Payload | undefined {
    const payload = payloadOfStored(event)
    const forms = this.#kept.get(event)
    if (payload === undefined || forms === undefined) return payload
    this.#kept.delete(event)
    this.#kept.set(event, forms)
    payload.forms = new Map(forms)
    return payload
  }

  /** Keeps what was converted for a subscriber, and counts it to its owner. */
  note(event: StoredEvent, payload: Payload | undefined, subscriber: Session): void {
    const { name } = subscriber.link.format
    const form = payload?.forms?.get(name)
    if (payload === undefined || form === undefined || this.#kept.get(event)?.has(name) === true) return
    const isMade = form instanceof Uint8Array
    this.#charge(subscriber, isMade ? form.byteLength : payload.raw.byteLength)
    if (isMade) this.#keep(event, name, form)
  }

  /** Forgets debts that time has made good, and goes on with requests that wait. Called about once a second. */
  tick(): void {
    for (const owner of this.#debts.keys()) if (this.#debtOf(owner) === 0) this.#debts.delete(owner)
    for (const owner of this.#waiting.keys()) this.#goOn(owner)
  }

  /** One request in each task, so that others run in between. */
  #goOn(owner: string): void {
    if (this.#debtOf(owner) >= MOST_AT_ONCE) return
    const waiting = this.#waiting.get(owner)
    for (const first of waiting ?? []) {
      waiting?.delete(first)
      if (waiting?.size === 0) this.#waiting.delete(owner)
      first()
      return this.#scheduler.defer(() => this.#goOn(owner))
    }
  }

  #debtOf(owner: string): number {
    const debt = this.#debts.get(owner)
    if (debt === undefined) return 0
    const good = ((this.#clock.monotonic() - debt.since) * MOST_A_SECOND) / 1000
    return Math.max(0, debt.octets - good)
  }

  #charge(subscriber: Session, octets: number): void {
    const owner = shareOf(subscriber)
    if (owner !== undefined) this.#debts.set(owner, { octets: this.#debtOf(owner) + octets, since: this.#clock.monotonic() })
  }

  #keep(event: StoredEvent, name: SerializerName, form: Uint8Array): void {
    const forms: Forms = this.#kept.get(event) ?? new Map<SerializerName, Uint8Array>()
    this.#octets += form.byteLength + (forms.size === 0 ? event.bytes : 0)
    forms.set(name, form)
    this.#kept.delete(event)
    this.#kept.set(event, forms)
    for (const [oldest, dropped] of this.#kept) {
      if (this.#octets <= MOST_KEPT) return
      this.#kept.delete(oldest)
      this.#octets -= oldest.bytes
      for (const { byteLength } of dropped.values()) this.#octets -= byteLength
    }
  }
}

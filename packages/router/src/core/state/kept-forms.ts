// Kept events of all realms in serializers other than their own: retained ones and those of histories. To convert one may take ten thousand times
// as long as the request for it: so the result is kept for those who ask next, and what one owner may cause to be converted has a
// rate; requests beyond it wait. Long ones are converted in steps, between which the router serves others, and are waited for.

import type { Payload, SerializerName, SerializerOptions } from '@trunkline/protocol'
import { PayloadError, StepwiseConverter } from '@trunkline/protocol'
import type { Clock, Scheduler } from '../ports/clock.ts'
import { shareOf } from './owner.ts'
import type { Session } from './session.ts'
import type { StoredEvent } from './stored-event.ts'
import { payloadOfStored } from './stored-event.ts'

/** Octets of results that an owner may cause at once, and again in each second. A single result may be longer. */
const MOST_AT_ONCE = 16 * 1024 * 1024
const MOST_A_SECOND = 1024 * 1024
/** Octets of the results that are kept, with their events; what was used longest ago is dropped first. */
const MOST_KEPT = 64 * 1024 * 1024

/** Octets of a payload from which on it is converted in steps: a shorter one takes a few milliseconds at most. */
const LONG = 65_536
/** Octets that are converted at a time: one or two milliseconds where each takes long. */
const STEP = 32_768

/** Requests of one owner that wait. */
const MOST_WAITING = 10_000

type Forms = Map<SerializerName, Uint8Array>

/** What an owner has caused; time makes it good. */
interface Debt {
  readonly octets: number
  readonly since: number
}

/** A request that waits for an event in the serializer of its session. */
export interface WaitingForForm {
  readonly subscriber: Session
  /** The event, if it is still to be had: what waits does not keep it. */
  readonly event: () => StoredEvent | undefined
  /** Called once, when the event is converted, or may be. */
  readonly goOn: () => void
}

/** A conversion in steps. */
interface Conversion {
  readonly owner: string
  readonly waiting: WaitingForForm
  readonly event: StoredEvent
  readonly payload: Payload
}

interface Parts {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly scheduler: Scheduler
  /** Of the serializers. */
  readonly options: Pick<SerializerOptions, 'text' | 'maxDepth'>
}

export class KeptForms {
  readonly #clock: Pick<Clock, 'monotonic'>
  /** In the order of their last use. */
  readonly #kept = new Map<StoredEvent, Forms>()
  #octets = 0
  readonly #debts = new Map<string, Debt>()
  readonly #scheduler: Scheduler
  /** By owner. */
  readonly #waiting = new Map<string, Set<WaitingForForm>>()
  /** Owners whose requests are being gone on with. */
  readonly #running = new Set<string>()
  readonly #options: Parts['options']
  #converter: StepwiseConverter | undefined
  /** The first is being converted; at most one of each owner. */
  readonly #conversions: Conversion[] = []
  #hasBegun = false

  constructor({ clock, scheduler, options }: Parts) {
    this.#clock = clock
    this.#scheduler = scheduler
    this.#options = options
  }

  /** Octets that are kept. */
  get octets(): number {
    return this.#octets
  }

  /** How many owners have a debt. */
  get debtors(): number {
    return this.#debts.size
  }

  /** Whether a subscriber may be sent an event now: it needs no conversion, or a short one, and its owner may cause another. */
  mayTake(event: StoredEvent, subscriber: Session): boolean {
    const { name } = subscriber.link.format
    const own = event.payload?.format?.name ?? name
    if (own === name || this.#kept.get(event)?.has(name) === true) return true
    const owner = shareOf(subscriber)
    return owner === undefined || (!isLong(event) && this.#debtOf(owner) < MOST_AT_ONCE)
  }

  /**
   * Lets a request wait until the owner of its session may cause another conversion, and a long event is converted.
   * @param most how many requests of the owner may wait already
   * @returns false when so many do, and this one does not wait
   */
  wait(request: WaitingForForm, most = MOST_WAITING): boolean {
    const owner = shareOf(request.subscriber)
    if (owner === undefined) return false
    const waiting = this.#waiting.get(owner) ?? new Set()
    if (waiting.size >= most) return false
    this.#waiting.set(owner, waiting.add(request))
    this.#run(owner)
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
    for (const owner of this.#waiting.keys()) this.#run(owner)
  }

  /** Goes on with the requests of an owner, if it may cause conversions. */
  #run(owner: string): void {
    if (this.#running.has(owner) || this.#debtOf(owner) >= MOST_AT_ONCE) return
    this.#running.add(owner)
    this.#scheduler.defer(() => this.#goOn(owner))
  }

  /** One request in each task, so that others run in between. */
  #goOn(owner: string): void {
    this.#running.delete(owner)
    if (this.#debtOf(owner) >= MOST_AT_ONCE) return
    const waiting = this.#waiting.get(owner)
    for (const first of waiting ?? []) {
      waiting?.delete(first)
      if (waiting?.size === 0) this.#waiting.delete(owner)
      if (this.#begin(owner, first)) return
      first.goOn()
      return this.#run(owner)
    }
  }

  /** Begins to convert a long event for a request; returns false where none has to be. */
  #begin(owner: string, waiting: WaitingForForm): boolean {
    const { subscriber } = waiting
    const event = subscriber.isMember ? waiting.event() : undefined
    const payload = event && payloadOfStored(event)
    if (event === undefined || payload === undefined || !isLong(event) || this.mayTake(event, subscriber)) return false
    this.#running.add(owner)
    this.#conversions.push({ owner, waiting, event, payload })
    if (this.#conversions.length === 1) this.#beginNext()
    return true
  }

  #beginNext(): void {
    if (this.#conversions.length === 0) return
    this.#hasBegun = false
    this.#scheduler.defer(() => this.#step())
  }

  #step(): void {
    const [current] = this.#conversions
    if (current === undefined) return
    const form = this.#convert(current)
    if (form === undefined) return this.#scheduler.defer(() => this.#step())
    this.#conversions.shift()
    const { owner, waiting, event, payload } = current
    const { name } = waiting.subscriber.link.format
    if (form instanceof PayloadError) {
      this.#charge(waiting.subscriber, payload.raw.byteLength)
      event.unreadableIn[name] = true
      event.lengths[name] = 'unfit'
    } else {
      this.#charge(waiting.subscriber, form.byteLength)
      this.#keep(event, name, form)
    }
    this.#running.delete(owner)
    this.#beginNext()
    waiting.goOn()
    this.#run(owner)
  }

  /** One step of a conversion: its result, once there is one, or why the serializer cannot hold the payload. */
  #convert({ payload, waiting }: Conversion): Uint8Array | PayloadError | undefined {
    const { name } = waiting.subscriber.link.format
    const converter = (this.#converter ??= new StepwiseConverter(this.#options))
    try {
      if (!this.#hasBegun) converter.begin(payload.format?.name ?? name, name, payload.raw, payload.count)
      this.#hasBegun = true
      return converter.goOn(STEP)
    } catch (error) {
      if (error instanceof PayloadError) return error
      throw error
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
      // The newest stays, however long it is: a request waits for it.
      if (this.#octets <= MOST_KEPT || oldest === event) return
      this.#kept.delete(oldest)
      this.#octets -= oldest.bytes
      for (const { byteLength } of dropped.values()) this.#octets -= byteLength
    }
  }
}

function isLong({ payload }: StoredEvent): boolean {
  return payload !== undefined && payload.raw.byteLength >= LONG
}

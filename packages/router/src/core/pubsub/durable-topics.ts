// The durable topics of a realm and the store that keeps their events: which topics, in which form, and up to where they are delivered.
// Asks no rights and delivers nothing.

import type { Dict, UriPattern } from '@trunkline/protocol'
import { EPOCH, isForRouter, Payload, POSITION, rawIn } from '@trunkline/protocol'
import type { DurableLog, DurablePatterns } from '../matching/topic-policies.ts'
import type { DurablePayload, KeptEvent, NewEvent, RealmStore } from '../ports/event-store.ts'
import type { RealmContext } from '../state/realm-context.ts'
import { shareOf } from '../state/owner.ts'
import type { Session } from '../state/session.ts'
import type { StoredEvent } from '../state/stored-event.ts'
import { storedEvent } from '../state/stored-event.ts'
import { Audience } from './eligibility.ts'
import type { Publication } from './event-delivery.ts'

export class DurableTopics {
  /** The position of the newest event that was delivered. What the store has beyond it, nobody has been told of yet. */
  delivered = 0
  readonly #context: RealmContext
  #store: RealmStore | undefined
  #patterns: DurablePatterns | undefined

  constructor(context: RealmContext) {
    this.#context = context
    this.follow()
  }

  /** The store; undefined until a topic is durable. It stays open when none is any more. */
  get store(): RealmStore | undefined {
    return this.#store
  }

  /** Applies the rules of the realm. */
  follow(): void {
    const { settings, eventStore, name } = this.#context
    this.#patterns = eventStore && settings.topicSettings.durable
    if (this.#patterns === undefined || eventStore === undefined) return
    if (this.#store === undefined) {
      this.#store = eventStore.open(name)
      this.delivered = this.#store.last
    }
    for (const { name: log, keep } of this.#patterns.logs) this.#store.keep(log, keep)
  }

  /** The realm has ended. */
  close(): void {
    this.#store?.close()
  }

  /** The log of a topic; undefined when it is not durable. */
  logOf(topic: string): DurableLog | undefined {
    return this.#patterns === undefined || isForRouter(topic) ? undefined : this.#patterns.logOf(topic)
  }

  /** Whether every topic of a pattern is durable. */
  cover(pattern: UriPattern): boolean {
    return this.#patterns?.cover(pattern) === true
  }

  /** Details with the place of an event. */
  detailsAt(details: Dict, position: number): Dict {
    return { ...details, [POSITION]: position, [EPOCH]: this.#store?.epoch }
  }

  /** A publication as the store takes it. */
  durableOf(
    { id, topic, payload, details, audience, excluded, key }: Publication,
    session: Session,
    { isRetained, once }: Pick<NewEvent, 'isRetained' | 'once'>,
  ): NewEvent {
    return {
      publication: id,
      topic,
      time: this.#context.clock.now(),
      details,
      audience: audience?.given,
      excluded: excluded?.id,
      key,
      owner: shareOf(session),
      isRetained,
      once,
      payload: payload && this.#octetsOf(payload),
    }
  }

  /**
   * An event of the store as the router keeps events.
   * @param audience the lists of its receivers, as they are kept; undefined where they were compared already
   */
  storedOf({ position, publication: id, topic, time, details, excluded, payload }: KeptEvent, audience?: Dict): StoredEvent {
    const { clock, formats } = this.#context
    const event = storedEvent(
      {
        id,
        topic,
        payload: payload && Payload.fromRaw(formats[payload.serializer], payload.raw, payload.count),
        details: this.detailsAt(details, position),
        excluded: excluded === undefined ? undefined : { id: excluded },
      },
      audience,
      clock,
    )
    return { ...event, time, keptAt: event.keptAt - Math.max(0, event.time - time) }
  }

  /** The lists of receivers of an event of the store, as they are kept. */
  audienceOf({ audience }: KeptEvent): Dict | undefined {
    return audience && Audience.of(audience, this.#context)?.kept
  }

  #octetsOf(payload: Payload): DurablePayload | undefined {
    const format = payload.format ?? this.#context.formats.cbor
    const { count } = payload
    return count === 0 ? undefined : { serializer: format.name, count, raw: rawIn(payload, format) }
  }
}

// What durable subscriptions give up after all attempts: published to their topic for dead letters, or dropped; both are counted and logged.

import type { Dict } from '@trunkline/protocol'
import { DEAD_LETTER, Payload } from '@trunkline/protocol'
import type { Appended } from '../ports/event-store.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Session } from '../state/session.ts'
import { weightOf } from '../state/weight.ts'
import type { GivenUp } from './durable-delivery.ts'
import type { DurablePublishing } from './durable-publishing.ts'
import type { DurableTopics } from './durable-topics.ts'
import { Audience } from './eligibility.ts'
import type { Publication } from './event-delivery.ts'

/** What {@link DeadLetters} needs from the broker. */
export interface DeadLetterBroker {
  readonly publishing: Pick<DurablePublishing, 'append'>
  /** Delivers a publication to a topic that is not durable. */
  deliver(publication: Publication): void
  /** Whether a session may publish to a topic, as far as that is known now. */
  mayPublishNow(session: Session, topic: string): boolean
}

export class DeadLetters {
  readonly #context: RealmContext
  readonly #topics: DurableTopics
  readonly #broker: DeadLetterBroker

  constructor(context: RealmContext, topics: DurableTopics, broker: DeadLetterBroker) {
    this.#context = context
    this.#topics = topics
    this.#broker = broker
  }

  /** @param then whether it is done with; where not, it is to be tried again */
  giveUp(event: GivenUp, then: (isDone: boolean) => void): void {
    const { durable, receiver } = event
    const topic = durable.settings.deadLetters
    if (topic === undefined) return this.#drop(event, 'it has no topic for dead letters', then)
    // Two durable subscriptions may be to each other's dead letters.
    if (event.kept.details[DEAD_LETTER] !== undefined) return this.#drop(event, 'it is a dead letter already', then)
    const [last] = receiver === undefined ? durable.receivers.values() : [receiver]
    if (last !== undefined && !this.#broker.mayPublishNow(last.session, topic))
      return this.#drop(event, `its owner may not publish to ${topic} any more`, then)
    const publication = this.#publicationOf(event, topic)
    const log = this.#topics.logOf(topic)
    const done = (outcome?: Appended): void => {
      const isDone = outcome === undefined || !('error' in outcome)
      if (isDone) this.#note(event, { dead_letters: topic })
      then(isDone)
    }
    if (log === undefined) {
      this.#broker.deliver(publication)
      return done()
    }
    this.#append(log.name, event, publication, done)
  }

  /** What is on its way to the store counts to the owner, as publications do. */
  #append(log: string, { kept, durable: { principal } }: GivenUp, publication: Publication, done: (outcome: Appended) => void): void {
    const { clock, pendingTotal } = this.#context
    const { id, topic, details } = publication
    const octets = OVERHEAD + (kept.payload?.raw.byteLength ?? 0) + weightOf(details)
    if (!pendingTotal.fits(principal, octets)) return done({ error: 'busy' })
    pendingTotal.add(principal, octets)
    const asKept = { ...kept, publication: id, topic, time: clock.now(), details, excluded: undefined, isRetained: false }
    this.#broker.publishing.append(log, { event: asKept, publication }, (outcome) => {
      pendingTotal.add(principal, -octets)
      done(outcome)
    })
  }

  #publicationOf({ durable, kept, attempts }: GivenUp, topic: string): Publication {
    const { formats, ids } = this.#context
    const { payload, audience: given, position } = kept
    const audience = given && Audience.of(given, this.#context)
    const dead: Dict = {
      durable: durable.name,
      topic: kept.topic,
      publication: kept.publication,
      position,
      epoch: this.#topics.store?.epoch,
      attempts,
    }
    return {
      id: ids.random(),
      topic,
      key: undefined,
      payload: payload && Payload.fromRaw(formats[payload.serializer], payload.raw, payload.count),
      details: { ...kept.details, [DEAD_LETTER]: dead },
      excluded: undefined,
      isEligible: audience && ((subscriber) => audience.isEligible(subscriber)),
      audience,
    }
  }

  #drop(event: GivenUp, reason: string, then: (isDone: boolean) => void): void {
    event.durable.missed++
    this.#note(event, { reason })
    then(true)
  }

  #note({ durable, kept, attempts }: GivenUp, more: Dict): void {
    const { counters, log, name } = this.#context
    durable.counts.dead++
    counters.durableDead++
    const fields = { durable: durable.name, topic: kept.topic, publication: kept.publication, attempts, ...more }
    log.warn('an event was not acknowledged after all attempts', { area: 'store', realm: name, ...fields })
  }
}

/** Octets that an event on its way to the store takes besides its payload and details. */
const OVERHEAD = 512

// Publications to durable topics: they go to the store first, and when it has them, to their publisher and the subscribers. Those of
// one session may be on their way to the store together, because it answers in their order; its other messages wait for that.

import type { Dict, PublishMessage } from '@trunkline/protocol'
import { NOT_STORED, owned, PUBLICATION_KEY, PUBLISHED, uris } from '@trunkline/protocol'
import type { Appended, DurableEvent, EventKey, StoreError } from '../ports/event-store.ts'
import type { TracedPublication } from '../ports/tracer.ts'
import { sendError } from '../state/answers.ts'
import type { AppendOutcome } from '../state/appends.ts'
import { noteLimit } from '../state/limits.ts'
import { ownerOf } from '../state/owner.ts'
import { PendingInput } from '../state/pending-input.ts'
import type { RealmContext } from '../state/realm-context.ts'
import { noteRefusal } from '../state/refusals.ts'
import type { Session, Unstored } from '../state/session.ts'
import { weightOfMessage } from '../state/weight.ts'
import type { DurableTopics } from './durable-topics.ts'
import type { Publication } from './event-delivery.ts'

/** A publication that every check has passed. */
export interface CheckedPublication {
  readonly session: Session
  readonly message: PublishMessage
  readonly publication: Publication
  readonly isRetained: boolean
  readonly traced: TracedPublication | undefined
}

/** A publication that the store has. */
export type StoredPublication = Omit<CheckedPublication, 'message'>

/** An event of the router's own, as the store keeps it and as it is delivered. */
export interface OwnPublication {
  readonly event: DurableEvent
  readonly publication: Publication
}

/** What {@link DurablePublishing} needs from its realm. */
export interface DurableBroker {
  /** Delivers a publication of the router itself that the store has. */
  deliverOwn(publication: Publication): void
  /** Delivers a publication that the store has, and retains it. */
  deliver(stored: StoredPublication): void
  /** Everything that a session published is stored: its other messages are no longer held. */
  goOn(session: Session): void
}

/** A publication on its way to the store. */
interface Sent extends CheckedPublication {
  readonly owner: string
  readonly octets: number
  readonly since: number
}

export class DurablePublishing {
  readonly #context: RealmContext
  readonly #topics: DurableTopics
  readonly #broker: DurableBroker
  /** What is to be done with the answers of the store, in order: very many may come in one turn. */
  #answered: (() => void)[] = []

  constructor(context: RealmContext, topics: DurableTopics, broker: DurableBroker) {
    this.#context = context
    this.#topics = topics
    this.#broker = broker
  }

  /** Hands a publication to the store. @param log that of its topic */
  publish(log: string, checked: CheckedPublication): void {
    const { session, message, publication, isRetained } = checked
    const { store } = this.#topics
    if (store === undefined) return this.#refuse(checked, 'closed')
    const { pendingTotal, storeShares, clock } = this.#context
    const [owner, octets] = [ownerOf(session), weightOfMessage(message)]
    if (!pendingTotal.fits(owner, octets)) {
      noteLimit(this.#context, session, ['octets of publications that are not stored yet', pendingTotal.octets], message.options)
      return this.#refuse(checked, 'busy')
    }
    owned(publication.payload)
    const sent: Sent = { ...checked, owner, octets, since: clock.monotonic() }
    pendingTotal.add(owner, octets)
    if (session.isMember) this.#hold(session)
    storeShares.add(owner, octets, session.isMember ? session.link : undefined)
    store.append(log, this.#topics.durableOf(publication, session, { isRetained, once: onceOf(message, owner) }), (outcome) =>
      this.inOrder(() => this.#conclude(sent, outcome)),
    )
  }

  /**
   * Hands an event of the router's own to the store, and delivers it when the store has it.
   * @param done called then, or when the store has refused it
   */
  append(log: string, { event, publication }: OwnPublication, done: (outcome: Appended) => void): void {
    const { store } = this.#topics
    if (store === undefined) return done({ error: 'closed' })
    store.append(log, event, (outcome) =>
      this.inOrder(() => {
        if (!('error' in outcome)) {
          this.#topics.delivered = outcome.position
          this.#broker.deliverOwn({ ...publication, details: this.#topics.detailsAt(publication.details, outcome.position) })
        }
        done(outcome)
      }),
    )
  }

  /** The session's messages wait from now on. */
  #hold(session: Session): void {
    const unstored: Unstored = (session.unstored ??= { count: 0, readAgain: undefined })
    session.pending ??= new PendingInput(ownerOf(session), this.#context.pendingTotal)
    unstored.count++
  }

  /** Runs a task behind what the store has answered already. */
  inOrder(task: () => void): void {
    this.#answered.push(task)
    if (this.#answered.length === 1) this.#context.scheduler.defer(() => this.#goOn())
  }

  #goOn(): void {
    let count = 0
    try {
      for (const task of this.#answered.slice(0, MOST_IN_A_TASK)) {
        count++
        task()
      }
    } finally {
      this.#answered = this.#answered.slice(count)
      if (this.#answered.length > 0) this.#context.scheduler.defer(() => this.#goOn())
    }
  }

  #conclude(sent: Sent, outcome: Appended): void {
    const { session, message, publication, traced, owner, octets } = sent
    const { counters, pendingTotal, storeShares } = this.#context
    pendingTotal.add(owner, -octets)
    storeShares.remove(owner, octets)
    counters.appends.note(nameOf(outcome), this.#context.clock.monotonic() - sent.since)
    if ('error' in outcome) this.#refuse(sent, outcome.error)
    else {
      if (message.options['acknowledge'] === true && session.isMember) {
        session.link.send({ type: PUBLISHED, request: message.request, publication: outcome.repeated ?? publication.id })
      }
      if (outcome.repeated === undefined) this.#deliver(sent, outcome.position)
      else traced?.onEnd(0)
    }
    this.#release(session)
  }

  #deliver({ session, publication, isRetained, traced }: Sent, position: number): void {
    this.#topics.delivered = position
    const details = this.#topics.detailsAt(publication.details, position)
    this.#broker.deliver({ session, publication: { ...publication, details, stored: undefined }, isRetained, traced })
  }

  #release(session: Session): void {
    const { unstored } = session
    if (unstored === undefined) return
    unstored.count--
    if (unstored.count > 0) return
    session.unstored = undefined
    unstored.readAgain?.()
    this.#broker.goOn(session)
  }

  #refuse({ session, message, traced }: CheckedPublication, reason: StoreError): void {
    const [error, text] = REFUSALS[reason]
    noteRefusal(this.#context, session, message, { error })
    traced?.onEnd(0)
    if (message.options['acknowledge'] === true && session.isMember) sendError(session, message, error, text)
    const { log, name } = this.#context
    if (error === NOT_STORED) log.error('an event was not stored', { area: 'store', realm: name, topic: message.topic, reason: text })
  }
}

/**
 * What is wrong with the `_key` of a publication; undefined when nothing is.
 * @param isDurable whether its topic is durable
 */
export function keyFault(options: Dict, isDurable: boolean): string | undefined {
  const key = options[PUBLICATION_KEY] ?? undefined
  if (key === undefined) return undefined
  if (typeof key !== 'string' || key === '' || key.length > LONGEST_KEY) return BAD_KEY
  return isDurable ? undefined : NOT_DURABLE
}

function onceOf({ options }: PublishMessage, owner: string): EventKey | undefined {
  const key = options[PUBLICATION_KEY]
  return typeof key === 'string' ? { owner, key } : undefined
}

function nameOf(outcome: Appended): AppendOutcome {
  if ('error' in outcome) return outcome.error
  return outcome.repeated === undefined ? 'stored' : 'repeated'
}

const LONGEST_KEY = 128
const BAD_KEY = `_key must be a string of 1 to ${LONGEST_KEY} characters`
const NOT_DURABLE = 'the topic is not durable: publications to it are not known by _key'

const REFUSALS: Readonly<Record<StoreError, readonly [string, string]>> = {
  full: [NOT_STORED, 'the store is full: there is no room on its disk, or within its limit'],
  damaged: [NOT_STORED, 'the store cannot be written to'],
  busy: [uris.UNAVAILABLE, 'too much is on its way to the store; the event was not published'],
  keys: [uris.UNAVAILABLE, 'too many keys of this user, or of all, within two minutes; the event was not published'],
  closed: [uris.UNAVAILABLE, 'the store is closed; the event was not published'],
}

const MOST_IN_A_TASK = 32

// The procedure that reads the history of a subscription (specification: "Event History"). Checks the caller's rights; never shows
// an event that its reader would not have received.

import type { Dict, PayloadFormat } from '@trunkline/protocol'
import { ApplicationError, GAP, isForRouter, itemsWithin, PayloadError, uris } from '@trunkline/protocol'
import type { Broker } from '../pubsub/broker.ts'
import { admits } from '../pubsub/eligibility.ts'
import type { Judge } from '../rights/judge.ts'
import { isoTime } from '../state/meta-events.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Session } from '../state/session.ts'
import type { StoredEvent } from '../state/stored-event.ts'
import type { Subscription } from '../state/subscription.ts'
import { answering, historyQuery } from './history-query.ts'
import { callerOf } from './caller.ts'
import type { OwnOutcome, OwnProcedure, OwnResult } from './meta-session.ts'
import { Unfinished } from './meta-session.ts'
import { isNumber, MOST_READ, required } from './procedure-arguments.ts'
import { whenAllowed } from './when-allowed.ts'

/** What the procedure sees of a realm. */
export interface HistoryRealm {
  readonly broker: Pick<Broker, 'subscriptions' | 'historyOf'>
  readonly judge: Judge
  readonly sessions: ReadonlyMap<number, Session>
}

/** The procedure by its URI. */
export function historyProcedures(realm: HistoryRealm, context: RealmContext): ReadonlyMap<string, OwnProcedure> {
  return new Map<string, OwnProcedure>([
    ['wamp.subscription.get_events', ([id], kwargs, caller) => getEvents(realm, context, callerOf(realm, caller), id, kwargs)],
  ])
}

function getEvents({ broker, judge }: HistoryRealm, context: RealmContext, reader: Session, id: unknown, kwargs: Dict): OwnOutcome {
  const subscription = broker.subscriptions.get(required(id, isNumber, 'a subscription id'))
  if (subscription === undefined || isForRouter(subscription.uri)) throw new ApplicationError(uris.NO_SUCH_SUBSCRIPTION)
  const query = historyQuery(kwargs)
  const { uri, match } = subscription
  return whenAllowed(judge, reader, { action: 'subscribe', uri, match }, () => {
    const history = broker.historyOf(subscription)
    history?.expire(context.clock.monotonic())
    const visible = (history?.events() ?? []).filter((event) => (match !== 'exact' || event.topic === uri) && maySee(reader, event))
    const { historyAnswerBytes } = context.settings.limits
    const { format } = reader.link
    return new Page(answering(query, visible), query.limit, historyAnswerBytes, (event) => readEvent(event, subscription, format)).goOn()
  })
}

/** Checks authid and authrole only: events for certain session ids are not kept. */
function maySee(reader: Session, { audience }: StoredEvent): boolean {
  return audience === undefined || admits(audience, reader)
}

/** Makes one answer, reading some events in each turn. */
class Page {
  readonly #args: Dict[] = []
  #bytes = 0
  #unreadable = 0
  /** How many unreadable events precede the last event of the answer. */
  #unreadableBefore = 0
  #next = 0
  readonly #events: readonly StoredEvent[]
  readonly #most: number
  readonly #mostBytes: number
  readonly #read: (event: StoredEvent) => Readable | undefined

  constructor(events: readonly StoredEvent[], most: number, mostBytes: number, read: (event: StoredEvent) => Readable | undefined) {
    this.#events = events
    this.#most = most
    this.#mostBytes = mostBytes
    this.#read = read
  }

  goOn(): OwnOutcome {
    for (let octets = 0; octets < OCTETS_IN_A_TURN; this.#next++) {
      const event = this.#events[this.#next]
      if (event === undefined) return this.#answer(false)
      octets += event.bytes
      if (!this.#take(event)) return this.#answer(true)
    }
    return new Unfinished(() => this.goOn())
  }

  /** Adds an event, or counts it as unreadable; false when the answer is full. */
  #take(event: StoredEvent): boolean {
    if (this.#args.length >= this.#most) return false
    const read = this.#read(event)
    if (read === undefined) {
      this.#unreadable++
      return true
    }
    this.#bytes += read.bytes
    if (this.#args.length > 0 && this.#bytes > this.#mostBytes) return false
    this.#args.push(read.dict)
    this.#unreadableBefore = this.#unreadable
    return true
  }

  #answer(isLimitReached: boolean): OwnResult {
    // The next answer begins after the last event of this one.
    const missing = isLimitReached ? this.#unreadableBefore : this.#unreadable
    return { args: this.#args, kwargs: { is_limit_reached: isLimitReached, ...(missing > 0 && { [GAP]: missing }) } }
  }
}

interface Readable {
  readonly dict: Dict
  readonly bytes: number
}

/** Octets of kept events that are read at a time; those of the dearest kind take some milliseconds. */
const OCTETS_IN_A_TURN = 8_192

/**
 * An event as the answer shows it, and how many octets it takes in a serializer. Undefined where the serializer cannot hold it, or
 * it has more values than are read, so that one event spoils no answer; the result of that check is kept.
 */
function readEvent(event: StoredEvent, subscription: Subscription, format: PayloadFormat): Readable | undefined {
  if (event.unreadableIn[format.name] === true) return undefined
  try {
    const dict = eventDict(event, subscription)
    return { dict, bytes: format.encodeItems([[dict]]).byteLength }
  } catch (error) {
    if (!(error instanceof PayloadError)) throw error
    event.unreadableIn[format.name] = true
    return undefined
  }
}

function eventDict(event: StoredEvent, { id, match }: Subscription): Dict {
  const { time, publication, topic, details } = event
  const [args, kwargs] = itemsWithin(event.payload, MOST_READ)
  return {
    timestamp: isoTime(time),
    subscription: id,
    publication,
    details: match === 'exact' ? details : { ...details, topic },
    ...(args !== undefined && { args }),
    ...(kwargs !== undefined && { kwargs }),
  }
}

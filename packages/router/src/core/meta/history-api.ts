// The procedure that reads the history of a subscription (specification: "Event History"). Checks the caller's rights; never shows
// an event that its reader would not have received.

import type { Dict } from '@trunkline/protocol'
import { ApplicationError, GAP, isForRouter, Payload, PayloadError, rawIn, RawValue, uris } from '@trunkline/protocol'
import type { Broker } from '../pubsub/broker.ts'
import { admits } from '../pubsub/eligibility.ts'
import type { KeptForms } from '../state/kept-forms.ts'
import type { Judge } from '../rights/judge.ts'
import { isoTime } from '../state/meta-events.ts'
import type { SharedSubscription } from '../state/realm-cluster.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Session } from '../state/session.ts'
import type { StoredEvent } from '../state/stored-event.ts'
import { searchStore } from './durable-history.ts'
import { answering, historyQuery } from './history-query.ts'
import { callerOf } from './caller.ts'
import type { OwnOutcome, OwnProcedure, OwnResult } from './meta-session.ts'
import { Later, Unfinished } from './meta-session.ts'
import { isNumber, required } from './procedure-arguments.ts'
import { StoreSearches } from './store-searches.ts'
import { whenAllowed } from './when-allowed.ts'

/** What the procedure sees of a realm. */
export interface HistoryRealm {
  readonly broker: Pick<Broker, 'subscriptions' | 'historyOf' | 'forms' | 'durable'>
  readonly judge: Judge
  readonly sessions: ReadonlyMap<number, Session>
}

/** The procedure by its URI. */
export function historyProcedures(realm: HistoryRealm, context: RealmContext): ReadonlyMap<string, OwnProcedure> {
  const searches = new StoreSearches(context, realm.broker.durable)
  const parts = { realm, context, searches }
  return new Map<string, OwnProcedure>([
    ['wamp.subscription.get_events', ([id], kwargs, caller) => getEvents(parts, callerOf(realm, caller), { id, kwargs })],
  ])
}

/** What the procedure works with. */
interface HistoryParts {
  readonly realm: HistoryRealm
  readonly context: RealmContext
  readonly searches: StoreSearches
}

interface HistoryRequest {
  readonly id: unknown
  readonly kwargs: Dict
}

function getEvents({ realm, context, searches }: HistoryParts, reader: Session, { id, kwargs }: HistoryRequest): OwnOutcome {
  const { broker, judge } = realm
  const wanted = required(id, isNumber, 'a subscription id')
  // One that only other nodes have may have the history of a pattern, which is kept on all.
  const subscription = broker.subscriptions.get(wanted) ?? context.cluster?.subscription(wanted)
  if (subscription === undefined || isForRouter(subscription.uri)) throw new ApplicationError(uris.NO_SUCH_SUBSCRIPTION)
  const query = historyQuery(kwargs)
  const { uri, match } = subscription
  return whenAllowed(judge, reader, { action: 'subscribe', uri, match }, () => {
    const { historyAnswerBytes } = context.settings.limits
    const reading: Reading = { subscription, reader, forms: broker.forms }
    if (broker.durable.cover(subscription)) {
      const found = (events: readonly StoredEvent[], isCut: boolean): OwnOutcome =>
        new Page(events, query.limit, historyAnswerBytes, reading, isCut).goOn()
      const parts = { topics: broker.durable, searches }
      return searchStore(parts, { query, reader, filter: { uri, match }, mostBytes: historyAnswerBytes }, found)
    }
    const history = broker.historyOf(subscription)
    history?.expire(context.clock.monotonic())
    const visible = (history?.events() ?? []).filter((event) => (match !== 'exact' || event.topic === uri) && maySee(reader, event))
    return new Page(answering(query, visible), query.limit, historyAnswerBytes, reading).goOn()
  })
}

/** Checks authid and authrole only: events for certain session ids are not kept. */
function maySee(reader: Session, { audience }: StoredEvent): boolean {
  return audience === undefined || admits(audience, reader)
}

/** For whom events are read. */
interface Reading {
  readonly subscription: SharedSubscription
  readonly reader: Session
  readonly forms: KeptForms
}

/** Makes one answer, reading some events in each turn. */
class Page {
  readonly #args: RawValue[] = []
  #bytes = 0
  #unreadable = 0
  /** How many unreadable events precede the last event of the answer. */
  #unreadableBefore = 0
  #next = 0
  readonly #events: readonly StoredEvent[]
  readonly #most: number
  readonly #mostBytes: number
  readonly #reading: Reading
  /** The store has more than these events. */
  readonly #isCut: boolean

  // oxlint-disable-next-line max-params -- What is cut off is known of those alone that come from the store.
  constructor(events: readonly StoredEvent[], most: number, mostBytes: number, reading: Reading, isCut = false) {
    this.#isCut = isCut
    this.#events = events
    this.#most = most
    this.#mostBytes = mostBytes
    this.#reading = reading
  }

  goOn(): OwnOutcome {
    for (let octets = 0; octets < OCTETS_IN_A_TURN; this.#next++) {
      const event = this.#events[this.#next]
      if (event === undefined) return this.#answer(this.#isCut)
      octets += event.bytes
      if (this.#hasToWait(event)) return this.#later(event)
      if (!this.#take(event)) return this.#answer(true)
    }
    return new Unfinished(() => this.goOn())
  }

  /** Whether an event would have to be converted beyond the rate of the reader's owner. */
  #hasToWait(event: StoredEvent): boolean {
    const { forms, reader } = this.#reading
    const isReadable = event.unreadableIn[reader.link.format.name] !== true
    return this.#args.length < this.#most && isReadable && !forms.mayTake(event, reader)
  }

  #later(event: StoredEvent): Later {
    const { forms, reader } = this.#reading
    return new Later((finish) => {
      const goOn = (): void => finish(() => this.goOn())
      const waits = forms.wait({ subscriber: reader, event: () => event, goOn }, MOST_WAITING)
      if (!waits)
        throw new ApplicationError(uris.UNAVAILABLE, ['too many requests of yours wait for events to be converted; ask again later'])
    })
  }

  /** Adds an event, or counts it as unreadable; false when the answer is full. */
  #take(event: StoredEvent): boolean {
    if (this.#args.length >= this.#most) return false
    const read = readEvent(event, this.#reading)
    if (read === undefined) {
      this.#unreadable++
      return true
    }
    this.#bytes += read.octets.byteLength
    if (this.#args.length > 0 && this.#bytes > this.#mostBytes) return false
    this.#args.push(read)
    this.#unreadableBefore = this.#unreadable
    return true
  }

  #answer(isLimitReached: boolean): OwnResult {
    // The next answer begins after the last event of this one.
    const missing = isLimitReached ? this.#unreadableBefore : this.#unreadable
    const kwargs = { is_limit_reached: isLimitReached, ...(missing > 0 && { [GAP]: missing }) }
    const { format } = this.#reading.reader.link
    return Payload.fromRaw(format, format.encodeItems([this.#args, kwargs]), 2)
  }
}

/** Octets of kept events that are read at a time; those of the dearest kind take some milliseconds. */
const OCTETS_IN_A_TURN = 8_192

/** Requests of one owner that wait for conversions: each holds the events that it has found. */
const MOST_WAITING = 16
/** The list of events, and the dict of each, are around its args and kwargs. */
const AROUND = 3

/**
 * An event as the answer shows it, in the serializer of its reader; its payload is not built. Undefined where the serializer cannot
 * hold it, or an answer would nest it too deep, so that one event spoils no answer; the result of that check is kept.
 */
function readEvent(event: StoredEvent, reading: Reading): RawValue | undefined {
  const { format } = reading.reader.link
  if (event.unreadableIn[format.name] === true) return undefined
  try {
    return new RawValue(format.encodeItems([eventDict(event, reading)]))
  } catch (error) {
    if (!(error instanceof PayloadError)) throw error
    event.unreadableIn[format.name] = true
    return undefined
  }
}

function eventDict(event: StoredEvent, { subscription: { id, match }, reader, forms }: Reading): Dict {
  const { time, publication, topic, details } = event
  const { format } = reader.link
  const payload = forms.payloadOf(event)
  const items = payload === undefined ? [] : format.itemsOf(rawIn(payload, format), payload.count, AROUND)
  forms.note(event, payload, reader)
  const [args, kwargs] = items.map((octets) => new RawValue(octets))
  return {
    timestamp: isoTime(time),
    subscription: id,
    publication,
    details: match === 'exact' ? details : { ...details, topic },
    ...(args !== undefined && { args }),
    ...(kwargs !== undefined && { kwargs }),
  }
}

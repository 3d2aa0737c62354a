// The procedure that reads what is kept of a subscription (specification: "Event History"). Judges by the caller's rights; never
// shows an event that its reader would not have received.

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
import type { Later, OwnProcedure, OwnResult } from './meta-session.ts'
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

function getEvents({ broker, judge }: HistoryRealm, context: RealmContext, reader: Session, id: unknown, kwargs: Dict): OwnResult | Later {
  const subscription = broker.subscriptions.get(required(id, isNumber, 'a subscription id'))
  if (subscription === undefined || isForRouter(subscription.uri)) throw new ApplicationError(uris.NO_SUCH_SUBSCRIPTION)
  const query = historyQuery(kwargs)
  const { uri, match } = subscription
  return whenAllowed(judge, reader, { action: 'subscribe', uri, match }, () => {
    const history = broker.historyOf(subscription)
    history?.expire(context.clock.monotonic())
    const visible = (history?.events() ?? []).filter((event) => (match !== 'exact' || event.topic === uri) && maySee(reader, event))
    return page(answering(query, visible), query.limit, context.settings.limits.historyAnswerBytes, subscription, reader)
  })
}

/** Only by authid and authrole: what was meant for certain sessions is not kept. */
function maySee(reader: Session, { audience }: StoredEvent): boolean {
  return audience === undefined || admits(audience, reader)
}

function page(events: readonly StoredEvent[], limit: number, mostBytes: number, subscription: Subscription, reader: Session): OwnResult {
  const args: Dict[] = []
  let [bytes, unreadable, isLimitReached] = [0, 0, false]
  for (const event of events) {
    isLimitReached = args.length >= limit
    if (isLimitReached) break
    const read = readEvent(event, subscription, reader.link.format)
    if (read === undefined) unreadable++
    else {
      bytes += read.bytes
      isLimitReached = args.length > 0 && bytes > mostBytes
      if (isLimitReached) break
      args.push(read.dict)
    }
  }
  return { args, kwargs: { is_limit_reached: isLimitReached, ...(unreadable > 0 && { [GAP]: unreadable }) } }
}

/**
 * An event as the answer holds it, and how many octets it takes in a serializer. Undefined where the serializer cannot hold it, or it has more values than are read, so that one event spoils no answer.
 */
function readEvent(event: StoredEvent, subscription: Subscription, format: PayloadFormat): { dict: Dict; bytes: number } | undefined {
  try {
    const dict = eventDict(event, subscription)
    return { dict, bytes: format.encodeItems([[dict]]).byteLength }
  } catch (error) {
    if (error instanceof PayloadError) return undefined
    throw error
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

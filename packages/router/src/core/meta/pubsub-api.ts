// The procedures about what is kept of publications: history, testaments, retained events (specification: "Event History",
// "Session Testament"). Judges by the caller's rights; never shows an event that its reader would not have received.

import type { Dict, PayloadFormat } from '@trunkline/protocol'
import {
  ApplicationError,
  CLEAR_RETAINED,
  GAP,
  isForRouter,
  itemsWithin,
  MATCH_POLICIES,
  matchPolicy,
  messageFromElements,
  Payload,
  PayloadError,
  ProtocolError,
  PUBLISH,
  uris,
} from '@trunkline/protocol'
import type { PublishMessage } from '@trunkline/protocol'
import type { Broker } from '../pubsub/broker.ts'
import { admits } from '../pubsub/eligibility.ts'
import { answering, historyQuery } from './history-query.ts'
import { noteLimit } from '../state/limits.ts'
import type { Judge } from '../rights/judge.ts'
import { isoTime } from '../state/meta-events.ts'
import type { Later, OwnProcedure, OwnResult } from './meta-session.ts'
import { passthruOf } from '../state/passthru.ts'
import { invalid, isDict, isList, isNumber, isString, MOST_READ, optional, required } from './procedure-arguments.ts'
import type { RealmContext } from '../state/realm-context.ts'
import { asGranted, refusalOf } from '../rights/verdicts.ts'
import type { StoredEvent } from '../state/stored-event.ts'
import type { Session } from '../state/session.ts'
import type { Subscription } from '../state/subscription.ts'
import type { Testaments, TestamentScope } from '../pubsub/testaments.ts'
import { TESTAMENT_SCOPES } from '../pubsub/testaments.ts'
import { RESERVED, uriFault } from '../matching/uri-check.ts'
import { whenAllowed } from './when-allowed.ts'

/** What these procedures see of a realm. */
export interface PubSubRealm {
  readonly broker: Broker
  readonly judge: Judge
  readonly testaments: Testaments
  readonly sessions: ReadonlyMap<number, Session>
}

/** The procedures by their URI. */
export function pubSubProcedures(realm: PubSubRealm, context: RealmContext, format: PayloadFormat): ReadonlyMap<string, OwnProcedure> {
  const find = (caller: number): Session => {
    const session = realm.sessions.get(caller)
    if (session === undefined) throw new ApplicationError(uris.NO_SUCH_SESSION)
    return session
  }
  return new Map<string, OwnProcedure>([
    ['wamp.subscription.get_events', ([id], kwargs, caller) => getEvents(realm, context, find(caller), id, kwargs)],
    [
      'wamp.session.add_testament',
      ([topic, args, dict], kwargs, caller) => {
        const scope = scopeOf(kwargs)
        const session = find(caller)
        const { message, bytes } = testament(context, format, [topic, args, dict], kwargs['publish_options'])
        if (passthruOf(message.options) !== undefined && !session.announced('publisher', 'payload_passthru_mode')) {
          throw new ApplicationError(uris.FEATURE_NOT_SUPPORTED, ['payload passthru was not announced'])
        }
        return whenAllowed(realm.judge, session, { action: 'publish', uri: message.topic, match: 'exact' }, (verdict) => {
          const error = refusalOf(message, verdict)
          if (error !== undefined) throw new ApplicationError(error)
          return addTestament(realm, context, session, scope, asGranted(message, verdict), bytes)
        })
      },
    ],
    [
      'wamp.session.flush_testaments',
      (_, kwargs, caller) => {
        realm.testaments.flush(find(caller), scopeOf(kwargs))
        return []
      },
    ],
    [
      CLEAR_RETAINED,
      ([uri, options]) => {
        const dict = optional(options, isDict, 'a dict of options') ?? {}
        const match = dict['match']
        if (match !== undefined && !MATCH_POLICIES.some((policy) => policy === match)) throw invalid('a match policy')
        return [realm.broker.retained.clear(matchPolicy(dict), required(uri, isString, 'a URI'))]
      },
    ],
  ])
}

function getEvents({ broker, judge }: PubSubRealm, context: RealmContext, reader: Session, id: unknown, kwargs: Dict): OwnResult | Later {
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

function scopeOf(kwargs: Dict): TestamentScope {
  const wanted = optional(kwargs['scope'], isString, 'a scope') ?? 'destroyed'
  const scope = TESTAMENT_SCOPES.find((each) => each === wanted)
  if (scope === undefined) throw invalid(`a scope, ${TESTAMENT_SCOPES.join(' or ')}`)
  return scope
}

/** Checks a testament as the PUBLISH that it is to become, and brings it into bytes of its own. */
function testament(
  { settings }: RealmContext,
  format: PayloadFormat,
  [topic, args, kwargs]: readonly unknown[],
  options: unknown,
): { message: PublishMessage; bytes: number } {
  const uri = required(topic, isString, 'a topic')
  const fault = isForRouter(uri) ? RESERVED : uriFault(uri, 'exact', settings)
  if (fault !== undefined) throw new ApplicationError(uris.INVALID_URI, [fault])
  const values = Payload.fromValues(optional(args, isList, 'a list of arguments'), optional(kwargs, isDict, 'a dict of arguments'))
  const payload = values && Payload.fromRaw(format, format.encodeItems(values.items), values.count)
  const publishOptions = publishOptionsOf(optional(options, isDict, 'a dict of publish options') ?? {})
  if (publishOptions['disclose_me'] === true && !settings.allowsDisclosure) throw new ApplicationError(uris.DISCLOSE_ME_DISALLOWED)
  return {
    message: asPublish(uri, publishOptions, payload),
    bytes: uri.length + (payload?.raw.byteLength ?? 0) + JSON.stringify(publishOptions).length,
  }
}

/** Those options of a PUBLISH that make sense when nobody waits for an answer. */
function publishOptionsOf(options: Dict): Dict {
  const kept: Record<string, unknown> = {}
  for (const name of TESTAMENT_OPTIONS) {
    const value = options[name]
    if (typeof value === 'string') required(value, isString, `${name} as a text`)
    if (value !== undefined && value !== null) kept[name] = value
  }
  return kept
}

function asPublish(topic: string, options: Dict, payload: Payload | undefined): PublishMessage {
  try {
    return messageFromElements([PUBLISH, 1, options, topic], payload) as PublishMessage
  } catch (error) {
    if (error instanceof ProtocolError) throw new ApplicationError(uris.INVALID_ARGUMENT, [error.message])
    throw error
  }
}

function addTestament(
  { testaments }: PubSubRealm,
  context: RealmContext,
  session: Session,
  scope: TestamentScope,
  message: PublishMessage,
  bytes: number,
): OwnResult {
  if (!session.isMember) throw new ApplicationError(uris.NO_SUCH_SESSION)
  const limit = testaments.add(session, scope, message, bytes)
  if (limit === undefined) return []
  const value = context.settings.limits[limit]
  noteLimit(context, session, limit, value)
  throw new ApplicationError(uris.LIMIT_EXCEEDED, [`more than ${value} ${limit}`], { limit, value })
}

const TESTAMENT_OPTIONS = [
  'eligible',
  'eligible_authid',
  'eligible_authrole',
  'exclude',
  'exclude_authid',
  'exclude_authrole',
  'disclose_me',
  'retain',
  'ppt_scheme',
  'ppt_serializer',
  'ppt_cipher',
  'ppt_keyid',
]

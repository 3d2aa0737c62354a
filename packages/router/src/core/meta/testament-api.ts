// The procedures about testaments (specification: "Session Testament"). Checks a testament like the PUBLISH that it will become, by
// the rights of its session.

import type { Dict, PayloadFormat, PublishMessage } from '@trunkline/protocol'
import { ApplicationError, isForRouter, messageFromElements, Payload, ProtocolError, PUBLISH, uris } from '@trunkline/protocol'
import { RESERVED, uriFault } from '../matching/uri-check.ts'
import type { Broker } from '../pubsub/broker.ts'
import type { Testament, Testaments, TestamentScope } from '../pubsub/testaments.ts'
import { TESTAMENT_SCOPES } from '../pubsub/testaments.ts'
import type { Judge } from '../rights/judge.ts'
import { asGranted, refusalOf } from '../rights/verdicts.ts'
import { refusesDisclosure } from '../state/disclosure.ts'
import { noteLimit, tooMuchKept } from '../state/limits.ts'
import { passthruOf } from '../state/passthru.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Session } from '../state/session.ts'
import { callerOf } from './caller.ts'
import type { OwnOutcome, OwnProcedure, OwnResult } from './meta-session.ts'
import { invalid, isDict, isList, isString, optional, required } from './procedure-arguments.ts'
import { whenAllowed } from './when-allowed.ts'

/** What these procedures need from their realm. */
export interface TestamentRealm {
  readonly judge: Judge
  readonly testaments: Testaments
  readonly broker: Pick<Broker, 'testamentOf'>
  readonly sessions: ReadonlyMap<number, Session>
}

type ReadTestament = Omit<Testament, 'shared'>

/** The procedures by their URI. */
export function testamentProcedures(
  realm: TestamentRealm,
  context: RealmContext,
  format: PayloadFormat,
): ReadonlyMap<string, OwnProcedure> {
  return new Map<string, OwnProcedure>([
    [
      'wamp.session.add_testament',
      (args, kwargs, caller) => {
        const session = callerOf(realm, caller)
        return addWhenAllowed(realm, context, session, readTestament(context, format, args, kwargs))
      },
    ],
    [
      'wamp.session.flush_testaments',
      (_, kwargs, caller) => {
        const [session, scope] = [callerOf(realm, caller), scopeOf(kwargs)]
        realm.testaments.flush(session, scope)
        context.cluster?.forgotTestaments(session, scope)
        return []
      },
    ],
  ])
}

function addWhenAllowed(realm: TestamentRealm, context: RealmContext, session: Session, testament: ReadTestament): OwnOutcome {
  const { message } = testament
  if (passthruOf(message.options) !== undefined && !session.announced('publisher', 'payload_passthru_mode')) {
    throw new ApplicationError(uris.FEATURE_NOT_SUPPORTED, ['payload passthru was not announced'])
  }
  return whenAllowed(realm.judge, session, { action: 'publish', uri: message.topic, match: 'exact' }, (verdict) => {
    const error = refusalOf(message, verdict)
    if (error !== undefined) throw new ApplicationError(error)
    return add(realm, context, session, { ...testament, message: asGranted(message, verdict) })
  })
}

function add({ testaments, broker }: TestamentRealm, context: RealmContext, session: Session, testament: ReadTestament): OwnResult {
  if (!session.isMember) throw new ApplicationError(uris.NO_SUCH_SESSION)
  const { cluster } = context
  const shared = cluster && broker.testamentOf(session, testament.message)
  const limit = testaments.add(session, { ...testament, shared })
  if (limit === undefined && shared !== undefined) cluster?.testament(session, testament.scope, shared)
  if (limit === undefined) return []
  if (limit === 'total') throw tooMuchKept(context, session)
  const value = context.settings.limits[limit]
  noteLimit(context, session, [limit, value])
  throw new ApplicationError(uris.LIMIT_EXCEEDED, [`more than ${value} ${limit}`], { limit, value })
}

function scopeOf(kwargs: Dict): TestamentScope {
  const wanted = optional(kwargs['scope'], isString, 'a scope') ?? 'destroyed'
  const scope = TESTAMENT_SCOPES.find((each) => each === wanted)
  if (scope === undefined) throw invalid(`a scope, ${TESTAMENT_SCOPES.join(' or ')}`)
  return scope
}

/** Checks a testament and copies its payload. */
function readTestament(
  { settings }: RealmContext,
  format: PayloadFormat,
  [topic, args, dict]: readonly unknown[],
  kwargs: Dict,
): ReadTestament {
  const scope = scopeOf(kwargs)
  const uri = required(topic, isString, 'a topic')
  const fault = isForRouter(uri) ? RESERVED : uriFault(uri, 'exact', settings)
  if (fault !== undefined) throw new ApplicationError(uris.INVALID_URI, [fault])
  const values = Payload.fromValues(optional(args, isList, 'a list of arguments'), optional(dict, isDict, 'a dict of arguments'))
  const payload = values && Payload.fromRaw(format, format.encodeItems(values.items), values.count)
  const options = publishOptionsOf(optional(kwargs['publish_options'], isDict, 'a dict of publish options') ?? {})
  if (refusesDisclosure(options['disclose_me'] === true, settings)) throw new ApplicationError(uris.DISCLOSE_ME_DISALLOWED)
  const bytes = uri.length + (payload?.raw.byteLength ?? 0) + JSON.stringify(options).length
  return { scope, message: asPublish(uri, options, payload), bytes }
}

/** The options of a PUBLISH that make sense without an answer to the publisher. */
function publishOptionsOf(options: Dict): Dict {
  const kept: Record<string, unknown> = {}
  for (const name of TESTAMENT_OPTIONS) {
    const value = options[name]
    if (typeof value === 'string') required(value, isString, `${name}, a string`)
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

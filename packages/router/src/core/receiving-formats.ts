// The serializers of those that a message would go to now: its payload may have to be converted for them. Sends nothing.

import type { CallMessage, Message, PayloadFormat, PublishMessage } from '@trunkline/protocol'
import { CALL, ERROR, isForRouter, PUBLISH, YIELD } from '@trunkline/protocol'
import type { Dealer } from './calls/dealer.ts'
import type { Broker } from './pubsub/broker.ts'
import { Audience } from './pubsub/eligibility.ts'
import type { Judge } from './rights/judge.ts'
import type { RealmContext } from './state/realm-context.ts'
import type { Session } from './state/session.ts'

/** What routes a message. */
interface Routes {
  readonly broker: Broker
  readonly dealer: Dealer
  readonly judge: Judge
}

/**
 * One serializer of each kind that the receivers of a message have; none where its sender is known to lack the right. Which callee of
 * several gets a call is not known yet: those of all count.
 */
export function receivingFormats(routes: Routes, session: Session, message: Message, context: RealmContext): Iterable<PayloadFormat> {
  const found = new Map<string, PayloadFormat>()
  for (const { link } of receiversOf(routes, session, message, context)) found.set(link.format.name, link.format)
  return found.values()
}

function receiversOf(routes: Routes, session: Session, message: Message, context: RealmContext): Iterable<Session> {
  switch (message.type) {
    case PUBLISH:
      return subscribersFor(routes, session, message, context)
    case CALL:
      return calleesFor(routes, session, message)
    case YIELD:
    case ERROR: {
      const call = session.invocations.get(message.request)
      return call === undefined ? [] : [call.caller]
    }
    default:
      return []
  }
}

function* subscribersFor(
  { broker, judge }: Routes,
  session: Session,
  { topic, options }: PublishMessage,
  context: RealmContext,
): Iterable<Session> {
  if (judge.known(session, 'publish', topic, 'exact') === false) return
  const audience = Audience.of(options, context)
  for (const { subscribers } of broker.matching(topic)) {
    for (const each of subscribers) if (audience?.isEligible(each) !== false) yield each
  }
}

function* calleesFor({ dealer, judge }: Routes, session: Session, { request, procedure }: CallMessage): Iterable<Session> {
  const open = session.calls.get(request)
  if (open !== undefined) yield open.callee
  else if (!isForRouter(procedure) && judge.known(session, 'call', procedure, 'exact') !== false) {
    for (const callee of dealer.match(procedure)?.callees ?? []) yield callee.session
  }
}

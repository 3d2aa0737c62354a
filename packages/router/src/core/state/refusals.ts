// Notes requests that were refused before they had an effect. The answer is sent elsewhere.

import type { CallMessage, PublishMessage, RegisterMessage, SubscribeMessage, TraceContext } from '@trunkline/protocol'
import { CALL, PUBLISH, SUBSCRIBE, traceContextOf } from '@trunkline/protocol'
import type { TracedRequest } from '../ports/tracer.ts'
import type { CallOutcome } from './counters.ts'
import type { RealmContext } from './realm-context.ts'
import type { Session } from './session.ts'

/** A request that can be refused. */
export type Refusable = CallMessage | PublishMessage | SubscribeMessage | RegisterMessage

type RefusedOutcome = Extract<CallOutcome, 'unmatched' | 'denied' | 'refused'>

/** Counts a refused request, and shows it to the witnesses. */
export function noteRefusal(
  context: RealmContext,
  session: Session,
  message: Refusable,
  { outcome = 'refused', error }: { readonly outcome?: RefusedOutcome; readonly error: string },
): void {
  const { counters, name, witnesses } = context
  if (message.type === CALL) counters.callsEnded[outcome]++
  else if (message.type === PUBLISH) counters.publicationsRefused++
  const { traffic, tracer } = witnesses
  if (traffic === undefined && tracer === undefined) return
  const { kind, uri, payload } = wantedBy(message)
  traffic?.refused(name, session, { kind, uri, payload, outcome, error })
  if (kind === 'call' || kind === 'publish')
    tracer?.refused(tracedRequest(context, session, { kind, uri }, traceContextOf(message.options)), error)
}

/** A request as a tracer sees it. @param trace that of its sender */
export function tracedRequest(
  { name, askedAt }: RealmContext,
  by: Session,
  { kind, uri }: Pick<TracedRequest, 'kind' | 'uri'>,
  trace: TraceContext | undefined,
): TracedRequest {
  return { kind, realm: name, by, uri, trace, askedAt }
}

function wantedBy(message: Refusable) {
  switch (message.type) {
    case CALL:
      return { kind: 'call', uri: message.procedure, payload: message.payload } as const
    case PUBLISH:
      return { kind: 'publish', uri: message.topic, payload: message.payload } as const
    case SUBSCRIBE:
      return { kind: 'subscribe', uri: message.topic, payload: undefined } as const
    default:
      return { kind: 'register', uri: message.procedure, payload: undefined } as const
  }
}

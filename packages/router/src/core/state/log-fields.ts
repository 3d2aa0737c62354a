// The fields that several lines of the log have in common.

import type { Dict } from '@trunkline/protocol'
import { traceContextOf, traceIdOf } from '@trunkline/protocol'
import type { Session } from './session.ts'

/** Whom a line concerns. */
export interface SessionFields {
  readonly session: number
  readonly peer: string
  readonly address: string | undefined
  readonly realm: string
  readonly authid: string
}

export function sessionFields({ id, transport, identity }: Session, realm: string): SessionFields {
  return { session: id, peer: transport.peer, address: transport.address, realm, authid: identity.authid }
}

/** The id of the trace to which a request belongs. @param options those of the request */
export function traceField(options: Dict | undefined): { readonly trace_id?: string } {
  const trace = options && traceContextOf(options)
  return trace === undefined ? {} : { trace_id: traceIdOf(trace) }
}

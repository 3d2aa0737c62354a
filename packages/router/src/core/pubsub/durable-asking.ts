// A SUBSCRIBE by the name of a durable subscription on its way, and why it cannot be granted.

import type { SubscribeMessage, UriPattern } from '@trunkline/protocol'
import { isForRouter, uris } from '@trunkline/protocol'
import { fits } from '../matching/fits.ts'
import { RESERVED } from '../matching/uri-check.ts'
import { sendError } from '../state/answers.ts'
import type { DurableSubscription } from '../state/durable-subscription.ts'
import { ownerOf } from '../state/owner.ts'
import type { Session } from '../state/session.ts'
import type { DurableRequest } from './durable-request.ts'
import { otherSetting } from './durable-request.ts'

/** A SUBSCRIBE by name on its way. */
export interface Asking {
  readonly session: Session
  readonly message: SubscribeMessage
  readonly wanted: DurableRequest
  readonly filter: UriPattern
  /** How often the rights of the session had changed. */
  readonly changes: number
}

/** Answers with an error, where the session is still there. */
export function refuse({ session, message }: Asking, error: string, text: string): void {
  if (session.isMember) sendError(session, message, error, text)
}

type Fault = readonly [error: string, text: string]

/** Why a session may not subscribe by the name of a durable subscription. */
export function faultOf(
  { session, wanted, filter }: Asking,
  { principal, settings, subscription }: DurableSubscription,
): Fault | undefined {
  if (ownerOf(session) !== principal) return [uris.NOT_AUTHORIZED, `the durable subscription ${wanted.name} is that of another user`]
  const { match, uri } = subscription
  if (match !== filter.match || uri !== filter.uri)
    return [uris.INVALID_ARGUMENT, `the durable subscription ${wanted.name} is to ${uri} (${match}): delete it first`]
  const other = otherSetting(wanted.given, settings)
  return other === undefined
    ? undefined
    : [uris.INVALID_ARGUMENT, `the durable subscription ${wanted.name} has another ${other}: delete it first`]
}

/** Why a topic for dead letters cannot be taken. */
export function deadLetterFault({ given: { deadLetters } }: DurableRequest, filter: UriPattern): Fault | undefined {
  if (deadLetters === undefined) return undefined
  if (isForRouter(deadLetters)) return [uris.INVALID_URI, RESERVED]
  return fits(filter, deadLetters) ? [uris.INVALID_ARGUMENT, '_durable: dead_letters is one of its own topics'] : undefined
}

export const NOT_COVERED = '_durable: the topics of this subscription are not all durable by one rule of the realm'

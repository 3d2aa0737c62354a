// The errors that only a client has. The errors of the protocol are in @trunkline/protocol.

import type { Dict } from '@trunkline/protocol'
import { ApplicationError, CANCELED, EMPTY_DICT, NETWORK_FAILURE } from '@trunkline/protocol'

/** How a session ended. */
export interface CloseInfo {
  /** A URI, for example `wamp.close.close_realm`; `wamp.error.network_failure` when the connection was lost. */
  readonly reason: string
  /** A text for people to read. */
  readonly message?: string | undefined
  /** Whether the session ended by an exchange of GOODBYE. */
  readonly wasClean: boolean
  /** The side that ended it; `connection` if the connection was lost. */
  readonly by: 'client' | 'router' | 'connection'
  /** The Details of the router's GOODBYE or ABORT. */
  readonly details: Dict
}

/** A connection that was lost, for no known reason. */
export const LOST: CloseInfo = { reason: NETWORK_FAILURE, wasClean: false, by: 'connection', details: EMPTY_DICT }

/** The session ended before an answer arrived, or had already ended. */
export class DisconnectedError extends Error {
  override readonly name = 'DisconnectedError'
  readonly code = 'TL_DISCONNECTED'
  /** True when the request was passed to the connection: the router may have acted on it. False: it was not sent. */
  readonly mayHaveRun: boolean
  /** Why the session ended: a URI. */
  readonly reason: string
  /** The Details of the router's GOODBYE or ABORT. */
  readonly details: Dict

  constructor(mayHaveRun: boolean, info: CloseInfo, options?: { cause?: unknown }) {
    const text = info.message === undefined ? info.reason : `${info.reason}: ${info.message}`
    super(
      `the session ended${info.by === 'client' ? ' by stop() or leave()' : ''} (${text}); the request ${mayHaveRun ? 'may have been carried out' : 'was not sent'}`,
      options,
    )
    this.mayHaveRun = mayHaveRun
    this.reason = info.reason
    this.details = info.details
  }
}

/** Gives an answer's error the stack of the request in place of that of the message, so that it names a line of the application. */
export function traced(error: unknown): never {
  const { captureStackTrace } = Error as { captureStackTrace?: (target: object, above: unknown) => void }
  if (error instanceof ApplicationError || error instanceof DisconnectedError) captureStackTrace?.(error, traced)
  throw error
}

/** Whether an error says that a call was cancelled; some routers spell the URI with two l. */
export function isCanceled(error: unknown): error is ApplicationError {
  return error instanceof ApplicationError && (error.uri === CANCELED || error.uri === 'wamp.error.cancelled')
}

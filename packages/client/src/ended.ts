// How a subscription or registration ended, reported once.

import { ApplicationError } from '@trunkline/protocol'
import { DisconnectedError } from './errors.ts'

/** How a subscription or registration ended. */
export interface EndInfo {
  /** `client`: the application ended it; `router`: the router revoked it; `session`: the session ended. */
  readonly by: 'client' | 'router' | 'session'
  /** The reason of the revocation, if the router sent one, or of the end of the session. */
  readonly reason?: string | undefined
}

/** The router revoked a declared subscription or registration. */
export class RevokedError extends Error {
  override readonly name = 'RevokedError'
  readonly code = 'TL_REVOKED'
  /** The reason that the router sent. */
  readonly reason: string | undefined

  constructor(what: string, reason: string | undefined) {
    super(`the router took ${what} away${reason === undefined ? '' : `: ${reason}`}`)
    this.reason = reason
  }
}

/** Whether the error of an UNSUBSCRIBE or UNREGISTER means that the subscription or registration has already ended. */
export function isGone(error: unknown, uri: string): boolean {
  return error instanceof DisconnectedError || (error instanceof ApplicationError && error.uri === uri)
}

// How a subscription or registration ended, told once. Knows no session.

import { ApplicationError } from '@trunkline/protocol'
import { DisconnectedError } from './errors.ts'

/** How a subscription or registration ended. */
export interface EndInfo {
  /** `client`: it was taken back; `router`: it was revoked; `session`: the session ended. */
  readonly by: 'client' | 'router' | 'session'
  /** Why, if the router said so, or why the session ended. */
  readonly reason?: string | undefined
}

/** The router took a declared subscription or registration away. */
export class RevokedError extends Error {
  override readonly name = 'RevokedError'
  readonly code = 'TL_REVOKED'
  /** What the router gave as reason. */
  readonly reason: string | undefined

  constructor(what: string, reason: string | undefined) {
    super(`the router took ${what} away${reason === undefined ? '' : `: ${reason}`}`)
    this.reason = reason
  }
}

/** The promise of an end, and how to keep it. */
export class Ending {
  readonly ended: Promise<EndInfo>
  #settle: (info: EndInfo) => void = () => undefined

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  /** Only the first call counts. */
  end(info: EndInfo): void {
    this.#settle(info)
  }
}

/** Whether an error, on taking something back, says that it is gone already. */
export function isGone(error: unknown, uri: string): boolean {
  return error instanceof DisconnectedError || (error instanceof ApplicationError && error.uri === uri)
}

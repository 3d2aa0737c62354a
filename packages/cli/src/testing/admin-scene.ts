// What tests of the admin API share: the roles of its realm, sessions in the router, and errors of calls. For tests only.

import type { Session } from '@trunkline/client'
import { ApplicationError } from '@trunkline/client'
import { calls, openSession } from '@trunkline/client/session'
import type { Router } from '@trunkline/router'

/** The roles of the realm of the API. */
export const ADMIN_ROLES = {
  operator: [{ uri: 'trunkline.admin.**', allow: ['call', 'subscribe'] }],
  viewer: [{ uri: 'trunkline.admin.view.**', allow: ['call', 'subscribe'] }],
  nobody: [],
} as const

/** A rule for everything below some patterns. */
export function allOf(...uris: readonly string[]) {
  return uris.map((uri) => ({ uri, allow: ['call', 'register', 'publish', 'subscribe'] as const }))
}

/** A session of a user that needs no login. */
export function joinAs(router: Router, realm: string, identity: { readonly authid: string; readonly authrole: string }): Promise<Session> {
  return openSession({ transport: router.openLocal(identity), realm, agent: `agent of ${identity.authid}`, calls: calls() })
}

/** The URI and the first argument of the error with which a call ends. */
export async function errorOf(call: PromiseLike<unknown>): Promise<readonly unknown[]> {
  const error: unknown = await Promise.resolve(call).then(
    () => undefined,
    (caught: unknown) => caught,
  )
  if (error instanceof ApplicationError) return [error.uri, error.args[0]]
  throw new Error('expected an error of the application', { cause: error })
}

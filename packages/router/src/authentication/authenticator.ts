// Puts the methods of a realm together: the client's methods in its order, the first that takes the login on. Knows no
// method's inside and no wire.

import type { AuthenticationNext, JoinRequest } from '@trunkline/protocol'
import { uris } from '@trunkline/protocol'
import type { Authenticate, Clock, Ids, Log, TransportInfo } from '../core/ports.ts'
import { AnonymousMethod } from './anonymous.ts'
import type { Login, Method } from './method.ts'
import type { AuthenticationOptions } from './options.ts'
import { TicketMethod } from './ticket.ts'
import { Users } from './users.ts'
import { CraMethod } from './wampcra.ts'

/** What the methods need of the router. */
export interface AuthenticatorContext {
  readonly realm: string
  readonly ids: Ids
  readonly clock: Clock
  readonly log: Log
}

/**
 * Makes the authenticator of a realm.
 * @throws {UsageError} when an option cannot work
 */
export function createAuthenticator(options: AuthenticationOptions, context: AuthenticatorContext): Authenticate {
  const users = new Users(options.users ?? {}, options.revealsUnknown ?? false)
  const methods = methodsOf(options, users, context)
  return (request, info, next) => begin(methods, users, context, request, info, next)
}

/** The roles that logins give by configuration, each with what to call it. */
export function rolesOf({ anonymous, users = {} }: AuthenticationOptions): readonly (readonly [string, string])[] {
  const named = Object.values(users).map(({ role }) => ['role', role] as const)
  return anonymous === undefined ? named : [['anonymous role', anonymous.role], ...named]
}

function methodsOf(options: AuthenticationOptions, { all }: Users, { ids, clock }: AuthenticatorContext): ReadonlyMap<string, Method> {
  const methods: Method[] = []
  if (options.anonymous !== undefined) methods.push(new AnonymousMethod(options.anonymous.role, ids))
  if (all.length > 0) methods.push(new TicketMethod(all, options.plainTickets ?? false), new CraMethod(all, clock))
  return new Map(methods.map((method) => [method.name, method]))
}

/** Specification, "Authentication": the methods are tried in the client's order. */
function begin(
  methods: ReadonlyMap<string, Method>,
  users: Users,
  { ids }: AuthenticatorContext,
  request: JoinRequest,
  info: TransportInfo,
  next: AuthenticationNext,
): void {
  const found = users.find(request.authid)
  let login: Login | undefined
  for (const name of request.authmethods) {
    const method = methods.get(name)
    if (method === undefined) continue
    if (method.name !== 'anonymous') {
      if (found === 'unknown') return next({ deny: uris.NO_SUCH_PRINCIPAL, message: 'there is no such user' })
      login ??= { request, info, session: ids.random(), principal: found }
    }
    if (method.begin(login ?? { request, info, session: 0, principal: undefined }, next)) return
  }
  const isAnonymous = request.authmethods.every((name) => name === 'anonymous')
  if (isAnonymous) next({ deny: uris.AUTHENTICATION_REQUIRED, message: 'a login is required here' })
  else next({ deny: uris.NO_MATCHING_AUTH_METHOD, message: 'none of the authentication methods offered is allowed here' })
}

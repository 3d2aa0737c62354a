// Puts the methods of a realm together: the client's methods in its order, the first that takes the login on. Knows no
// method's inside and no wire.

import type { AuthenticationNext, JoinRequest } from '@trunkline/protocol'
import { uris } from '@trunkline/protocol'
import type { Authenticate, Clock, Ids, Log, TransportInfo } from '../core/ports.ts'
import { AnonymousMethod } from './anonymous.ts'
import { CryptosignMethod } from './cryptosign.ts'
import type { Begun, Login, Method, User } from './method.ts'
import { DENIED } from './method.ts'
import type { AuthenticationOptions } from './options.ts'
import { ScramMethod } from './scram.ts'
import { TicketMethod } from './ticket.ts'
import { Users } from './users.ts'
import { CraMethod } from './wampcra.ts'

interface Setup {
  readonly methods: ReadonlyMap<string, Method>
  readonly users: Users
  readonly revealsUnknown: boolean
}

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
  const users = new Users(options.users ?? {})
  const methods = new Map(methodsOf(options, users, context).map((method) => [method.name, method]))
  const setup = { methods, users, revealsUnknown: options.revealsUnknown ?? false }
  return (request, info, next) => begin(setup, context, request, info, next)
}

/** The roles that logins give by configuration, each with what to call it. */
export function rolesOf({ anonymous, users = {} }: AuthenticationOptions): readonly (readonly [string, string])[] {
  const named = Object.values(users).map(({ role }) => ['role', role] as const)
  return anonymous === undefined ? named : [['anonymous role', anonymous.role], ...named]
}

function methodsOf(options: AuthenticationOptions, { all }: Users, { ids, clock }: AuthenticatorContext): readonly Method[] {
  const methods: Method[] = [
    new TicketMethod(all, options.plainTickets ?? false),
    new CraMethod(all, clock),
    new ScramMethod(all, 'specified'),
    new ScramMethod(all, 'autobahn'),
    new CryptosignMethod(all, options.routerKey),
  ]
  if (options.anonymous !== undefined) methods.push(new AnonymousMethod(options.anonymous.role, ids))
  return methods
}

/** Specification, "Authentication": the methods are tried in the client's order. */
function begin(
  { methods, users, revealsUnknown }: Setup,
  { ids }: AuthenticatorContext,
  request: JoinRequest,
  info: TransportInfo,
  next: AuthenticationNext,
): void {
  const wanted = request.authmethods.flatMap((name) => methods.get(name) ?? [])
  if (wanted.length === 0) return next(request.authmethods.every((name) => name === 'anonymous') ? REQUIRED : NO_METHOD)
  const { authid } = request
  const principal = wanted[0]?.name === 'anonymous' ? undefined : users.find(authid)
  const session = wanted[0]?.name === 'anonymous' ? 0 : ids.random()
  const login: Login = { request, info, session, principal, named: (name, models) => users.find(name) ?? users.madeUp(name, models) }
  const begun = tryEach(wanted, login, next)
  if (begun === 'begun') return
  if (revealsUnknown) return next(principal === undefined && authid !== undefined ? NOBODY : begun === 'unknown' ? DENIED : NO_METHOD)
  // Nobody learns who exists, nor who may log in how: somebody made up is challenged, and no answer is right.
  const madeUp = users.madeUp(authid, modelsOf(wanted))
  if (madeUp !== undefined && tryEach(wanted, { ...login, principal: madeUp }, next) === 'begun') return
  next(begun === 'unknown' ? DENIED : NO_METHOD)
}

function tryEach(wanted: readonly Method[], login: Login, next: AuthenticationNext): Begun {
  let result: Begun = 'unable'
  for (const method of wanted) {
    const begun = method.begin(login, next)
    if (begun === 'begun') return begun
    if (begun === 'unknown') result = begun
  }
  return result
}

/** All who can log in by one of the methods, so that made-up users are spread over the methods as real ones are. */
function modelsOf(wanted: readonly Method[]): readonly User[] {
  const [first = [], ...others] = wanted.flatMap(({ users }) => (users === undefined || users.length === 0 ? [] : [users]))
  return others.length === 0 ? first : [first, ...others].flat()
}

const NOBODY = { deny: uris.NO_SUCH_PRINCIPAL, message: 'there is no such user' }
const REQUIRED = { deny: uris.AUTHENTICATION_REQUIRED, message: 'a login is required here' }
const NO_METHOD = { deny: uris.NO_MATCHING_AUTH_METHOD, message: 'none of the authentication methods offered is allowed here' }

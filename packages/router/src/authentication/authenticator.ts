// Combines the methods of a realm: tries the client's methods in its order until one takes the login. Knows neither the details of
// a method nor messages.

import { randomBytes } from 'node:crypto'
import { isUri, uris, UsageError } from '@trunkline/protocol'
import type { AuthenticationNext, AuthenticationStep } from '@trunkline/protocol'
import type { Authenticate, Clock, Ids, Log, ProcedureCaller } from '../core/ports/index.ts'
import { AnonymousMethod } from './anonymous.ts'
import { CookieMethod } from './cookie.ts'
import { CookieIssuer } from './issued-cookie.ts'
import { CryptosignMethod } from './cryptosign.ts'
import { DynamicMethod } from './dynamic.ts'
import type { TokenClaims } from './jwt.ts'
import { JwtMethod } from './jwt.ts'
import type { User } from './credentials.ts'
import type { Begun, Login, Method, Principal } from './method.ts'
import { DENIED } from './method.ts'
import type { AuthenticationOptions, DynamicAuthenticatorOptions } from './options.ts'
import type { PreparedUsers } from './prepared-users.ts'
import { Questions } from './questions.ts'
import { RememberedLogins } from './remembered-logins.ts'
import { ScramMethod } from './scram.ts'
import { hmac, sha256 } from './secrets.ts'
import { TicketMethod } from './ticket.ts'
import { TlsMethod } from './tls.ts'
import { Users } from './users.ts'
import { CraMethod } from './wampcra.ts'

const DEFAULT_DEADLINE_MS = 5_000

/** What the methods need from the router. */
export interface AuthenticatorContext {
  readonly realm: string
  readonly ids: Ids
  readonly clock: Clock
  readonly log: Log
  /** Calls procedures of a realm. */
  readonly callerIn: (realm: string) => ProcedureCaller
  /** Whether the realm has a role. */
  readonly hasRole: (role: string) => boolean
  /** The part of an address that counts as one: the owner of one address in a network can use all of it. */
  readonly networkOf: (address: string) => string
  /** The secret from which the challenges for unknown names are derived. */
  readonly loginKey: Uint8Array
  /** The names of the cookies that the router issues, in all realms. */
  readonly secretCookies: () => readonly string[]
  /** The users that were prepared beforehand. */
  readonly prepared: PreparedUsers
  /** The remembered logins from before a change of the options. */
  readonly remembered: RememberedLogins | undefined
}

/**
 * The secret from which the challenges for unknown names are derived. It has to last as long as the challenges of real users, also
 * over restarts and on every node: it comes from `loginSecret`, else from the key of the router, else from the users as they are
 * now; then the caller keeps it while they change.
 */
export function loginKeyOf(options: AuthenticationOptions): Uint8Array {
  const { users = {} } = options
  const isEmpty = Object.keys(users).length === 0
  return lastingLoginKeyOf(options) ?? (isEmpty ? randomBytes(32) : sha256(JSON.stringify(users)))
}

/** The same, from a secret in the options that lasts; else undefined. */
export function lastingLoginKeyOf({ loginSecret, routerKey }: AuthenticationOptions): Uint8Array | undefined {
  const secret = loginSecret ?? routerKey
  return secret === undefined ? undefined : hmac(secret, 'names that do not exist')
}

/** Why a client is refused whose methods are not available. */
export function noMethodOf(authmethods: readonly string[]): AuthenticationStep {
  return authmethods.every((name) => name === 'anonymous') ? REQUIRED : NO_METHOD
}

/** The roles of a realm that its configured logins give, each with its description for errors. */
export function rolesOf(
  realm: string,
  { anonymous, users = {}, cookie, jwt }: AuthenticationOptions,
): readonly (readonly [string, string])[] {
  const named = new Set<string>()
  for (const logins of [users, cookie?.static ?? {}]) {
    for (const user of Object.values(logins)) if ((user.realm ?? realm) === realm) named.add(user.role)
  }
  if (jwt?.role !== undefined) named.add(jwt.role)
  const guests = anonymous === undefined ? [] : [['anonymous role', anonymous.role] as const]
  return [...guests, ...[...named].map((role) => ['role', role] as const)]
}

export class Authenticator {
  readonly #users: Users
  /** By name; for one name first the configured one, then the procedure. */
  readonly #methods = new Map<string, Method[]>()
  readonly #jwt: JwtMethod | undefined
  readonly #revealsUnknown: boolean
  readonly #context: AuthenticatorContext
  readonly #questions: Questions
  /** Present where the router issues the cookies of the realm. */
  readonly issuer: CookieIssuer | undefined

  /** @throws {UsageError} when an option cannot work */
  constructor(options: AuthenticationOptions, context: AuthenticatorContext) {
    const { clock, log, realm, hasRole } = context
    this.#context = context
    // Realms may share a secret, so the realm's name goes in: an unknown name gets other challenges in each realm, like a real user.
    this.#users = new Users(context.prepared.tableOf(options.users ?? {}), hmac(context.loginKey, realm))
    this.#revealsUnknown = options.revealsUnknown ?? false
    this.#questions = new Questions(() => clock.monotonic(), context.networkOf)
    const isPlainAllowed = options.plainTickets ?? false
    this.#jwt = options.jwt === undefined ? undefined : new JwtMethod(options.jwt, { realm, clock, log, hasRole, isPlainAllowed })
    checkProcedures(options.dynamic ?? [])
    this.issuer = this.#issuerOf(options)
    for (const method of this.#methodsOf(options)) this.#methods.set(method.name, [...(this.#methods.get(method.name) ?? []), method])
  }

  /** Specification, "Authentication": the methods are tried in the client's order. */
  readonly authenticate: Authenticate = (request, info, next) => {
    const { authid, authmethods } = request
    const known = authmethods.filter((name) => this.#methods.has(name))
    const named = [...new Set(known)].flatMap((name) => this.#methods.get(name) ?? [])
    const wanted = named.filter((method) => method.isOpen?.(info) ?? true)
    if (wanted.length === 0) return next(noMethodOf(authmethods))
    const isAnonymous = wanted[0] instanceof AnonymousMethod
    const session = isAnonymous ? 0 : this.#context.ids.random()
    const begin = (principal: Principal | undefined, madeUp: NameMaker): Begun =>
      tryEach(wanted, this.#loginOf({ request, info, session, principal }, madeUp), next)
    if (isAnonymous) return void begin(undefined, noStandIn)
    const likeUsers: NameMaker = this.#revealsUnknown ? noStandIn : (name) => this.#users.madeUp(name)
    // Made up for existing names too, so that both take the same time.
    const madeUp = this.#mayBeElsewhere(wanted) ? undefined : likeUsers(authid)
    const principal = this.#users.find(authid) ?? madeUp
    const begun = begin(principal, likeUsers)
    if (begun === 'begun') return
    if (this.#revealsUnknown && principal === undefined && authid !== undefined) return next(NO_SUCH_USER)
    // A user without these methods, real or not, gets a challenge like a user with them, and no answer is right.
    const likeOthers: NameMaker = this.#revealsUnknown ? noStandIn : (name) => this.#users.standIn(name, wanted)
    const standIn = likeOthers(authid)
    if (standIn !== undefined && begin(standIn, likeOthers) === 'begun') return
    next(begun === 'unknown' ? DENIED : NO_METHOD)
  }

  /** Whether a name that is not configured may still exist, because procedures know other names. */
  #mayBeElsewhere(wanted: readonly Method[]): boolean {
    return wanted.some((method) => method instanceof DynamicMethod)
  }

  #loginOf(attempt: Omit<Login, 'named' | 'madeUp'>, make: NameMaker): Login {
    const named = (name: string): Principal | undefined => this.#users.find(name)
    const madeUp = (name: string, models?: readonly User[]): Principal | undefined =>
      models === undefined ? make(name) : this.#users.madeUpLike(name, models)
    return { ...attempt, named, madeUp }
  }

  /** Whether the realm accepts tokens. */
  get takesTokens(): boolean {
    return this.#jwt !== undefined
  }

  /** The claims of a token; undefined when it is not valid. Rejects when that cannot be checked. */
  async readToken(token: string): Promise<TokenClaims | undefined> {
    return this.#jwt?.read(token)
  }

  /** Handles questions that took too long, and saves remembered logins. */
  tick(now: number): void {
    this.#questions.tick(now)
    if (this.issuer?.logins.isChanged === true) void this.#keep(this.issuer.logins)
  }

  /** Resolves when all changes are written to the file; never rejects. */
  async settle(): Promise<void> {
    if (this.issuer !== undefined) await this.#keep(this.issuer.logins)
  }

  /** Fails logins that wait for a procedure. */
  close(): void {
    this.#questions.close()
  }

  /** Updates the file, without expired logins. */
  async #keep(logins: RememberedLogins): Promise<void> {
    try {
      if (logins.isChanged) logins.purge()
      await logins.save()
    } catch (error) {
      this.#context.log.warn('remembered logins not saved', { area: 'logins', realm: this.#context.realm, error: String(error) })
    }
  }

  #issuerOf({ cookie, dynamic = [], plainTickets = false }: AuthenticationOptions): CookieIssuer | undefined {
    const { clock, remembered } = this.#context
    if (cookie?.issued === undefined) return undefined
    const logins =
      remembered !== undefined && remembered.path === cookie.issued.file ? remembered : new RememberedLogins(cookie.issued, clock)
    logins.change(cookie.issued)
    const user = (authid: string): User | undefined => this.#users.find(authid)?.user
    const isAsked = (method: string): boolean => dynamic.some(({ methods }) => methods.includes(method))
    return new CookieIssuer(cookie, logins, plainTickets, { user, isAsked })
  }

  #methodsOf(options: AuthenticationOptions): readonly Method[] {
    const { ids, clock } = this.#context
    const { all } = this.#users
    const { anonymous, cookie, dynamic = [], plainTickets = false, routerKey } = options
    const jwt = this.#jwt
    const methods: Method[] = [
      new TicketMethod(all, plainTickets, jwt),
      new CraMethod(all, clock),
      new ScramMethod(all, 'specified'),
      new ScramMethod(all, 'autobahn'),
      new CryptosignMethod(all, routerKey),
      new TlsMethod(all),
    ]
    if (jwt !== undefined) methods.push(jwt)
    if (cookie !== undefined) {
      const asks = cookie.procedure === undefined ? undefined : this.#dynamic('cookie', { ...cookie, procedure: cookie.procedure }, options)
      methods.push(new CookieMethod(cookie, asks, this.issuer))
    }
    methods.push(new AnonymousMethod(anonymous?.role, ids))
    for (const each of dynamic) methods.push(...each.methods.map((name) => this.#dynamic(name, each, options)))
    return methods
  }

  #dynamic(
    name: string,
    { procedure, realm, deadlineMs = DEFAULT_DEADLINE_MS, assigns = [] }: Omit<DynamicAuthenticatorOptions, 'methods'>,
    { routerKey, plainTickets: isPlainAllowed = false }: AuthenticationOptions,
  ): DynamicMethod {
    const { clock, log, callerIn, realm: own, secretCookies } = this.#context
    if (!isUri(procedure)) throw new UsageError(`'${procedure}' is not a valid procedure`, 'TL_REALM')
    const caller = callerIn(realm ?? own)
    return new DynamicMethod(name, {
      procedure,
      deadlineMs,
      caller,
      questions: this.#questions,
      clock,
      log,
      realm: own,
      assigns,
      secretCookies,
      routerKey,
      isPlainAllowed,
    })
  }
}

/** Only one procedure may decide about a method: a second would never be called. */
function checkProcedures(procedures: readonly DynamicAuthenticatorOptions[]): void {
  const methods = procedures.flatMap((each) => [...new Set(each.methods)])
  const twice = methods.find((method, i) => methods.indexOf(method) !== i)
  if (twice !== undefined) throw new UsageError(`two dynamic authenticators decide about method '${twice}'`, 'TL_REALM')
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

/** Makes up a user for a name. */
type NameMaker = (name: string | undefined) => Principal | undefined

const noStandIn: NameMaker = () => undefined
const NO_SUCH_USER = { deny: uris.NO_SUCH_PRINCIPAL, message: 'there is no such user' }
const REQUIRED = { deny: uris.AUTHENTICATION_REQUIRED, message: 'this realm requires a login' }
const NO_METHOD = { deny: uris.NO_MATCHING_AUTH_METHOD, message: 'none of the offered authentication methods is allowed here' }

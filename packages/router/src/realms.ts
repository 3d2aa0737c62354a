// The realms of a router by name: made, made on demand, and who is let into which role. Never touches a connection.

import { isDeepStrictEqual } from 'node:util'
import type { AuthenticationNext, AuthenticationStep, Identity, JoinRequest, PayloadFormat } from '@trunkline/protocol'
import { ApplicationError, isUri, RENEW_TOKEN, uris, UsageError } from '@trunkline/protocol'
import { Authenticator, rolesOf } from './authentication/authenticator.ts'
import type { TokenClaims } from './authentication/jwt.ts'
import type { AuthenticationOptions } from './authentication/options.ts'
import { DynamicAuthorizer } from './authorization/dynamic.ts'
import { RoleAuthorizer } from './authorization/roles.ts'
import type { Counters } from './core/counters.ts'
import type { Deadlines } from './core/deadlines.ts'
import type { Audit, Authorizer, Clock, Ids, Log, ProcedureCaller, Scheduler, TransportInfo } from './core/ports.ts'
import type { OwnProcedure, OwnResult } from './core/meta-session.ts'
import { Later } from './core/meta-session.ts'
import { Realm } from './core/realm.ts'
import type { RealmSettings } from './core/settings.ts'
import { DEFAULT_REALM_SETTINGS } from './core/settings.ts'
import type { RealmOptions, RealmUpdate, RouterOptions } from './router-options.ts'

/** What all realms of a router share. */
export interface RealmParts {
  readonly clock: Clock
  readonly deadlines: Deadlines
  readonly ids: Ids
  readonly scheduler: Scheduler
  readonly counters: Counters
  readonly log: Log
  readonly audit: Audit | undefined
  /** The serializer in which the realms' own sessions take payloads. */
  readonly format: PayloadFormat
  readonly onDemand: RouterOptions['onDemand']
}

interface RealmEntry {
  readonly realm: Realm
  readonly options: RealmOptions
  readonly authorizer: Authorizer
  readonly authenticator: Authenticator
  /** The roles that exist; undefined where an authorizer knows them. */
  readonly roles: ReadonlySet<string> | undefined
}

export class Realms {
  readonly #parts: RealmParts
  readonly #entries = new Map<string, RealmEntry>()
  readonly #renewing = new WeakSet<Realm>()

  constructor(parts: RealmParts) {
    this.#parts = parts
  }

  /** @throws {UsageError} when the name is no valid URI or is taken, the anonymous role does not exist, or a rule is not valid */
  add(name: string, options: RealmOptions): Realm {
    if (!isUri(name)) throw new UsageError(`'${name}' is not a valid realm name`, 'TL_REALM')
    if (this.#entries.has(name)) throw new UsageError(`realm '${name}' exists already`, 'TL_REALM')
    checkRoles(name, options)
    const { clock, deadlines, ids, scheduler, counters, log, audit, format } = this.#parts
    const [settings, authorizer, authenticator] = [
      settingsOf(options),
      this.#authorizerOf(name, options),
      this.#authenticatorOf(name, options),
    ]
    const realm = new Realm({ name, clock, deadlines, ids, scheduler, counters, log, audit, settings, authorizer }, format)
    this.#entries.set(name, entryOf(realm, authorizer, authenticator, options))
    if (authenticator.takesTokens) this.#offerRenewal(name, realm)
    return realm
  }

  /**
   * Gives a realm other options. Sessions whose role is no longer there end; what the others hold is judged again.
   * @throws {UsageError} when there is no such realm or the options cannot work; then nothing has changed
   */
  update(name: string, options: RealmOptions): RealmUpdate {
    const before = this.#entries.get(name)
    if (before === undefined) throw new UsageError(`there is no realm '${name}'`, 'TL_REALM')
    checkRoles(name, options)
    const changed = differences(before.options, options)
    // With the same rules every verdict is the same: what was asked or remembered stays.
    const isSameJudge = options.authorizer === undefined && !changed.some((option) => JUDGING.includes(option))
    const authorizer = isSameJudge ? before.authorizer : this.#authorizerOf(name, options)
    // Keys that were derived stay so.
    const isSameLogin = !changed.some((option) => ADMITTING.includes(option))
    const authenticator = isSameLogin ? before.authenticator : this.#authenticatorOf(name, options)
    const { realm } = before
    const entry = entryOf(realm, authorizer, authenticator, options)
    this.#entries.set(name, entry)
    if (authenticator.takesTokens && !before.authenticator.takesTokens) this.#offerRenewal(name, realm)
    const unwanted = [...realm.sessions.values()].filter((session) => !session.isInternal && !maySessionStay(entry, session.identity))
    for (const session of unwanted) realm.kill(session, uris.KILLED, 'the realm no longer lets this role in')
    const review = realm.update(settingsOf(options), isSameJudge ? undefined : authorizer)
    if (authorizer !== before.authorizer) before.authorizer.close?.()
    if (authenticator !== before.authenticator) before.authenticator.close()
    this.#parts.log.info('realm changed', { realm: name, changed, sessionsEnded: unwanted.length, ...review })
    return { changed, needRestart: changed.filter((option) => FIXED.includes(option)), sessionsEnded: unwanted.length, ...review }
  }

  /**
   * Takes a realm away: its sessions get GOODBYE.
   * @returns how many sessions ended; undefined when there is no such realm
   */
  remove(name: string): number | undefined {
    const entry = this.#entries.get(name)
    if (entry === undefined) return undefined
    this.#entries.delete(name)
    const count = [...entry.realm.sessions.values()].filter((session) => !session.isInternal).length
    entry.realm.close(uris.CLOSE_REALM, 'the realm is closed')
    entry.authorizer.close?.()
    entry.authenticator.close()
    return count
  }

  /** A realm that exists. */
  get(name: string): Realm | undefined {
    return this.#entries.get(name)?.realm
  }

  /** The realms that exist. */
  get all(): readonly Realm[] {
    return [...this.#entries.values()].map(({ realm }) => realm)
  }

  /** Looks what took too long. */
  tick(now: number): void {
    for (const { realm, authenticator } of this.#entries.values()) {
      realm.tick()
      authenticator.tick(now)
    }
  }

  /** Looks who a client is, and lets it only into a role that its realm has. */
  authenticate(request: JoinRequest, info: TransportInfo, next: AuthenticationNext): void {
    const entry = this.#entries.get(request.realm) ?? this.#makeOnDemand(request.realm)
    if (entry === undefined) return next({ deny: uris.NO_SUCH_REALM, message: `there is no realm '${request.realm}'` })
    const admit = (step: AuthenticationStep): void => {
      // Who began to log in under other options begins again.
      const isStale = 'accept' in step && this.#entries.get(request.realm) !== entry
      next(
        isStale
          ? { deny: uris.AUTHENTICATION_FAILED, message: 'the realm has changed; try again' }
          : onlyIntoRole(entry, request.authrole, step, admit),
      )
    }
    if (info.identity !== undefined) {
      const { authid, authrole, isInternal } = info.identity
      const step: AuthenticationStep = { accept: { authid, authrole, authmethod: 'local', authprovider: 'router' } }
      return isInternal === true ? next(step) : admit(step)
    }
    const { authenticate = entry.authenticator.authenticate } = entry.options
    authenticate(request, info, admit)
  }

  #authenticatorOf(name: string, options: RealmOptions): Authenticator {
    const { ids, clock, log } = this.#parts
    const roles = rolesThatExist(options)
    const hasRole = (role: string): boolean => roles === undefined || roles.has(role)
    return new Authenticator(loginsOf(options), { realm: name, ids, clock, log, hasRole, callerIn: (realm) => this.#callerIn(realm) })
  }

  /** Renews tokens, also under later options. Offered once, when the realm first takes tokens. */
  #offerRenewal(name: string, realm: Realm): void {
    if (this.#renewing.has(realm)) return
    this.#renewing.add(realm)
    const renew: OwnProcedure = ([token], _kwargs, caller) => {
      if (typeof token !== 'string') throw new ApplicationError(uris.INVALID_ARGUMENT, ['expected a token'])
      return new Later((finish) => void this.#renew(name, realm, caller, token).then(finish))
    }
    realm.offer(new Map([[RENEW_TOKEN, renew]]))
  }

  /** Renews a session's token; resolves to what makes the answer, never rejects. */
  async #renew(name: string, realm: Realm, caller: number, token: string): Promise<() => OwnResult> {
    try {
      const claims = await this.#entries.get(name)?.authenticator.readToken(token)
      const session = realm.sessions.get(caller)
      if (session === undefined || claims === undefined || !isOf(session.identity, claims)) return refuse(TOKEN_REFUSED)
      session.link.expireAt?.(claims.expires)
      return () => [claims.expires]
    } catch (error) {
      this.#parts.log.warn('authenticator failed', { realm: name, method: 'jwt', error: String(error) })
      return refuse(TOKEN_NOT_JUDGED)
    }
  }

  #authorizerOf(name: string, { authorizer, roles = {}, dynamicAuthorizer }: RealmOptions): Authorizer {
    if (authorizer !== undefined) return authorizer
    const staticRoles = new RoleAuthorizer(roles)
    if (dynamicAuthorizer === undefined) return staticRoles
    const { clock, log, counters } = this.#parts
    const caller = this.#callerIn(dynamicAuthorizer.realm ?? name)
    return new DynamicAuthorizer(dynamicAuthorizer, { realm: name, caller, clock, log, roles: staticRoles, counters })
  }

  /** Calls in a realm that may not be there yet, or not any more. */
  #callerIn(name: string): ProcedureCaller {
    return {
      call: (procedure, args, timeoutMs, done) => {
        const realm = this.get(name)
        if (realm !== undefined) return realm.caller.call(procedure, args, timeoutMs, done)
        this.#parts.scheduler.defer(() => done({ error: uris.NO_SUCH_REALM }))
        return () => {}
      },
    }
  }

  #makeOnDemand(name: string): RealmEntry | undefined {
    const { onDemand, log } = this.#parts
    if (onDemand === undefined || this.#entries.size >= onDemand.most) return undefined
    this.add(name, onDemand.realm)
    log.info('realm created on demand', { realm: name })
    return this.#entries.get(name)
  }
}

/** The options that make the authorizer. */
const JUDGING: readonly (keyof RealmOptions)[] = ['roles', 'authorizer', 'dynamicAuthorizer']
/** The options that make the authenticator. */
const ADMITTING: readonly (keyof RealmOptions)[] = ['anonymousRole', 'authentication', 'roles', 'authorizer', 'dynamicAuthorizer']
/** The options that are the same only if they are the same object. */
const OPAQUE: readonly (keyof RealmOptions)[] = ['authorizer', 'authenticate']
/** The options that a realm reads once. */
const FIXED: readonly (keyof RealmOptions)[] = ['slowConsumers', 'topics', 'trustLevels']

/** The options that differ. */
function differences(before: RealmOptions, after: RealmOptions): (keyof RealmOptions)[] {
  const options = new Set([...Object.keys(before), ...Object.keys(after)] as (keyof RealmOptions)[])
  // What looks the same in its open fields may still be another authorizer.
  const isSame = (a: unknown, b: unknown, option: keyof RealmOptions): boolean =>
    OPAQUE.includes(option) ? a === b : isDeepStrictEqual(a, b)
  return [...options].filter((option) => !isSame(before[option], after[option], option))
}

function checkRoles(name: string, options: RealmOptions): void {
  const { roles = {}, authorizer, dynamicAuthorizer, allowsDisclosure } = options
  if (authorizer !== undefined && dynamicAuthorizer !== undefined) {
    throw new UsageError(`realm '${name}': either an authorizer or a dynamic authorizer can decide`, 'TL_REALM')
  }
  const hasAnyRole = authorizer !== undefined || dynamicAuthorizer !== undefined
  for (const [what, role] of rolesOf(loginsOf(options))) {
    if (hasAnyRole || Object.hasOwn(roles, role)) continue
    throw new UsageError(`realm '${name}': the ${what} '${role}' is none of its roles`, 'TL_REALM')
  }
  const discloses = Object.values(roles).some((rules) => rules.some(({ disclose }) => Object.values(disclose ?? {}).includes('always')))
  if (discloses && allowsDisclosure === false) {
    throw new UsageError(`realm '${name}': a rule discloses always, but the realm does not allow disclosure`, 'TL_REALM')
  }
}

function settingsOf(options: RealmOptions): RealmSettings {
  const {
    limits,
    anonymousRole: _,
    authenticate: _1,
    roles: _2,
    authorizer: _3,
    dynamicAuthorizer: _4,
    authentication: _5,
    ...settings
  } = options
  return { ...DEFAULT_REALM_SETTINGS, ...settings, limits: { ...DEFAULT_REALM_SETTINGS.limits, ...limits } }
}

function entryOf(realm: Realm, authorizer: Authorizer, authenticator: Authenticator, options: RealmOptions): RealmEntry {
  return { realm, options, authorizer, authenticator, roles: rolesThatExist(options) }
}

/** The roles that exist; undefined where an authorizer knows them. */
function rolesThatExist({ roles = {}, authorizer, dynamicAuthorizer }: RealmOptions): ReadonlySet<string> | undefined {
  return authorizer !== undefined || dynamicAuthorizer !== undefined ? undefined : new Set(Object.keys(roles))
}

/** Whether a token is the session's own: it renews, and changes nothing. */
function isOf({ authid, authrole, authprovider }: Identity, claims: TokenClaims): boolean {
  return authprovider === 'jwt' && authid === claims.authid && authrole === claims.authrole
}

function refuse(error: ApplicationError): () => never {
  return () => {
    throw error
  }
}

const TOKEN_REFUSED = new ApplicationError(uris.AUTHENTICATION_DENIED, ['the token is not good for this session'])
const TOKEN_NOT_JUDGED = new ApplicationError(uris.AUTHENTICATION_FAILED, ['the token could not be judged'])

/** Whether a session would still be let in, as far as its identity tells. */
function maySessionStay({ roles, options }: RealmEntry, { authid, authmethod, authprovider, authrole }: Identity): boolean {
  if (roles !== undefined && !roles.has(authrole)) return false
  if (options.authenticate !== undefined || authprovider !== 'static') return true
  const { anonymous, users = {}, cookie } = loginsOf(options)
  if (authmethod === 'anonymous') return anonymous?.role === authrole
  if (authmethod === 'cookie') return Object.values(cookie?.static ?? {}).some((user) => user.authid === authid && user.role === authrole)
  return Object.hasOwn(users, authid) && users[authid]?.role === authrole
}

/** The ways to log in, with the shorthand written out. */
function loginsOf({ anonymousRole, authentication }: RealmOptions): AuthenticationOptions {
  return { anonymous: anonymousRole === undefined ? undefined : { role: anonymousRole }, ...authentication }
}

/** Refuses a role that the realm does not have (specification: "Predefined URIs", no_such_role), be it given or wished for. */
function onlyIntoRole(
  { roles }: RealmEntry,
  wanted: string | undefined,
  step: AuthenticationStep,
  next: AuthenticationNext,
): AuthenticationStep {
  if ('challenge' in step) return { ...step, answer: (signature, extra) => step.answer(signature, extra, next) }
  if ('deny' in step || roles === undefined) return step
  const isLogin = step.accept.authmethod !== 'anonymous'
  const missing = [step.accept.authrole, isLogin ? wanted : undefined].find((role) => role !== undefined && !roles.has(role))
  return missing === undefined ? step : { deny: uris.NO_SUCH_ROLE, message: `the realm has no role '${missing}'` }
}

// The realms of a router by name: added, created on demand, and which logins they accept. Never touches a connection.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import type {
  AuthenticationNext,
  AuthenticationStep,
  Identity,
  JoinRequest,
  PayloadFormat,
  Serializer,
  SerializerName,
} from '@trunkline/protocol'
import { isUri, uris, UsageError } from '@trunkline/protocol'
import { Authenticator, lastingLoginKeyOf, loginKeyOf, noMethodOf } from './authentication/authenticator.ts'
import { DENIED, FAILED } from './authentication/method.ts'
import type { UsersOptions } from './authentication/options.ts'
import { PreparedUsers } from './authentication/prepared-users.ts'
import { AuthorizersByRole } from './authorization/by-role.ts'
import type { DynamicAuthorizerOptions } from './authorization/dynamic.ts'
import { DynamicAuthorizer } from './authorization/dynamic.ts'
import { RoleAuthorizer } from './authorization/roles.ts'
import type { CallDurations, Counters, Deadlines } from './core/index.ts'
import { nodeText } from './node-text.ts'
import { KeptForms, networkOf, OwnerTotal, Realm, RecentlyUsed, StoreShares, tablesWithin, TimeShare } from './core/index.ts'
import type { Authorizer, Clock, Ids, IssuedCookie, Log, ProcedureCaller, Scheduler, TransportInfo, Witnesses } from './core/ports/index.ts'
import { ADMITTING, checkDurable, checkRoles, differences, JUDGING, needRestart, settingsOf } from './realm-options.ts'
import type { Fabric } from './fabric/fabric.ts'
import { fabricOf } from './router-cluster.ts'
import { checkCookie, cookiesOf, issuedBy, RealmCookies } from './realm-cookies.ts'
import type { RealmEntry } from './realm-entry.ts'
import { isRealmOpen, loginsOf, maySessionEnter, maySessionStay, missingRole, rolesThatExist, withMethodsOf } from './realm-entry.ts'
import type { Closing, RealmOptions, RealmUpdate, RouterOptions, SessionSelection } from './router-options.ts'
import { settingsDigest } from './settings-digest.ts'
import { ScriptTimeLimit } from './script-time-limit.ts'
import { TokenRenewal } from './token-renewal.ts'

/** What all realms of a router share. */
export interface RealmParts {
  readonly clock: Clock
  readonly deadlines: Deadlines
  readonly ids: Ids
  readonly scheduler: Scheduler
  readonly counters: Counters
  readonly durations: CallDurations
  readonly witnesses: Witnesses
  readonly log: Log
  /** The serializer of the realms' own sessions. */
  readonly format: PayloadFormat
  /** How deep messages may be nested. */
  readonly maxDepth: number
  readonly serializers: Readonly<Record<SerializerName, Serializer>>
  readonly options: Pick<RouterOptions, 'audit' | 'onDemand' | 'cluster' | 'store'>
  /** Runs a task; an error of it is counted and logged, and ends nothing else. */
  readonly guard: (task: () => void) => void
}

export class Realms {
  readonly #parts: RealmParts
  readonly #entries = new Map<string, RealmEntry>()
  /** What all realms share. */
  readonly #common: CommonParts
  readonly #timeLimit = new ScriptTimeLimit()
  readonly #prepared = new PreparedUsers()
  /** The other nodes; undefined where the router stands alone. */
  readonly fabric: Fabric | undefined
  readonly #cookies = new RealmCookies((name) => this.#entries.get(name))
  readonly #renewal: TokenRenewal

  constructor(parts: RealmParts) {
    this.#parts = parts
    this.#common = commonParts(parts)
    this.#renewal = new TokenRenewal((name) => this.#entries.get(name), parts.log)
    this.fabric = parts.options.cluster && fabricOf(parts.options.cluster, parts)
  }

  /** Adds the first realms, and then opens the links to the other nodes. @throws {UsageError} as {@link add} */
  open(realms: Readonly<Record<string, RealmOptions>>): void {
    for (const [name, options] of Object.entries(realms)) this.add(name, options)
    this.fabric?.start()
  }

  /** Refuses new calls of clients from now on. Cannot be undone. */
  drain(): void {
    for (const { realm } of this.#entries.values()) realm.drain()
    this.fabric?.drain()
  }

  /** @throws {UsageError} when the name is no valid URI or is taken, the anonymous role does not exist, or a rule is not valid */
  add(name: string, options: RealmOptions): Realm {
    if (!isUri(name)) throw new UsageError(`'${name}' is not a valid realm name`, 'TL_REALM')
    if (this.#entries.has(name)) throw new UsageError(`realm '${name}' exists already`, 'TL_REALM')
    checkRoles(name, options)
    checkCookie(name, options, this.#entries)
    checkDurable(name, options, this.#parts.options)
    const { format, options: router, guard: _, serializers: formats, maxDepth: __, ...shared } = this.#parts
    const loginKey = loginKeyOf(loginsOf(options))
    const [settings, authorizer, authenticator] = [
      settingsOf(options),
      this.#authorizerOf(name, options),
      this.#authenticatorOf(name, options, loginKey),
    ]
    const common = { ...shared, ...this.#common, audit: router.audit, eventStore: router.store, formats, timeLimit: this.#timeLimit }
    const realm = new Realm({ ...common, name, settings, authorizer }, format)
    this.fabric?.serve(realm, this.#digestOf(options))
    this.#entries.set(name, entryOf({ realm, options, authorizer, authenticator, loginKey }))
    if (authenticator.takesTokens) this.#renewal.offerIn(realm)
    if (authenticator.issuer !== undefined) this.#cookies.offerIn(realm)
    return realm
  }

  /** @see Router.prepareUsers */
  prepareUsers(users: UsersOptions): Promise<void> {
    return this.#prepared.prepare(users, nextTurn)
  }

  /**
   * Changes the options of a realm. Sessions whose role no longer exists end; the grants of the others are checked again.
   * @throws {UsageError} when there is no such realm or the options are not valid; then nothing has changed
   */
  update(name: string, options: RealmOptions): RealmUpdate {
    const before = this.#entries.get(name)
    if (before === undefined) throw new UsageError(`there is no realm '${name}'`, 'TL_REALM')
    checkRoles(name, options)
    checkCookie(name, options, this.#entries)
    checkDurable(name, options, this.#parts.options)
    const settings = settingsOf(options)
    const changed = differences(before.options, options)
    // With the same rules every verdict is the same: pending questions and cached verdicts stay.
    const isSameJudge = options.authorizer === undefined && !changed.some((option) => JUDGING.includes(option))
    const authorizer = isSameJudge ? before.authorizer : this.#authorizerOf(name, options)
    // Derived keys are kept.
    const isSameLogin = !changed.some((option) => ADMITTING.includes(option))
    // The challenges for unknown names must not change when real users are added or removed.
    const loginKey = lastingLoginKeyOf(loginsOf(options)) ?? before.loginKey
    const authenticator = isSameLogin ? before.authenticator : this.#authenticatorOf(name, options, loginKey, before.authenticator)
    const { realm } = before
    const entry = entryOf({ realm, options, authorizer, authenticator, loginKey })
    this.#entries.set(name, entry)
    if (authenticator.takesTokens && !before.authenticator.takesTokens) this.#renewal.offerIn(realm)
    if (authenticator.issuer !== undefined) this.#cookies.offerIn(realm)
    const sessionsEnded = this.#endUnwanted(name)
    const review = realm.update(settings, isSameJudge ? undefined : authorizer)
    if (changed.length > 0) this.fabric?.changed(realm, this.#digestOf(options))
    if (authorizer !== before.authorizer) before.authorizer.close?.()
    if (authenticator !== before.authenticator) before.authenticator.close()
    this.#parts.log.info('realm changed', { area: 'realms', realm: name, changed, sessionsEnded, ...review })
    return { changed, needRestart: needRestart(before.options, options), sessionsEnded, ...review }
  }

  /**
   * Removes a realm: its sessions get GOODBYE.
   * @returns how many sessions ended; undefined when there is no such realm
   */
  remove(name: string): number | undefined {
    const entry = this.#entries.get(name)
    if (entry === undefined) return undefined
    this.#entries.delete(name)
    void entry.authenticator.settle()
    const count = [...entry.realm.sessions.values()].filter((session) => !session.isInternal).length
    entry.realm.close(uris.CLOSE_REALM, 'the realm is closed')
    this.fabric?.withdraw(entry.realm)
    entry.authorizer.close?.()
    entry.authenticator.close()
    return count + this.#endUnwanted(name)
  }

  /** @see Router.endSessions */
  endSessions({ realm: name, session: id, authid, authrole, except }: SessionSelection, { reason, message }: Closing): number {
    let count = 0
    for (const realm of name === undefined ? this.all : [this.get(name)]) {
      const one = id === undefined ? undefined : realm?.sessions.get(id)
      const candidates = id === undefined ? [...(realm?.sessions.values() ?? [])] : one === undefined ? [] : [one]
      const chosen = candidates.filter(
        ({ id: each, identity, isInternal }) =>
          !isInternal &&
          each !== except &&
          (authid ?? identity.authid) === identity.authid &&
          (authrole ?? identity.authrole) === identity.authrole,
      )
      count += realm?.killAll(chosen, reason ?? uris.KILLED, message) ?? 0
    }
    return count
  }

  /** Resolves when the other nodes know what happened here; at once where the router stands alone. */
  untilOthersKnow(): Promise<void> {
    return new Promise((resolve) => (this.fabric === undefined ? resolve() : this.fabric.settle(resolve)))
  }

  /** The router has stopped: open questions to authorizers and authenticators fail. */
  close(): void {
    for (const { authorizer, authenticator } of this.#entries.values()) {
      authorizer.close?.()
      authenticator.close()
    }
    this.fabric?.close()
  }

  /** Ends sessions that would no longer be accepted: those of a realm, and those that its logins sent to other realms. */
  #endUnwanted(name: string): number {
    let count = 0
    for (const entry of this.#entries.values()) {
      const { realm } = entry
      const unwanted = [...realm.sessions.values()].filter((session) => {
        const login = session.identity.loginRealm ?? realm.name
        const isConcerned = !session.isInternal && (login === name || realm.name === name)
        return isConcerned && !maySessionStay(entry, this.#entries.get(login), session)
      })
      count += realm.killAll(unwanted, uris.KILLED, 'the realm no longer admits this role')
    }
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

  /** Handles what took too long. */
  tick(now: number): void {
    for (const { realm, authenticator } of this.#entries.values()) {
      realm.tick()
      authenticator.tick(now)
    }
    this.#common.forms.tick()
    this.fabric?.tick()
  }

  /** Authenticates a client, and accepts it only with a role that its realm has and that its listener accepts. */
  authenticate(request: JoinRequest, info: TransportInfo, next: AuthenticationNext): void {
    const entry = isRealmOpen(info.logins, request.realm) ? this.#entryFor(request.realm) : undefined
    if (entry === undefined) return next({ deny: uris.NO_SUCH_REALM, message: `there is no realm '${request.realm}'` })
    const admit = (step: AuthenticationStep): void => {
      if ('challenge' in step) return next({ ...step, answer: (signature, extra) => step.answer(signature, extra, admit) })
      next('deny' in step || 'abandon' in step ? step : this.#letIn(entry, request, info, step))
    }
    if (info.identity !== undefined) {
      const { authid, authrole, isInternal } = info.identity
      const step: AuthenticationStep = { accept: { authid, authrole, authmethod: 'local', authprovider: 'router' } }
      return isInternal === true ? next(step) : admit(step)
    }
    const possible = withMethodsOf(info.logins, request)
    if (possible.authmethods.length === 0) return next(noMethodOf(request.authmethods))
    const { authenticate = entry.authenticator.authenticate } = entry.options
    authenticate(possible, info, admit)
  }

  /** Accepts an identity that the logins of a realm have accepted, into that realm or the one that they assign. */
  #letIn(entry: RealmEntry, request: JoinRequest, info: TransportInfo, step: AcceptStep): AuthenticationStep {
    // A login that began under earlier options has to start again.
    if (this.#entries.get(request.realm) !== entry) return STALE
    const { logins, peer } = info
    const { accept, realm = request.realm } = step
    const { authid, authrole, authmethod } = accept
    const fields = { area: 'logins', realm, authid, authrole, authmethod, peer } as const
    if (!maySessionEnter(logins, realm, accept)) {
      this.#parts.log.info('login refused by the listener', fields)
      return DENIED
    }
    const joined = this.#entries.get(realm)
    if (joined === undefined) {
      this.#parts.log.warn('a login assigns a realm that is not there', fields)
      return FAILED
    }
    const refusal = missingRole(joined, request, accept)
    if (refusal !== undefined) return refusal
    if (entry.options.authenticate === undefined) this.#cookies.remember(entry, joined.realm, step, info)
    return realm === request.realm ? step : { ...step, accept: { ...accept, loginRealm: request.realm } }
  }

  /** The cookies for the HTTP response that opens a connection. */
  issueCookies(info: TransportInfo): readonly IssuedCookie[] {
    return issuedBy(this.#entries, info)
  }

  /** Resolves when all changes are written to files; never rejects. */
  async settle(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ authenticator }) => authenticator.settle()))
  }

  /** By which other nodes of the cluster see whether they serve the realm by the same settings. */
  #digestOf(options: RealmOptions): string {
    const { name = '', secret = name } = this.#parts.options.cluster ?? {}
    return settingsDigest(options, secret)
  }

  #entryFor(name: string): RealmEntry | undefined {
    return this.#entries.get(name) ?? this.#makeOnDemand(name)
  }

  #authenticatorOf(name: string, options: RealmOptions, loginKey: Uint8Array, before?: Authenticator): Authenticator {
    const { ids, clock, log } = this.#parts
    const roles = rolesThatExist(options)
    const hasRole = (role: string): boolean => roles === undefined || roles.has(role)
    const callerIn = (realm: string): ProcedureCaller => this.#callerIn(realm)
    const remembered = before?.issuer?.logins
    const secretCookies = (): readonly string[] => cookiesOf(this.#entries)
    const context = {
      realm: name,
      ids,
      clock,
      log,
      hasRole,
      callerIn,
      networkOf,
      loginKey,
      remembered,
      secretCookies,
      prepared: this.#prepared,
    }
    return new Authenticator(loginsOf(options), context)
  }

  #authorizerOf(name: string, { authorizer, roles = {}, dynamicAuthorizer, dynamicAuthorizers = {} }: RealmOptions): Authorizer {
    if (authorizer !== undefined) return authorizer
    const staticRoles = new RoleAuthorizer(roles)
    const others = dynamicAuthorizer === undefined ? staticRoles : this.#dynamicAuthorizer(name, dynamicAuthorizer, staticRoles)
    const byRole = Object.entries(dynamicAuthorizers)
    if (byRole.length === 0) return others
    const noRoles = new RoleAuthorizer({})
    return new AuthorizersByRole(new Map(byRole.map(([role, options]) => [role, this.#dynamicAuthorizer(name, options, noRoles)])), others)
  }

  #dynamicAuthorizer(realm: string, options: DynamicAuthorizerOptions, roles: RoleAuthorizer): DynamicAuthorizer {
    const { clock, log, counters } = this.#parts
    return new DynamicAuthorizer(options, { realm, caller: this.#callerIn(options.realm ?? realm), clock, log, roles, counters })
  }

  /** Calls procedures of a realm that may not exist yet, or no longer. */
  #callerIn(name: string): ProcedureCaller {
    return {
      call: (procedure, args, options, done) => {
        const realm = this.get(name)
        if (realm !== undefined) return realm.caller.call(procedure, args, options, done)
        this.#parts.scheduler.defer(() => done({ error: uris.NO_SUCH_REALM }))
        return () => {}
      },
    }
  }

  #makeOnDemand(name: string): RealmEntry | undefined {
    const {
      options: { onDemand },
      log,
    } = this.#parts
    if (onDemand === undefined || this.#entries.size >= onDemand.most) return undefined
    this.add(name, onDemand.realm)
    log.info('realm created on demand', { area: 'realms', realm: name })
    return this.#entries.get(name)
  }
}

type CommonParts = ReturnType<typeof commonParts>

/** What is counted and kept for all realms of a router together. */
function commonParts(parts: Pick<RealmParts, 'clock' | 'scheduler' | 'deadlines' | 'maxDepth'>) {
  return {
    callTotal: new OwnerTotal(),
    pendingTotal: new OwnerTotal(),
    keptTotal: new OwnerTotal(),
    tableTotal: tablesWithin(getHeapStatistics().heap_size_limit),
    retainedTotal: new OwnerTotal(),
    storeShares: new StoreShares(parts.scheduler),
    keptLists: new RecentlyUsed(),
    timeShare: new TimeShare(parts.clock, parts.deadlines),
    forms: new KeptForms({ ...parts, options: { text: nodeText, maxDepth: parts.maxDepth } }),
  }
}

type AcceptStep = Extract<AuthenticationStep, { readonly accept: Identity }>

const STALE: AuthenticationStep = { deny: uris.AUTHENTICATION_FAILED, message: 'the realm has changed; try again' }

function entryOf(parts: Omit<RealmEntry, 'roles'>): RealmEntry {
  return { ...parts, roles: rolesThatExist(parts.options) }
}

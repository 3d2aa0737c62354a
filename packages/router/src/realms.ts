// The realms of a router by name: made, made on demand, and who is let into which role. Never touches a connection.

import type { AuthenticationNext, AuthenticationStep, JoinRequest, PayloadFormat } from '@trunkline/protocol'
import { isUri, uris, UsageError } from '@trunkline/protocol'
import { RoleAuthorizer } from './authorization/roles.ts'
import type { Counters } from './core/counters.ts'
import type { Clock, Ids, Log, Scheduler, TransportInfo } from './core/ports.ts'
import { Realm } from './core/realm.ts'
import { DEFAULT_REALM_SETTINGS } from './core/settings.ts'
import type { Authenticate, RealmOptions, RouterOptions } from './router-options.ts'

/** What all realms of a router share. */
export interface RealmParts {
  readonly clock: Clock
  readonly ids: Ids
  readonly scheduler: Scheduler
  readonly counters: Counters
  readonly log: Log
  /** The serializer in which the realms' own sessions take payloads. */
  readonly format: PayloadFormat
  readonly onDemand: RouterOptions['onDemand']
}

interface RealmEntry {
  readonly realm: Realm
  readonly anonymousRole: string | undefined
  readonly authenticate: Authenticate | undefined
  /** The roles that exist; undefined where an authorizer knows them. */
  readonly roles: ReadonlySet<string> | undefined
}

export class Realms {
  readonly #parts: RealmParts
  readonly #entries = new Map<string, RealmEntry>()

  constructor(parts: RealmParts) {
    this.#parts = parts
  }

  /** @throws {UsageError} when the name is no valid URI or is taken, the anonymous role does not exist, or a rule is not valid */
  add(name: string, options: RealmOptions): Realm {
    if (!isUri(name)) throw new UsageError(`'${name}' is not a valid realm name`, 'TL_REALM')
    if (this.#entries.has(name)) throw new UsageError(`realm '${name}' exists already`, 'TL_REALM')
    const { limits, anonymousRole, authenticate, roles, authorizer, ...settings } = options
    if (anonymousRole !== undefined && roles?.[anonymousRole] === undefined && authorizer === undefined) {
      throw new UsageError(`realm '${name}': the anonymous role '${anonymousRole}' is none of its roles`, 'TL_REALM')
    }
    const { format, onDemand: _, ...parts } = this.#parts
    const realm = new Realm(
      {
        ...parts,
        name,
        settings: { ...DEFAULT_REALM_SETTINGS, ...settings, limits: { ...DEFAULT_REALM_SETTINGS.limits, ...limits } },
        authorizer: authorizer ?? new RoleAuthorizer(roles ?? {}),
      },
      format,
    )
    const known = authorizer === undefined ? new Set(Object.keys(roles ?? {})) : undefined
    this.#entries.set(name, { realm, anonymousRole, authenticate, roles: known })
    return realm
  }

  /** A realm that exists. */
  get(name: string): Realm | undefined {
    return this.#entries.get(name)?.realm
  }

  /** The realms that exist. */
  get all(): readonly Realm[] {
    return [...this.#entries.values()].map(({ realm }) => realm)
  }

  /** Looks who a client is, and lets it only into a role that its realm has. */
  authenticate(request: JoinRequest, info: TransportInfo, next: AuthenticationNext): void {
    const entry = this.#entries.get(request.realm) ?? this.#makeOnDemand(request.realm)
    if (entry === undefined) return next({ deny: uris.NO_SUCH_REALM, message: `there is no realm '${request.realm}'` })
    const admit = (step: AuthenticationStep): void => next(onlyIntoRole(entry, step, admit))
    if (info.identity !== undefined) return admit({ accept: { ...info.identity, authmethod: 'local', authprovider: 'router' } })
    if (entry.authenticate !== undefined) return entry.authenticate(request, info, admit)
    if (entry.anonymousRole === undefined || !request.authmethods.includes('anonymous')) {
      return next({ deny: uris.NO_MATCHING_AUTH_METHOD, message: 'none of the authentication methods offered is allowed here' })
    }
    const authid = `anonymous-${this.#parts.ids.random()}`
    admit({ accept: { authid, authrole: entry.anonymousRole, authmethod: 'anonymous', authprovider: 'static' } })
  }

  #makeOnDemand(name: string): RealmEntry | undefined {
    const { onDemand, log } = this.#parts
    if (onDemand === undefined || this.#entries.size >= onDemand.most) return undefined
    this.add(name, onDemand.realm)
    log.info('realm created on demand', { realm: name })
    return this.#entries.get(name)
  }
}

/** Refuses a role that the realm does not have (specification: "Predefined URIs", no_such_role). */
function onlyIntoRole({ roles }: RealmEntry, step: AuthenticationStep, next: AuthenticationNext): AuthenticationStep {
  if ('challenge' in step) return { ...step, answer: (signature, extra) => step.answer(signature, extra, next) }
  if ('deny' in step || roles === undefined || roles.has(step.accept.authrole)) return step
  return { deny: uris.NO_SUCH_ROLE, message: `the realm has no role '${step.accept.authrole}'` }
}

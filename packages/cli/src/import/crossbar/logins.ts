// Converts the authenticators of a transport of Crossbar.io to users and authenticator procedures of realms, and to the
// logins of the listener.

import type { Notes, Place } from '../notes.ts'
import type { Part } from './part.ts'
import type { StaticMethod } from './principals.ts'
import { STATIC_METHODS } from './principals.ts'
import type { WrittenRealm, WrittenRealms } from './realms.ts'
import { hasRole, newRealm } from './realms.ts'

/** The logins of a listener while it is made. */
export interface WrittenLogins {
  realms?: readonly string[]
  methods: string[]
  roles?: readonly string[]
  anonymous?: { readonly role: string }
  defaultRealm?: string
}

/** The logins of all transports; those for clients without a login are joined at the end. */
export class Logins {
  readonly #realms: WrittenRealms
  readonly #notes: Notes
  readonly #transports: { readonly logins: WrittenLogins; readonly roles: Set<string>; readonly place: Place }[] = []
  readonly #anonymous: { readonly logins: WrittenLogins; readonly role: string; readonly place: Place }[] = []

  constructor(realms: WrittenRealms, notes: Notes) {
    this.#realms = realms
    this.#notes = notes
  }

  /**
   * Reads the authenticators of a transport.
   * @param auth absent: Crossbar.io admits every client under the role anonymous
   * @param place the place of the listener's logins
   */
  read(auth: Part | undefined, place: Place): WrittenLogins {
    const logins: WrittenLogins = { methods: [] }
    this.#transports.push({ logins, roles: new Set(), place })
    if (auth === undefined) this.#addAnonymous('anonymous', logins, place)
    for (const method of auth?.keys ?? []) this.#readMethod(method, auth?.part(method), logins, place)
    auth?.finish(place)
    // No method could be converted; keep its names, so that the listener does not admit clients by other methods.
    if (logins.methods.length === 0) logins.methods.push(...(auth?.keys ?? []), ...(auth?.keys.length === 0 ? ['none'] : []))
    return logins
  }

  /** Adds the settings that depend on all transports. */
  settle(): void {
    this.#settleAnonymous()
    if (this.#transports.length > 1) for (const transport of this.#transports) this.#settleRoles(transport)
  }

  /** In Crossbar.io users belong to a transport, here to realms; the roles of the listener exclude the users of other transports. */
  #settleRoles({
    logins,
    roles,
    place,
  }: {
    readonly logins: WrittenLogins
    readonly roles: ReadonlySet<string>
    readonly place: Place
  }): void {
    const isOpen = logins.methods.some((method) => this.#isDynamic(method))
    const open = logins.realms ?? Object.keys(this.#realms)
    const known = [...roles].filter((role) => this.#withRole(role).some((name) => open.includes(name)))
    if (isOpen || known.length === 0) return
    logins.roles = known
    this.#notes.add(place, 'users of other transports that have one of these roles can log in here too')
  }

  #isDynamic(method: string): boolean {
    return Object.values(this.#realms).some(({ dynamicAuthenticators = [] }) =>
      dynamicAuthenticators.some(({ methods }) => (methods as readonly string[]).includes(method)),
    )
  }

  #noteRole(role: string): void {
    this.#transports.at(-1)?.roles.add(role)
  }

  /** If all transports give clients without a login the same role, the realms have it; otherwise each listener has its own. */
  #settleAnonymous(): void {
    const isSame = new Set(this.#anonymous.map(({ role }) => role)).size === 1
    for (const { logins, role, place } of this.#anonymous) {
      const joined = this.#withRole(role)
      if (joined.length === 0) this.#notes.add(place, `no realm has the role ${role} of clients without a login; they are refused`)
      else if (isSame) for (const name of joined) this.#realm(name).anonymous = { role }
      else this.#giveOwnRole(logins, role, joined, place)
    }
  }

  #giveOwnRole(logins: WrittenLogins, role: string, joined: readonly string[], place: Place): void {
    logins.anonymous = { role }
    if (joined.length === Object.keys(this.#realms).length) return
    logins.realms = joined
    if (logins.defaultRealm !== undefined && !joined.includes(logins.defaultRealm)) delete logins.defaultRealm
    this.#notes.add(place, `clients can join only the realms that have the role ${role} here`)
  }

  #readMethod(method: string, config: Part | undefined, logins: WrittenLogins, place: Place): void {
    if (config === undefined) return
    const type = config.text('type') ?? 'static'
    if (method === 'cookie') return void logins.methods.push('cookie')
    const kind = STATIC_METHODS.get(method)
    if (method !== 'anonymous' && kind === undefined) return config.note(place, '', 'not carried over; there is no such method')
    if (type === 'dynamic') this.#readDynamic(method, config, logins, place)
    else if (type !== 'static')
      config.note(place, '', 'not carried over; a function in the router becomes a procedure (dynamicAuthenticators)')
    else if (kind === undefined) this.#readAnonymous(config, logins, place)
    else {
      this.#readUsers(kind, config, logins, place)
      if (!logins.methods.includes(method)) logins.methods.push(method)
    }
    config.finish(place)
  }

  #readAnonymous(config: Part, logins: WrittenLogins, place: Place): void {
    config.noteIf(place, 'authid', 'not carried over; each session without a login has an authid of its own')
    const realm = config.text('realm')
    if (realm !== undefined && Object.hasOwn(this.#realms, realm)) logins.defaultRealm = realm
    this.#addAnonymous(config.text('role') ?? 'anonymous', logins, place)
  }

  #addAnonymous(role: string, logins: WrittenLogins, place: Place): void {
    logins.methods.push('anonymous')
    this.#noteRole(role)
    this.#anonymous.push({ logins, role, place })
  }

  #readUsers({ list, read }: StaticMethod, config: Part, logins: WrittenLogins, place: Place): void {
    config.noteIf(place, 'trustroots', 'not carried over; there are no chains of certificates for cryptosign')
    for (const [authid, principal] of config.members(list)) {
      const role = principal.text('role') ?? 'anonymous'
      const named = principal.text('realm')
      this.#noteRole(role)
      const joined = this.#withRole(role).filter((name) => named === undefined || name === named)
      const at = joined.map((name) => ['realms', name, 'users', authid])
      const proof = read(principal, at[0] ?? place)
      if (joined.length === 0)
        principal.note(
          place,
          '',
          `not carried over; there is no role ${role} in ${named === undefined ? 'any realm' : `the realm ${named}`}`,
        )
      const [assigned] = joined
      if (named !== undefined && proof !== undefined && assigned !== undefined) logins.defaultRealm ??= assigned
      if (proof !== undefined) for (const name of joined) this.#addUser(name, authid, { role, ...proof }, principal)
      principal.finish(at[0] ?? place)
    }
  }

  #addUser(name: string, authid: string, user: Record<string, unknown>, principal: Part): void {
    const realm = this.#realm(name)
    const before = realm.users?.[authid]
    const isOther =
      before !== undefined && Object.keys(user).some((key) => (key === 'role' ? before[key] !== user[key] : Object.hasOwn(before, key)))
    if (isOther)
      return principal.note(
        ['realms', name, 'users', authid],
        '',
        'not carried over; the user exists already, and can have one role and one secret of each kind',
      )
    realm.users = { ...realm.users, [authid]: { ...before, ...user } }
  }

  #readDynamic(method: string, config: Part, logins: WrittenLogins, place: Place): void {
    const procedure = config.text('authenticator')
    if (procedure === undefined) return config.note(place, '', 'not carried over; it names no authenticator')
    const own = config.text('authenticator-realm')
    config.skip('authenticator-role')
    const others = Object.keys(this.#realms).filter((name) => name !== own)
    const joined = others.length > 0 ? others : Object.keys(this.#realms)
    for (const name of joined) {
      const assigns = joined.filter((other) => other !== name)
      const entry = {
        procedure,
        methods: [method],
        ...(own === undefined ? {} : { realm: own }),
        ...(assigns.length === 0 ? {} : { assigns }),
      }
      this.#addProcedure(name, entry, config)
    }
    const [first] = joined
    if (own !== undefined && first !== undefined && joined.length > 1) logins.defaultRealm ??= first
    if (!logins.methods.includes(method)) logins.methods.push(method)
  }

  #addProcedure(name: string, entry: { procedure: string; methods: string[] }, config: Part): void {
    const realm = this.#realm(name)
    const at = ['realms', name, 'dynamicAuthenticators']
    const entries = realm.dynamicAuthenticators ?? []
    const [method = ''] = entry.methods
    const taken = entries.find(({ methods }) => (methods as readonly string[]).includes(method))
    if (taken !== undefined) {
      if (taken['procedure'] !== entry.procedure)
        config.note(at, '', `not carried over; ${String(taken['procedure'])} decides about this method already`)
      return
    }
    const alike = entries.find(({ procedure }) => procedure === entry.procedure)
    if (alike === undefined) realm.dynamicAuthenticators = [...entries, entry]
    else (alike['methods'] as string[]).push(method)
    if (Object.hasOwn(entry, 'assigns'))
      this.#notes.add(at, 'assigns lists all realms, since in Crossbar.io the procedure may answer any; keep only those that it needs')
  }

  #withRole(role: string): readonly string[] {
    return Object.entries(this.#realms).flatMap(([name, realm]) => (hasRole(realm, role) ? [name] : []))
  }

  #realm(name: string): WrittenRealm {
    return (this.#realms[name] ??= newRealm())
  }
}

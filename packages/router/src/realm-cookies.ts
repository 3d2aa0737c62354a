// The cookies that the router issues for its realms: at the opening of a connection, at a login, and at a logout. Writes no
// HTTP response.

import type { AuthenticationStep, Identity } from '@trunkline/protocol'
import { ApplicationError, FORGET_LOGINS, LOG_OUT, uris, UsageError } from '@trunkline/protocol'
import { cookieValue } from './authentication/cookie-header.ts'
import type { CookieIssuer } from './authentication/issued-cookie.ts'
import type { IssuedCookie, TransportInfo } from './core/ports/index.ts'
import type { OwnProcedure, OwnResult, Realm, Session } from './core/index.ts'
import { Later } from './core/index.ts'
import type { RealmEntry } from './realm-entry.ts'
import { isRealmOpen, loginsOf } from './realm-entry.ts'
import type { RealmOptions } from './router-options.ts'

type Entries = ReadonlyMap<string, RealmEntry>
type AcceptStep = Extract<AuthenticationStep, { readonly accept: Identity }>

/** The cookies of all realms for a new connection. */
export function issuedBy(entries: Entries, info: TransportInfo): readonly IssuedCookie[] {
  const cookies: IssuedCookie[] = []
  for (const [name, { authenticator }] of entries) {
    const cookie = authenticator.issuer !== undefined && isRealmOpen(info.logins, name) ? authenticator.issuer.issue(info) : undefined
    if (cookie !== undefined) cookies.push(cookie)
  }
  return cookies
}

/** The names of the cookies that realms issue. */
export function cookiesOf(entries: Entries): readonly string[] {
  return [...entries.values()].flatMap(({ authenticator: { issuer } }) => issuer?.name ?? [])
}

/** @throws {UsageError} when two realms would issue a cookie of the same name, or write to the same file */
export function checkCookie(name: string, options: RealmOptions, entries: Entries): void {
  const { cookie } = loginsOf(options)
  if (cookie?.issued === undefined) return
  for (const [other, entry] of entries) {
    const theirs = loginsOf(entry.options).cookie
    if (other === name || theirs?.issued === undefined) continue
    if (theirs.name === cookie.name)
      throw new UsageError(`realm '${name}': realm '${other}' issues the cookie '${cookie.name}' already`, 'TL_REALM')
    if (theirs.issued.file !== undefined && theirs.issued.file === cookie.issued.file) {
      throw new UsageError(`realm '${name}': realm '${other}' keeps its logins in the same file`, 'TL_REALM')
    }
  }
}

/** Cookies at logins and at their end. */
export class RealmCookies {
  readonly #entryOf: (realm: string) => RealmEntry | undefined
  readonly #offered = new WeakMap<Realm, Set<string>>()

  constructor(entryOf: (realm: string) => RealmEntry | undefined) {
    this.#entryOf = entryOf
  }

  /** Makes the client's cookie stand for its login. A login by token is not remembered, because the token has an expiry of its own. */
  remember({ authenticator: { issuer } }: RealmEntry, joined: Realm, { accept, realm, expires }: AcceptStep, info: TransportInfo): void {
    if (issuer === undefined || expires !== undefined) return
    issuer.remember(accept, realm, info)
    this.#offerLogout(joined)
  }

  /** Offers the procedures that end logins in a realm that issues cookies. */
  offerIn(realm: Realm): void {
    this.#offerLogout(realm)
    this.#offer(realm, FORGET_LOGINS, ([authid]) => {
      if (typeof authid !== 'string') throw new ApplicationError(uris.INVALID_ARGUMENT, ['expected an authid'])
      return this.#forget(realm.name, authid)
    })
  }

  /** Offered also in realms that logins of other realms assign. */
  #offerLogout(realm: Realm): void {
    this.#offer(realm, LOG_OUT, (_args, { all }, caller) => this.#logOut(realm, caller, all === true))
  }

  /** Offers a procedure once in a realm, whatever its options become. */
  #offer(realm: Realm, name: string, procedure: OwnProcedure): void {
    const offered = this.#offered.get(realm) ?? new Set()
    if (offered.has(name)) return
    this.#offered.set(realm, offered.add(name))
    realm.offer(new Map([[name, procedure]]))
  }

  #logOut(realm: Realm, caller: number, isAll: boolean): Later {
    const session = realm.sessions.get(caller)
    const issuer = session === undefined ? undefined : this.#issuerOf(session, realm)
    if (session === undefined || issuer === undefined) return saved(0, undefined)
    if (isAll) return saved(issuer.logins.forgetUser(session.identity.authid), issuer)
    const values = valuesOf(session.transport, issuer.name)
    return saved(values.filter((value) => issuer.logins.forget(value)).length, issuer)
  }

  #forget(realm: string, authid: string): Later {
    const issuer = this.#entryOf(realm)?.authenticator.issuer
    return saved(issuer?.logins.forgetUser(authid) ?? 0, issuer)
  }

  /** The issuer of the realm whose logins accepted the session. */
  #issuerOf({ identity }: Session, realm: Realm): CookieIssuer | undefined {
    return this.#entryOf(identity.loginRealm ?? realm.name)?.authenticator.issuer
  }
}

/** The cookie that the connection sent, and the one that it was given. */
function valuesOf({ cookie, issuedCookies }: TransportInfo, name: string): readonly string[] {
  return [cookieValue(cookie, name), issuedCookies?.get(name)].filter((value) => value !== undefined)
}

/** Answers only when the change is saved. */
function saved(count: number, issuer: CookieIssuer | undefined): Later {
  const result = (): OwnResult => [count]
  const failed = (): never => {
    throw NOT_SAVED
  }
  return new Later((finish) => {
    const done = issuer === undefined ? Promise.resolve() : issuer.logins.save()
    done.then(
      () => finish(result),
      () => finish(failed),
    )
  })
}

const NOT_SAVED = new ApplicationError(uris.UNAVAILABLE, [
  'the cookie is deleted only until the router restarts: its file cannot be written',
])

// The cookie that the router issues when a connection is opened: fresh for each one, and without a meaning until a login on
// that connection gives it one. Never sent over WAMP.

import { randomBytes } from 'node:crypto'
import type { Identity } from '@trunkline/protocol'
import { UsageError } from '@trunkline/protocol'
import type { IssuedCookie, TransportInfo } from '../core/ports/index.ts'
import { cookieValue } from './cookie-header.ts'
import type { User } from './credentials.ts'
import { userOf } from './credentials.ts'
import type { CookieOptions, IssuedCookieOptions } from './options.ts'
import type { RememberedLogin, RememberedLogins } from './remembered-logins.ts'
import { hmac, isSame } from './secrets.ts'
import { isPrivate } from './ticket.ts'

const OCTETS = 32
const NAME = /^[\w!#$%&'*+.^`|~-]+$/
/** Logins that show something else each time, or nothing. */
const NOT_REMEMBERED: readonly string[] = ['anonymous', 'cookie', 'tls', 'jwt', 'local']

/** What the configuration knows of users, and which methods a procedure decides about. */
export interface Known {
  readonly user: (authid: string) => User | undefined
  readonly isAsked: (method: string) => boolean
}

export class CookieIssuer {
  readonly name: string
  readonly logins: RememberedLogins
  readonly #origins: readonly string[]
  readonly #sameSite: 'strict' | 'lax' | 'none'
  readonly #isPlainAllowed: boolean
  readonly #known: Known

  /**
   * @param isPlainAllowed whether it may cross a network as it is
   * @throws {UsageError} when the options cannot work
   */
  constructor(
    { name, origins }: CookieOptions,
    { sameSite = 'strict' }: IssuedCookieOptions,
    logins: RememberedLogins,
    isPlainAllowed: boolean,
    known: Known,
  ) {
    if (!NAME.test(name)) throw new UsageError(`'${name}' is no name of a cookie`, 'TL_REALM')
    this.name = name
    this.logins = logins
    this.#origins = origins
    this.#sameSite = sameSite
    this.#isPlainAllowed = isPlainAllowed
    this.#known = known
    logins.keepUsers((authid) => known.user(authid) !== undefined)
  }

  /**
   * A cookie for a connection that is being opened by a page that may log in so; none where the page has a good one.
   * Whatever else came is not taken over: somebody may have planted it to be logged in with it later.
   */
  issue(info: TransportInfo): IssuedCookie | undefined {
    if (info.origin === undefined || !this.#origins.includes(info.origin) || !this.#mayCross(info)) return undefined
    const shown = cookieValue(info.cookie, this.name)
    if (shown !== undefined && this.userOf(shown, info) !== undefined) return undefined
    const value = randomBytes(OCTETS).toString('base64url')
    const age = Math.floor(this.logins.ageMs / 1000)
    const sameSite = `${this.#sameSite.slice(0, 1).toUpperCase()}${this.#sameSite.slice(1)}`
    const header = `${this.name}=${value}; Max-Age=${age}; Path=/; HttpOnly; SameSite=${sameSite}${info.isSecure ? '; Secure' : ''}`
    return { name: this.name, value, header }
  }

  /** A login on a connection that was given a cookie: from now on that stands for it. */
  remember({ authid, authrole, authmethod, authprovider }: Identity, realm: string | undefined, info: TransportInfo): void {
    const value = info.issuedCookies?.get(this.name)
    if (value === undefined || NOT_REMEMBERED.includes(authmethod)) return
    const user = authprovider === 'static' ? this.#known.user(authid) : undefined
    const provider = user === undefined ? 'dynamic' : 'static'
    this.logins.remember(value, { authid, role: authrole, realm, provider, method: authmethod, proof: proofOf(value, user) })
  }

  /** The user for whom a cookie stands. One whose options have changed since, or who is gone, has to log in anew. */
  userOf(value: string, info: TransportInfo): User | undefined {
    if (!this.#mayCross(info)) return undefined
    const login = this.logins.find(value)
    if (login === undefined) return undefined
    const user = this.#current(login, value)
    if (user === undefined) this.logins.forget(value)
    return user
  }

  #current({ authid, role, realm, provider, method, proof }: RememberedLogin, value: string): User | undefined {
    if (provider === 'dynamic') return this.#known.isAsked(method) ? userOf(authid, provider, { role, realm }) : undefined
    const user = this.#known.user(authid)
    return user !== undefined && isSame(proof, proofOf(value, user)) ? user : undefined
  }

  /** Browsers take cookies of some kinds only over TLS. */
  #mayCross(info: TransportInfo): boolean {
    const needsTls = this.#sameSite === 'none' || /^__(?:Host|Secure)-/i.test(this.name)
    return needsTls ? info.isSecure : this.#isPlainAllowed || isPrivate(info)
  }
}

/** Only who has the cookie can tell what the options were: a file that leaks helps nobody to guess a password. */
function proofOf(value: string, user: User | undefined): string {
  return user === undefined ? '' : hmac(value, JSON.stringify(user.options)).toString('base64url')
}

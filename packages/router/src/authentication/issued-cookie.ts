// The cookie that the router issues when a connection is opened: a new one for each, without meaning until a login on that
// connection. Never sent over WAMP.

import { randomBytes } from 'node:crypto'
import type { Identity } from '@trunkline/protocol'
import { UsageError } from '@trunkline/protocol'
import type { IssuedCookie, TransportInfo } from '../core/ports/index.ts'
import { cookieValue } from './cookie-header.ts'
import type { User } from './credentials.ts'
import { userOf } from './credentials.ts'
import { LoginPages } from './login-pages.ts'
import type { CookieOptions } from './options.ts'
import type { RememberedLogin, RememberedLogins } from './remembered-logins.ts'
import { hmac, isSame } from './secrets.ts'
import { isPrivate } from './ticket.ts'

const OCTETS = 32
const NAME = /^[\w!#$%&'*+.^`|~-]+$/
/** Methods whose logins a cookie does not remember. */
const NOT_REMEMBERED: readonly string[] = ['anonymous', 'cookie', 'tls', 'jwt', 'local']

/** The configured users, and the methods that a procedure decides about. */
export interface Known {
  readonly user: (authid: string) => User | undefined
  readonly isAsked: (method: string) => boolean
}

export class CookieIssuer {
  readonly name: string
  readonly logins: RememberedLogins
  readonly #pages: LoginPages
  readonly #sameSite: 'strict' | 'lax' | 'none'
  readonly #isPlainAllowed: boolean
  readonly #known: Known

  /**
   * @param isPlainAllowed whether it may cross a network without encryption
   * @throws {UsageError} when the options are not valid
   */
  constructor({ name, origins, issued }: CookieOptions, logins: RememberedLogins, isPlainAllowed: boolean, known: Known) {
    if (!NAME.test(name)) throw new UsageError(`'${name}' is not a valid name of a cookie`, 'TL_REALM')
    this.name = name
    this.logins = logins
    this.#pages = new LoginPages(origins)
    this.#sameSite = issued?.sameSite ?? 'strict'
    this.#isPlainAllowed = isPlainAllowed
    this.#known = known
    logins.keepUsers((authid) => known.user(authid) !== undefined)
  }

  /**
   * A cookie for a new connection from a page that may log in by cookie; none where the page already has a valid one.
   * Other values are not reused: an attacker may have planted them, to be logged in with them later.
   */
  issue(info: TransportInfo): IssuedCookie | undefined {
    if (info.origin === undefined || !this.#pages.has(info.origin) || !this.#mayCross(info)) return undefined
    const shown = cookieValue(info.cookie, this.name)
    if (shown !== undefined && this.userOf(shown, info) !== undefined) return undefined
    const value = randomBytes(OCTETS).toString('base64url')
    const age = Math.floor(this.logins.ageMs / 1000)
    const sameSite = `${this.#sameSite.slice(0, 1).toUpperCase()}${this.#sameSite.slice(1)}`
    const header = `${this.name}=${value}; Max-Age=${age}; Path=/; HttpOnly; SameSite=${sameSite}${info.isSecure ? '; Secure' : ''}`
    return { name: this.name, value, header }
  }

  /** Notes a login on a connection that was given a cookie: from now on the cookie stands for the login. */
  remember({ authid, authrole, authmethod, authprovider }: Identity, realm: string | undefined, info: TransportInfo): void {
    const value = info.issuedCookies?.get(this.name)
    if (value === undefined || NOT_REMEMBERED.includes(authmethod)) return
    const user = authprovider === 'static' ? this.#known.user(authid) : undefined
    const provider = user === undefined ? 'dynamic' : 'static'
    this.logins.remember(value, { authid, role: authrole, realm, provider, method: authmethod, proof: proofOf(value, user) })
  }

  /** The user that a cookie stands for. After a change of the user's options, or its removal, the cookie is void. */
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

  /** Whether the cookie may cross this connection. Browsers accept some kinds only over TLS. */
  #mayCross(info: TransportInfo): boolean {
    const needsTls = this.#sameSite === 'none' || /^__(?:Host|Secure)-/i.test(this.name)
    return needsTls ? info.isSecure : this.#isPlainAllowed || isPrivate(info)
  }
}

/** A digest of the user's options, keyed by the cookie: a leaked file does not help to guess a password. */
function proofOf(value: string, user: User | undefined): string {
  return user === undefined ? '' : hmac(value, JSON.stringify(user.options)).toString('base64url')
}

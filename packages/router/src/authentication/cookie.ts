// Method `cookie`: a cookie sent when the connection was opened identifies the client. Sets none.

import type { AuthenticationNext } from '@trunkline/protocol'
import { UsageError } from '@trunkline/protocol'
import { cookieValue } from './cookie-header.ts'
import type { DynamicMethod } from './dynamic.ts'
import type { CookieIssuer } from './issued-cookie.ts'
import type { User } from './credentials.ts'
import { userOf } from './credentials.ts'
import { LoginPages } from './login-pages.ts'
import type { Begun, Login, Method } from './method.ts'
import { admit } from './method.ts'
import type { CookieOptions } from './options.ts'
import { octetsOf, sha256 } from './secrets.ts'

export class CookieMethod implements Method {
  readonly name = 'cookie'
  readonly #options: CookieOptions
  readonly #pages: LoginPages
  /** By the SHA-256 of the value: how much of a digest a guess matches reveals nothing about the value. */
  readonly #users = new Map<string, User>()
  readonly #dynamic: DynamicMethod | undefined
  readonly #issuer: CookieIssuer | undefined

  /**
   * @param dynamic asks a procedure about other values
   * @param issuer knows the cookies that the router has issued
   */
  constructor(options: CookieOptions, dynamic: DynamicMethod | undefined, issuer: CookieIssuer | undefined) {
    this.#options = options
    this.#pages = new LoginPages(options.origins)
    this.#dynamic = dynamic
    this.#issuer = issuer
    if (issuer !== undefined && (options.static ?? options.procedure) !== undefined) {
      throw new UsageError('cookie.issued cannot be combined with static or procedure', 'TL_REALM')
    }
    for (const [text, { authid, role, realm }] of Object.entries(options.static ?? {})) {
      const digest = octetsOf(text, 32)
      if (digest === undefined) throw new UsageError('cookie.static: a key is not 64 hexadecimal digits', 'TL_REALM')
      this.#users.set(digest.toString('hex'), userOf(authid, 'static', { role, realm }))
    }
  }

  begin(login: Login, next: AuthenticationNext): Begun {
    const { info, request } = login
    const value = cookieValue(info.cookie, this.#options.name)
    if (value === undefined) return 'unable'
    // A browser adds its cookies whichever page opens the connection; other programs send no origin.
    if (info.origin !== undefined && !this.#pages.has(info.origin)) return 'unknown'
    const user = this.#issuer === undefined ? this.#users.get(sha256(value).toString('hex')) : this.#issuer.userOf(value, info)
    if (user !== undefined) {
      if (request.authid !== undefined && request.authid !== user.authid) return 'unknown'
      next(admit(login, user, 'cookie'))
    } else if (this.#dynamic === undefined) return 'unknown'
    else this.#dynamic.ask(login, { cookie: value }, next, (known) => next(admit(login, known, 'cookie')))
    return 'begun'
  }
}

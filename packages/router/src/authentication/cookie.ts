// Method `cookie`: a cookie that came with the opening of the WebSocket says who the client is. Sets none.

import type { AuthenticationNext } from '@trunkline/protocol'
import { UsageError } from '@trunkline/protocol'
import type { DynamicMethod } from './dynamic.ts'
import type { Begun, Login, Method, User } from './method.ts'
import { admit } from './method.ts'
import type { CookieOptions } from './options.ts'
import { octetsOf, sha256 } from './secrets.ts'

export class CookieMethod implements Method {
  readonly name = 'cookie'
  readonly #options: CookieOptions
  /** By the SHA-256 of the value: how far a guess agrees with one of these tells nothing of the value. */
  readonly #users = new Map<string, User>()
  readonly #dynamic: DynamicMethod | undefined

  /** @param dynamic asks about values that stand in no table */
  constructor(options: CookieOptions, dynamic: DynamicMethod | undefined) {
    this.#options = options
    this.#dynamic = dynamic
    for (const [text, { authid, role, realm }] of Object.entries(options.static ?? {})) {
      const digest = octetsOf(text, 32)
      if (digest === undefined) throw new UsageError('cookie.static: a key is not 64 hex digits', 'TL_REALM')
      this.#users.set(digest.toString('hex'), { authid, provider: 'static', options: { role, realm } })
    }
  }

  begin(login: Login, next: AuthenticationNext): Begun {
    const { info, request } = login
    const value = cookieValue(info.cookie, this.#options.name)
    if (value === undefined) return 'unable'
    // A browser adds its cookies whatever page opens the connection; other programs name no origin.
    if (info.origin !== undefined && !this.#options.origins.includes(info.origin)) return 'unknown'
    const user = this.#users.get(sha256(value).toString('hex'))
    if (user !== undefined) {
      if (request.authid !== undefined && request.authid !== user.authid) return 'unknown'
      next(admit(login, user, 'cookie'))
    } else if (this.#dynamic === undefined) return 'unknown'
    else this.#dynamic.ask(login, { cookie: value }, next, (known) => next(admit(login, known, 'cookie')))
    return 'begun'
  }
}

/** The value of a cookie in the header `Cookie` (RFC 6265). */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at < 0 || pair.slice(0, at).trim() !== name) continue
    const value = pair.slice(at + 1).trim()
    const bare = value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
    return bare === '' ? undefined : bare
  }
  return undefined
}

// Method `anonymous`: sessions without a login.

import type { AuthenticationNext } from '@trunkline/protocol'
import type { Ids, TransportInfo } from '../core/ports/index.ts'
import type { Begun, Login, Method } from './method.ts'

export class AnonymousMethod implements Method {
  readonly name = 'anonymous'
  readonly #role: string | undefined
  readonly #ids: Ids

  /** @param role undefined where only some listeners set a role */
  constructor(role: string | undefined, ids: Ids) {
    this.#role = role
    this.#ids = ids
  }

  isOpen(info: TransportInfo): boolean {
    return this.#roleFor(info) !== undefined
  }

  begin({ info }: Login, next: AuthenticationNext): Begun {
    const authrole = this.#roleFor(info)
    if (authrole === undefined) return 'unable'
    const authid = `anonymous-${this.#ids.random()}`
    next({ accept: { authid, authrole, authmethod: 'anonymous', authprovider: 'static' } })
    return 'begun'
  }

  #roleFor({ logins }: TransportInfo): string | undefined {
    return logins?.anonymous?.role ?? this.#role
  }
}

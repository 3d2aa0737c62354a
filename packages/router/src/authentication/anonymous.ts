// Method `anonymous`: sessions without a login.

import type { AuthenticationNext } from '@trunkline/protocol'
import type { Ids } from '../core/ports.ts'
import type { Begun, Login, Method } from './method.ts'

export class AnonymousMethod implements Method {
  readonly name = 'anonymous'
  readonly #role: string
  readonly #ids: Ids

  constructor(role: string, ids: Ids) {
    this.#role = role
    this.#ids = ids
  }

  begin(_login: Login, next: AuthenticationNext): Begun {
    const authid = `anonymous-${this.#ids.random()}`
    next({ accept: { authid, authrole: this.#role, authmethod: 'anonymous', authprovider: 'static' } })
    return 'begun'
  }
}

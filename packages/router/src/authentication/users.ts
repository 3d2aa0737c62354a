// The users of a realm, and made-up users for unknown names, so that a login does not reveal which users exist.

import type { User } from './credentials.ts'
import type { Method, Principal } from './method.ts'
import { hmac } from './secrets.ts'
import type { Model } from './user-table.ts'
import { UserTable } from './user-table.ts'

/** A longer name belongs to no user, and is not looked up. */
export const MOST_NAME_LENGTH = 1024

export class Users {
  readonly all: readonly User[]
  readonly #table: UserTable
  readonly #models: readonly Model[]
  readonly #key: Uint8Array

  /** @param key decides the challenges of made-up users, which stay the same while it does, like those of real users */
  constructor(table: UserTable, key: Uint8Array) {
    this.all = table.all
    this.#table = table
    this.#models = table.models()
    this.#key = key
  }

  /** The user of that name. */
  find(authid: string | undefined): Principal | undefined {
    const user = authid === undefined ? undefined : this.#table.find(authid)
    return user === undefined ? undefined : { authid: user.authid, user, isMadeUp: false, salt: () => '' }
  }

  /**
   * A made-up user of that name, modelled on a real user. The name alone decides on the model: a real user too has the same methods
   * whatever a client offers, in whatever order.
   */
  madeUp(authid: string | undefined): Principal | undefined {
    return this.#like(this.#models, authid)
  }

  /** A made-up user of that name, modelled on one of these, who need not be users of this realm. */
  madeUpLike(authid: string, users: readonly User[]): Principal | undefined {
    const table = new UserTable()
    for (const user of users) table.add(user)
    return this.#like(table.models(), authid)
  }

  /** A stand-in for a user, real or made-up, without any of the methods: it has the first method that any user has. */
  standIn(authid: string | undefined, methods: readonly Method[]): Principal | undefined {
    const method = methods.find(({ users }) => users !== undefined && users.length > 0)
    const able = new Set(method?.users)
    return this.#like(
      this.#models.filter(({ user }) => able.has(user)),
      authid,
    )
  }

  #like(models: readonly Model[], authid: string | undefined): Principal | undefined {
    if (authid === undefined || authid === '' || authid.length > MOST_NAME_LENGTH) return undefined
    let best: Model | undefined
    let most = Number.NEGATIVE_INFINITY
    for (const model of models) {
      const score = this.#score(model, authid)
      if (score > most) [best, most] = [model, score]
    }
    return best === undefined
      ? undefined
      : { authid, user: best.user, isMadeUp: true, salt: (method, length) => this.#salt(authid, method, length) }
  }

  /** Weighted rendezvous hashing: adding or removing a look changes only the names that get it or had it. */
  #score({ look, weight }: Model, authid: string): number {
    const part = (hmac(this.#key, `model ${look} ${authid}`).readUInt32BE() + 1) / (2 ** 32 + 1)
    return -weight / Math.log(part)
  }

  /** Different for each method, like the salts of a real user. */
  #salt(authid: string, method: string, length: number): string {
    let text = ''
    for (let i = 0; text.length < length; i++) text += hmac(this.#key, `salt ${method} ${i} ${authid}`).toString('base64url')
    return text.slice(0, length)
  }
}

// The users of a realm, and made-up ones for names that are nobody's, so that a login tells nothing about who exists.

import type { User } from './credentials.ts'
import type { Method, Principal } from './method.ts'
import { hmac } from './secrets.ts'
import type { Model } from './user-table.ts'
import { UserTable } from './user-table.ts'

/** A longer name is nobody's, and is not looked at. */
export const MOST_NAME_LENGTH = 1024

export class Users {
  readonly all: readonly User[]
  readonly #table: UserTable
  readonly #models: readonly Model[]
  readonly #key: Uint8Array

  /** @param key as long as it is the same, so is what a made-up user is shown, as it is for real ones */
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
   * Somebody of that name who does not exist, after the model of a real user. The name alone says which: a real user has
   * the same methods whatever a client offers, and in whatever order.
   */
  madeUp(authid: string | undefined): Principal | undefined {
    return this.#like(this.#models, authid)
  }

  /** Somebody of that name after one of these, who need not be users of this realm. */
  madeUpLike(authid: string, users: readonly User[]): Principal | undefined {
    const table = new UserTable()
    for (const user of users) table.add(user)
    return this.#like(table.models(), authid)
  }

  /** Somebody who stands in for a user, real or made up, who has none of the methods: with the first that any user has. */
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

  /** Weighted rendezvous hashing: a look that is added or taken away changes the names that get it or had it, and no others. */
  #score({ look, weight }: Model, authid: string): number {
    const part = (hmac(this.#key, `model ${look} ${authid}`).readUInt32BE() + 1) / (2 ** 32 + 1)
    return -weight / Math.log(part)
  }

  /** The salts that a real user has for two methods have nothing in common. */
  #salt(authid: string, method: string, length: number): string {
    let text = ''
    for (let i = 0; text.length < length; i++) text += hmac(this.#key, `salt ${method} ${i} ${authid}`).toString('base64url')
    return text.slice(0, length)
  }
}

// The users of a realm, and made-up ones for names that are nobody's, so that a login tells nothing about who exists.

import { randomBytes } from 'node:crypto'
import type { Principal, User } from './method.ts'
import type { UserOptions } from './options.ts'
import { hmac, sha256 } from './secrets.ts'

const MOST_NAME_LENGTH = 1024

export class Users {
  readonly all: readonly User[]
  readonly #byName: ReadonlyMap<string, User>
  /** The same as long as the users are, on every start and every node: what a made-up user is shown does not change. Their secrets keep it secret. */
  readonly #key: Buffer

  constructor(users: Readonly<Record<string, UserOptions>>) {
    this.all = Object.entries(users).map(([authid, options]) => ({ authid, provider: 'static', options }))
    this.#byName = new Map(this.all.map((user) => [user.authid, user]))
    this.#key = this.all.length > 0 ? sha256(JSON.stringify(users)) : randomBytes(32)
  }

  /** The user of that name. */
  find(authid: string | undefined): Principal | undefined {
    const user = authid === undefined ? undefined : this.#byName.get(authid)
    return user === undefined ? undefined : { authid: user.authid, user, isMadeUp: false, salt: () => '' }
  }

  /** Somebody of that name who does not exist, after the model of a real user; for one name always the same. */
  madeUp(authid: string | undefined, models: readonly User[]): Principal | undefined {
    if (authid === undefined || authid === '' || authid.length > MOST_NAME_LENGTH || models.length === 0) return undefined
    const user = models[hmac(this.#key, `model ${authid}`).readUInt32BE() % models.length]
    return user === undefined ? undefined : { authid, user, isMadeUp: true, salt: (length) => this.#salt(authid, length) }
  }

  #salt(authid: string, length: number): string {
    let text = ''
    for (let i = 0; text.length < length; i++) text += hmac(this.#key, `salt ${i} ${authid}`).toString('base64url')
    return text.slice(0, length)
  }
}

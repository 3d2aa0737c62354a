// The users of a realm, and made-up ones for names that are nobody's, so that a login tells nothing about who exists.

import type { Principal, User } from './method.ts'
import type { UserOptions } from './options.ts'
import { hmac, sha256 } from './secrets.ts'

const MOST_NAME_OCTETS = 1024

export class Users {
  readonly all: readonly User[]
  readonly #byName: ReadonlyMap<string, User>
  readonly #revealsUnknown: boolean
  /** The same as long as the users are, on every start and every node: what a made-up user is shown does not change. */
  readonly #key: Buffer

  constructor(users: Readonly<Record<string, UserOptions>>, revealsUnknown: boolean) {
    this.all = Object.entries(users).map(([authid, options]) => ({ authid, options }))
    this.#byName = new Map(this.all.map((user) => [user.authid, user]))
    this.#revealsUnknown = revealsUnknown
    this.#key = sha256(JSON.stringify(users))
  }

  get(authid: string): User | undefined {
    return this.#byName.get(authid)
  }

  /** The user of that name; for an unknown name one made up after the model of another user, always the same. */
  find(authid: string | undefined): Principal | 'unknown' | undefined {
    if (authid === undefined || authid === '' || authid.length > MOST_NAME_OCTETS) return undefined
    const user = this.#byName.get(authid)
    const salt = (length: number): string => this.#salt(authid, length)
    if (user !== undefined) return { authid, user, isMadeUp: false, salt }
    if (this.#revealsUnknown) return 'unknown'
    const model = this.all[hmac(this.#key, `model ${authid}`).readUInt32BE() % this.all.length]
    return model === undefined ? undefined : { authid, user: model, isMadeUp: true, salt }
  }

  #salt(authid: string, length: number): string {
    let text = ''
    for (let i = 0; text.length < length; i++) text += hmac(this.#key, `salt ${i} ${authid}`).toString('base64url')
    return text.slice(0, length)
  }
}

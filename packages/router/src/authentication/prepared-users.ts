// Tables of users, prepared in turns of their own, so that creating or changing a realm with many users takes only a short turn.
// Later changes inside the options are not seen. A table is dropped together with the options it was made from.

import type { User } from './credentials.ts'
import { userOf } from './credentials.ts'
import type { UserOptions, UsersOptions } from './options.ts'
import { UserTable } from './user-table.ts'

/** Users that are added in one turn. */
const AT_A_TIME = 200

export class PreparedUsers {
  /** By the identity of the options object. */
  readonly #tables = new WeakMap<UsersOptions, UserTable>()
  readonly #users = new WeakMap<UserOptions, User>()

  /** The table of these users: the one prepared or made before, else a new one. */
  tableOf(users: UsersOptions): UserTable {
    const known = this.#tables.get(users)
    if (known !== undefined) return known
    const table = new UserTable()
    for (const [authid, options] of Object.entries(users)) table.add(this.#userOf(authid, options))
    this.#tables.set(users, table)
    return table
  }

  /**
   * Prepares the table of these users. Users made before are reused with their derived keys.
   * @param nextTurn resolves in a later turn, after other work
   * @throws {UsageError} (rejects) when the options of a user are not valid
   */
  async prepare(users: UsersOptions, nextTurn: () => Promise<unknown>): Promise<void> {
    if (this.#tables.has(users)) return
    const table = new UserTable()
    for (const [i, authid] of Object.keys(users).entries()) {
      if (i % AT_A_TIME === AT_A_TIME - 1) await nextTurn()
      const options = users[authid]
      if (options !== undefined) table.add(this.#userOf(authid, options))
    }
    this.#tables.set(users, table)
  }

  #userOf(authid: string, options: UserOptions): User {
    const before = this.#users.get(options)
    if (before?.authid === authid) return before
    const user = userOf(authid, 'static', options)
    this.#users.set(options, user)
    return user
  }
}

// Tables of users that were made beforehand, in turns of their own, so that a realm with many of them is made or changed in
// a short one. Options are taken as they were when they first came. A table is forgotten with the options that it was made of.

import type { User } from './credentials.ts'
import { userOf } from './credentials.ts'
import type { UserOptions, UsersOptions } from './options.ts'
import { UserTable } from './user-table.ts'

/** Users that are added in one turn. */
const AT_A_TIME = 200

export class PreparedUsers {
  /** By the options, the very same object. */
  readonly #tables = new WeakMap<UsersOptions, UserTable>()
  readonly #users = new WeakMap<UserOptions, User>()

  /** The table of these users: as it was prepared or made before, else made now. */
  tableOf(users: UsersOptions): UserTable {
    const known = this.#tables.get(users)
    if (known !== undefined) return known
    const table = new UserTable()
    for (const [authid, options] of Object.entries(users)) table.add(this.#userOf(authid, options))
    this.#tables.set(users, table)
    return table
  }

  /**
   * Prepares the table of these users. What was made of a user before is taken again: keys that were derived stay so.
   * @param nextTurn resolves when others have had theirs
   * @throws {UsageError} (rejects) when the options of one cannot work
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

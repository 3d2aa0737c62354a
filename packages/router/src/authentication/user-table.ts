// Users by name, and how those look whom a client cannot tell from each other. Knows no secret but what users have.

import type { User } from './credentials.ts'

/** Users who look alike are one model; of more, only those with the most users. Each costs a digest at a login. */
const MOST_MODELS = 64

/** A user as a challenge shows it, and how many users it stands for. */
export interface Model {
  readonly user: User
  /** What is shown, as a text. */
  readonly look: string
  readonly weight: number
}

export class UserTable {
  readonly all: User[] = []
  readonly #byName = new Map<string, User>()
  readonly #alike = new Map<string, { readonly user: User; count: number }>()

  /** The user of that name. */
  find(authid: string): User | undefined {
    return this.#byName.get(authid)
  }

  add(user: User): void {
    const { look } = user.credentials
    this.all.push(user)
    this.#byName.set(user.authid, user)
    const others = this.#alike.get(look)
    if (others === undefined) this.#alike.set(look, { user, count: 1 })
    else others.count++
  }

  /** One model for all users who look alike. Weights are powers of four: a user more or less seldom changes what other names are shown. */
  models(): readonly Model[] {
    const models = [...this.#alike].map(([look, { user, count }]) => ({ user, look, weight: 4 ** Math.floor(Math.log2(count) / 2) }))
    return models.length <= MOST_MODELS ? models : models.toSorted((a, b) => b.weight - a.weight).slice(0, MOST_MODELS)
  }
}

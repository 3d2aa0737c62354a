// Users by name, and groups of users that look alike to a client. Knows no other secrets than those of the users.

import type { User } from './credentials.ts'

/** Users that look alike form one model; of more models only those with the most users are kept. Each costs a digest at a login. */
const MOST_MODELS = 64

/** A user as challenges show it, and how many users it stands for. */
export interface Model {
  readonly user: User
  /** What challenges show, as a text. */
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

  /** One model for all users that look alike. Weights are powers of four: one user more or less rarely changes the challenges of others. */
  models(): readonly Model[] {
    const models = [...this.#alike].map(([look, { user, count }]) => ({ user, look, weight: 4 ** Math.floor(Math.log2(count) / 2) }))
    return models.length <= MOST_MODELS ? models : models.toSorted((a, b) => b.weight - a.weight).slice(0, MOST_MODELS)
  }
}

// The users of a realm, and made-up ones for names that are nobody's, so that a login tells nothing about who exists.

import type { Method, Principal, User } from './method.ts'
import type { CraOptions, UserOptions } from './options.ts'
import { hmac } from './secrets.ts'
import { DEFAULT_ITERATIONS, DEFAULT_KEY_OCTETS } from './wampcra.ts'

const MOST_NAME_LENGTH = 1024
/** Users who look alike are one model; of more, only those with the most users. Each costs a digest at a login. */
const MOST_MODELS = 64

/** A user as a challenge shows it, and how many users it stands for. */
interface Model {
  readonly user: User
  /** What is shown, as a text. */
  readonly look: string
  readonly weight: number
}

export class Users {
  readonly all: readonly User[]
  readonly #byName: ReadonlyMap<string, User>
  readonly #models: readonly Model[]
  readonly #key: Uint8Array

  /** @param key as long as it is the same, so is what a made-up user is shown, as it is for real ones */
  constructor(users: Readonly<Record<string, UserOptions>>, key: Uint8Array) {
    this.all = Object.entries(users).map(([authid, options]) => ({ authid, provider: 'static', options }))
    this.#byName = new Map(this.all.map((user) => [user.authid, user]))
    this.#models = modelsOf(this.all)
    this.#key = key
  }

  /** The user of that name. */
  find(authid: string | undefined): Principal | undefined {
    const user = authid === undefined ? undefined : this.#byName.get(authid)
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
    return this.#like(modelsOf(users), authid)
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
    return best === undefined ? undefined : { authid, user: best.user, isMadeUp: true, salt: (length) => this.#salt(authid, length) }
  }

  /** Weighted rendezvous hashing: a look that is added or taken away changes the names that get it or had it, and no others. */
  #score({ look, weight }: Model, authid: string): number {
    const part = (hmac(this.#key, `model ${look} ${authid}`).readUInt32BE() + 1) / (2 ** 32 + 1)
    return -weight / Math.log(part)
  }

  #salt(authid: string, length: number): string {
    let text = ''
    for (let i = 0; text.length < length; i++) text += hmac(this.#key, `salt ${i} ${authid}`).toString('base64url')
    return text.slice(0, length)
  }
}

/** One model for all users who look alike. Weights are powers of four: a user more or less seldom changes what other names are shown. */
function modelsOf(users: readonly User[]): readonly Model[] {
  const alike = new Map<string, { readonly user: User; count: number }>()
  for (const user of users) {
    const look = lookOf(user)
    const others = alike.get(look)
    if (others === undefined) alike.set(look, { user, count: 1 })
    else others.count++
  }
  const models = [...alike].map(([look, { user, count }]) => ({ user, look, weight: 4 ** Math.floor(Math.log2(count) / 2) }))
  return models.length <= MOST_MODELS ? models : models.toSorted((a, b) => b.weight - a.weight).slice(0, MOST_MODELS)
}

/** What a client that is no user can see of one: the methods, and what their challenges show. */
export function lookOf({ options: { role, ticket, wampcra, scram } }: User): string {
  const { kdf, iterations, memory, dialect = 'specified', salt } = scram ?? {}
  return JSON.stringify([
    ticket !== undefined,
    wampcra === undefined ? null : [role, ...craLook(wampcra)],
    scram === undefined ? null : [kdf, iterations, memory, dialect, salt?.length],
  ])
}

function craLook(options: CraOptions): readonly number[] {
  if ('secret' in options) return []
  const { salt, iterations = DEFAULT_ITERATIONS, keylen = DEFAULT_KEY_OCTETS } = options
  return [salt.length, iterations, keylen]
}

// Splits a configuration into pieces that each take little time to pass from one thread to another, with some of the users
// at a time.

import { isDeepStrictEqual } from 'node:util'
import type { UserOptions } from '@trunkline/router'
import type { Config } from './config.ts'
import type { LoadedTls } from './listeners.ts'
import type { UserDocument } from './schema.ts'

/** A part of a configuration. */
export type Piece =
  /** All but the users. */
  | { readonly head: Config }
  /** Some users of one realm: the name, with the user in the document and in the router's options. */
  | { readonly realm: string; readonly users: readonly (readonly [string, UserDocument, UserOptions])[] }
  /** All users of that realm have arrived. */
  | { readonly finished: string }

const AT_A_TIME = 250

/** The pieces of a configuration. */
export function* piecesOf(config: Config): Generator<Piece> {
  yield { head: withoutUsers(config) }
  for (const [realm, { users = {} }] of Object.entries(config.document.realms)) {
    const options = config.router.realms[realm]?.authentication?.users ?? {}
    const all = Object.entries(users).map(([name, user]) => [name, user, options[name] ?? { role: user.role }] as const)
    for (let i = 0; i < all.length; i += AT_A_TIME) yield { realm, users: all.slice(i, i + AT_A_TIME) }
    if (all.length > 0) yield { finished: realm }
  }
}

/** Joins the pieces of a configuration. Unchanged parts stay the same objects as before, which are fast to compare. */
export class Assembly {
  readonly #before: Config | undefined
  /** The realms with a changed user. */
  readonly #changed = new Set<string>()
  #config: Config | undefined

  constructor(before?: Config) {
    this.#before = before
  }

  /** @throws {Error} when the first piece is missing */
  get config(): Config {
    if (this.#config === undefined) throw new Error('no part of the configuration has come')
    return this.#config
  }

  add(piece: Piece): void {
    if ('head' in piece) this.#config = { ...piece.head, listeners: piece.head.listeners.map(withBuffers) }
    else if ('users' in piece) this.#addUsers(piece.realm, piece.users)
    else this.#finish(piece.finished)
  }

  #addUsers(realm: string, users: readonly (readonly [string, UserDocument, UserOptions])[]): void {
    const [now, before] = [usersIn(this.config, realm), usersIn(this.#before, realm)]
    for (const [name, user, option] of users) {
      const [document, options] = [own(before.documents, name), own(before.options, name)]
      const isSame = isDeepStrictEqual(document, user) && isDeepStrictEqual(options, option)
      if (!isSame) this.#changed.add(realm)
      define(now.documents, name, isSame ? document : user)
      define(now.options, name, isSame ? options : option)
    }
  }

  /** Ends the users of a realm; if none has changed, all of them stay the same object. */
  #finish(realm: string): void {
    const { document, router } = this.config
    const [now, before] = [usersIn(this.config, realm), usersIn(this.#before, realm)]
    if (this.#changed.has(realm) || before.documents === undefined || before.options === undefined) return
    if (Object.keys(now.documents ?? {}).length !== Object.keys(before.documents).length) return
    const [inDocument, inRouter] = [own(document.realms, realm), own(router.realms, realm)]
    define(document.realms, realm, { ...inDocument, users: before.documents })
    define(router.realms, realm, { ...inRouter, authentication: { ...inRouter?.authentication, users: before.options } })
  }
}

/** The users of a realm, in the document and in the router's options. */
function usersIn(config: Config | undefined, realm: string) {
  return {
    documents: own(config?.document.realms, realm)?.users,
    options: own(config?.router.realms, realm)?.authentication?.users,
  }
}

function own<Value>(members: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return members !== undefined && Object.hasOwn(members, name) ? members[name] : undefined
}

function withoutUsers(config: Config): Config {
  const realms = mapValues(config.document.realms, (realm) => (realm.users === undefined ? realm : { ...realm, users: {} }))
  const options = mapValues(config.router.realms, (realm) =>
    realm.authentication === undefined ? realm : { ...realm, authentication: { ...realm.authentication, users: {} } },
  )
  return { ...config, document: { ...config.document, realms }, router: { ...config.router, realms: options } }
}

/** Makes Buffers again, since octets pass between threads as plain arrays. */
function withBuffers<Listener extends { readonly tls: LoadedTls | undefined }>(listener: Listener): Listener {
  const { tls } = listener
  if (tls === undefined) return listener
  const { cert, key, ca } = tls
  return {
    ...listener,
    tls: { ...tls, cert: Buffer.from(cert), key: Buffer.from(key), ca: ca === undefined ? undefined : Buffer.from(ca) },
  }
}

/** Makes an own property, whatever its name. */
function define(target: object | undefined, name: string, value: unknown): void {
  if (target !== undefined) Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true })
}

function mapValues<Value>(members: Readonly<Record<string, Value>>, map: (value: Value) => Value): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, map(value)]))
}

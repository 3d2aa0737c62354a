// A configuration in pieces that each take little time to hand over from one thread to another: of many users, some at a
// time. Reads no file.

import type { UserOptions } from '@trunkline/router'
import type { Config } from './config.ts'
import type { LoadedTls } from './listeners.ts'
import type { UserDocument } from './schema.ts'

/** A part of a configuration. */
export type Piece =
  /** All but the users. */
  | { readonly head: Config }
  /** Some users of one realm: the name, and what it is in the document and for the router. */
  | { readonly realm: string; readonly users: readonly (readonly [string, UserDocument, UserOptions])[] }

const AT_A_TIME = 500

/** The pieces of a configuration. */
export function* piecesOf(config: Config): Generator<Piece> {
  yield { head: withoutUsers(config) }
  for (const [realm, { users = {} }] of Object.entries(config.document.realms)) {
    const options = config.router.realms[realm]?.authentication?.users ?? {}
    const all = Object.entries(users).map(([name, user]) => [name, user, options[name] ?? user] as const)
    for (let i = 0; i < all.length; i += AT_A_TIME) yield { realm, users: all.slice(i, i + AT_A_TIME) } as Piece
  }
}

/** Puts a configuration together again. */
export class Assembly {
  #config: Config | undefined

  /** @throws {Error} when the first piece is missing */
  get config(): Config {
    if (this.#config === undefined) throw new Error('no part of the configuration has come')
    return this.#config
  }

  add(piece: Piece): void {
    if ('head' in piece) this.#config = { ...piece.head, listeners: piece.head.listeners.map(withBuffers) }
    else this.#addUsers(piece.realm, piece.users)
  }

  #addUsers(realm: string, users: readonly (readonly [string, UserDocument, UserOptions])[]): void {
    const { document, router } = this.config
    const [documents, options] = [document.realms[realm]?.users, router.realms[realm]?.authentication?.users]
    for (const [name, user, option] of users) {
      define(documents, name, user)
      define(options, name, option)
    }
  }
}

function withoutUsers(config: Config): Config {
  const realms = mapValues(config.document.realms, (realm) => (realm.users === undefined ? realm : { ...realm, users: {} }))
  const options = mapValues(config.router.realms, (realm) =>
    realm.authentication === undefined ? realm : { ...realm, authentication: { ...realm.authentication, users: {} } },
  )
  return { ...config, document: { ...config.document, realms }, router: { ...config.router, realms: options } }
}

/** Octets come over as plain arrays of them. */
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

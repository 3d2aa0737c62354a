// How the clients of a realm may log in, as its owner says it. Types only.

import type { Dict } from '@trunkline/protocol'

/**
 * The ways to log in. A client names its methods in the order of its preference; the first one that is here and that
 * the named user has is used.
 */
export interface AuthenticationOptions {
  /** Sessions without a login, method `anonymous`. Each gets an authid of its own. */
  readonly anonymous?: { readonly role: string } | undefined
  /** The users by authid. */
  readonly users?: Readonly<Record<string, UserOptions>> | undefined
  /** The router's own key for `cryptosign` (32 octets in hex): it then proves itself to clients that ask for it. */
  readonly routerKey?: string | undefined
  /** Takes tickets from anywhere. Default false: a secret crosses as it is only over TLS, loopback and Unix sockets. */
  readonly plainTickets?: boolean | undefined
  /** For debugging: unknown names are told so (`no_such_principal`), in place of a challenge that nobody can answer. */
  readonly revealsUnknown?: boolean | undefined
}

/** One user. Each method given is one that the user may choose. */
export interface UserOptions {
  /** A role of the realm. */
  readonly role: string
  /** Method `ticket`: the text itself, or the SHA-256 of it in hex. */
  readonly ticket?: string | { readonly sha256: string } | undefined
  readonly wampcra?: CraOptions | undefined
  readonly scram?: ScramOptions | undefined
  /** Method `cryptosign`: the user's Ed25519 public keys, each 32 octets in hex. */
  readonly cryptosign?: { readonly publicKeys: readonly string[] } | undefined
  /** Told to the client in WELCOME (`authextra`). */
  readonly extra?: Dict | undefined
}

/**
 * Method `wampcra`. One of:
 * - `secret`: what both sides have.
 * - `password`: the key is derived of it when the router starts; the client derives it too.
 * - `key`: the derived key in Base64, so that the password stands nowhere.
 */
export type CraOptions =
  | { readonly secret: string }
  | {
      readonly password: string
      /** Used as the text that it is. One of its own for each user. */
      readonly salt: string
      /** Default 100,000. */
      readonly iterations?: number | undefined
      /** Octets. Default 32. */
      readonly keylen?: number | undefined
    }
  | { readonly key: string; readonly salt: string; readonly iterations: number; readonly keylen: number }

/** Method `wamp-scram`, or with the dialect of Autobahn `scram`. */
export type ScramOptions = {
  readonly kdf: 'pbkdf2' | 'argon2id13'
  /** Random octets in hex, at least 8, others for each user. */
  readonly salt: string
  readonly iterations: number
  /** KiB; for `argon2id13`, and needed there. */
  readonly memory?: number | undefined
  /** How the client speaks: `autobahn` for clients of Autobahn and Crossbar.io. Default `specified`. */
  readonly dialect?: 'specified' | 'autobahn' | undefined
} & (
  | { readonly password: string }
  | {
      /** Derived of the password before, in hex, so that it stands nowhere. */
      readonly storedKey: string
      readonly serverKey: string
    }
)

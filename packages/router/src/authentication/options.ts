// How the clients of a realm may log in, as its owner says it. Types only.

import type { Dict } from '@trunkline/protocol'

/** Users by authid. */
export type UsersOptions = Readonly<Record<string, UserOptions>>

/**
 * The ways to log in. A client names its methods in the order of its preference; the first one that is here and that
 * the named user has is used.
 */
export interface AuthenticationOptions {
  /** Sessions without a login, method `anonymous`. Each gets an authid of its own. */
  readonly anonymous?: { readonly role: string } | undefined
  /** The users by authid. */
  readonly users?: UsersOptions | undefined
  /** Method `jwt`, and tokens shown as a ticket. */
  readonly jwt?: JwtOptions | undefined
  /** Method `cookie`. */
  readonly cookie?: CookieOptions | undefined
  /** Procedures that say who a client is, each for methods of its own. Asked for users that are not in `users`. */
  readonly dynamic?: readonly DynamicAuthenticatorOptions[] | undefined
  /** The router's own key for `cryptosign` (32 octets in hex): it then proves itself to clients that ask for it. */
  readonly routerKey?: string | undefined
  /**
   * A secret text by which names that do not exist are shown the same each time, as real users are, over restarts and on
   * every node. Default: made of `routerKey`; without it of the users as they are when the realm is opened.
   */
  readonly loginSecret?: string | undefined
  /** Takes tickets from anywhere. Default false: a secret crosses as it is only over TLS, loopback and Unix sockets. */
  readonly plainTickets?: boolean | undefined
  /** For debugging: unknown names are told so (`no_such_principal`), in place of a challenge that nobody can answer. */
  readonly revealsUnknown?: boolean | undefined
}

/** One user. Each method given is one that the user may choose. */
export interface UserOptions {
  /** A role of the realm that the user joins. */
  readonly role: string
  /** The realm that the user joins, whichever it asked for. Default: this one. */
  readonly realm?: string | undefined
  /** Method `ticket`: the text itself, or the SHA-256 of it in hex. */
  readonly ticket?: string | { readonly sha256: string } | undefined
  readonly wampcra?: CraOptions | undefined
  readonly scram?: ScramOptions | undefined
  /** Method `cryptosign`: the user's Ed25519 public keys, each 32 octets in hex. */
  readonly cryptosign?: { readonly publicKeys: readonly string[] } | undefined
  /**
   * Method `tls`: the client's certificate, by the SHA-256 of it in hex, or by the common name of its subject where an
   * authority that the listener trusts vouches for it. The listener has to ask for one (`requestCert`).
   */
  readonly tls?: { readonly sha256?: readonly string[] | undefined; readonly subject?: string | undefined } | undefined
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

/** Where a procedure is to be had, and how far its word goes. */
interface AskedProcedure {
  /** The realm in which it is registered. Default: the one that the client wants to join. */
  readonly realm?: string | undefined
  /** The realms into which it may put a client that asked for this one. Default: none. */
  readonly assigns?: readonly string[] | undefined
}

/**
 * A procedure, in the form of Crossbar.io's dynamic authenticators: called with `[realm, authid, details]`. It answers
 * the role, or a dict:
 * - `role`, and if need be another `authid`, `extra` for WELCOME, and `realm`: one of `assigns`, which the client then joins
 * - `wampcra`: `secret`, and where it is derived `salt`, `iterations`, `keylen`
 * - `wamp-scram`, `scram`: `kdf`, `salt`, `iterations`, `memory`, `stored-key`, `server-key`, all in hex
 * - `cryptosign`: `pubkey`, or a list of them
 * - `ticket`, `jwt`: what the client showed stands in `details.ticket`; without `ticket` in the answer the role lets it in
 *
 * `null`, `false` or an error of the application's own refuses the client.
 */
export interface DynamicAuthenticatorOptions extends AskedProcedure {
  readonly procedure: string
  /** The methods that it decides about. Methods that the router does not know are let in without a challenge. */
  readonly methods: readonly string[]
  /** No answer for so long fails the login. Default 5 s. */
  readonly deadlineMs?: number | undefined
}

/** Who has a cookie. */
export interface CookieUser {
  readonly authid: string
  /** A role of the realm that the user joins. */
  readonly role: string
  /** The realm that the user joins, whichever it asked for. Default: this one. */
  readonly realm?: string | undefined
}

/** A cookie that the application sets (`HttpOnly`, `Secure`, `SameSite`) or the router, read when the WebSocket is opened. */
export interface CookieOptions extends AskedProcedure {
  readonly name: string
  /** The pages that may log in so, for example `https://shop.example.com`: a browser adds its cookies for any page. */
  readonly origins: readonly string[]
  /** Who has which cookie, by the SHA-256 of its value in hex. */
  readonly static?: Readonly<Record<string, CookieUser>> | undefined
  /** Asked about other values as a dynamic authenticator is; the value stands in `details.cookie`. */
  readonly procedure?: string | undefined
  /**
   * The router itself issues the cookie when a page of `origins` opens a connection; a login on that connection gives it its
   * meaning. In place of `static` and `procedure`.
   */
  readonly issued?: IssuedCookieOptions | undefined
}

/** A cookie of the router's own: 256 random bits, `HttpOnly`, `Path=/`, `Secure` over TLS, for the host alone. */
export interface IssuedCookieOptions {
  /** How long it is good after the login. Default 7 days. */
  readonly ageMs?: number | undefined
  /** Whether browsers send it when a page of another site opens the connection (`none`; over TLS only). Default `strict`. */
  readonly sameSite?: 'strict' | 'lax' | 'none' | undefined
  /** Cookies of all users that are remembered, at most 16 of one; the one used longest ago goes. Default 10,000. */
  readonly most?: number | undefined
  /** Where they are remembered, by their digests. Default: in memory, until the router stops. */
  readonly file?: string | undefined
}

/** JSON Web Tokens (RFC 7519). They need `exp`; the session ends then, unless `trunkline.auth.renew` gets a new one. */
export interface JwtOptions {
  /** The signature algorithms that are taken, for example `['EdDSA', 'ES256']`. */
  readonly algorithms: readonly string[]
  /** The keys; a token that names one by `kid` is judged by that alone. */
  readonly keys?: readonly JwtKey[] | undefined
  /** Where the keys are published (JWKS). Fetched when needed, and again when a token names an unknown one. */
  readonly jwks?: string | undefined
  readonly issuer?: string | readonly string[] | undefined
  readonly audience?: string | readonly string[] | undefined
  /** The claims that tell who the client is. A dot leads into a dict, as in `realm_access.roles`. */
  readonly claims?:
    | {
        /** Default `sub`. */
        readonly authid?: string | undefined
        /** A role, or a list of which the first role of the realm is taken. Default `role`. */
        readonly authrole?: string | undefined
        /** The realms for which the token is good: a name or a list. Default: any that takes its issuer and audience. */
        readonly realm?: string | undefined
      }
    | undefined
  /** The role of tokens that name none. */
  readonly role?: string | undefined
  /** How far the clock of who makes tokens and ours may be apart. Default 5. */
  readonly toleranceSeconds?: number | undefined
}

/** One key: a shared secret of 32 octets or more as text, or a public key as PEM, JWK or a file that holds one of the two. */
export type JwtKey = { readonly kid?: string | undefined } & (
  | { readonly secret: string }
  | { readonly pem: string }
  | { readonly jwk: Dict }
  | { readonly file: string }
)

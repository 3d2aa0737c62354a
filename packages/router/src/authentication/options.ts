// The options for logins to a realm. Types only.

import type { Dict } from '@trunkline/protocol'

/** Users by authid. */
export type UsersOptions = Readonly<Record<string, UserOptions>>

/**
 * The ways to log in. A client names its methods in order of preference; the first that is configured here and that the
 * named user has is used.
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
  /** Procedures that identify clients, each for methods of its own. Called for users that are not in `users`. */
  readonly dynamic?: readonly DynamicAuthenticatorOptions[] | undefined
  /** The router's own key for `cryptosign` (32 octets in hex): it then proves itself to clients that ask for it. */
  readonly routerKey?: string | undefined
  /**
   * A secret text by which unknown names get the same challenges each time, as real users do, over restarts and on every node.
   * Default: derived from `routerKey`; without it from the users as they are when the realm is opened.
   */
  readonly loginSecret?: string | undefined
  /** Accepts tickets over any connection. Default false: a secret crosses unencrypted only on loopback and Unix sockets. */
  readonly plainTickets?: boolean | undefined
  /** For debugging: unknown names get the error `no_such_principal`, in place of a challenge that no client can answer. */
  readonly revealsUnknown?: boolean | undefined
}

/** One user. The user may choose among the methods given here. */
export interface UserOptions {
  /** A role of the realm that the user joins. */
  readonly role: string
  /** The realm that the user joins, whichever it asked for. Default: this one. */
  readonly realm?: string | undefined
  /** Method `ticket`: the text itself, or its SHA-256 in hex. */
  readonly ticket?: string | { readonly sha256: string } | undefined
  readonly wampcra?: CraOptions | undefined
  readonly scram?: ScramOptions | undefined
  /** Method `cryptosign`: the user's Ed25519 public keys, each 32 octets in hex. */
  readonly cryptosign?: { readonly publicKeys: readonly string[] } | undefined
  /**
   * Method `tls`: the client's certificate, by its SHA-256 in hex, or by the common name of its subject where an authority that the
   * listener trusts has signed it. The listener has to ask for one (`requestCert`).
   */
  readonly tls?: { readonly sha256?: readonly string[] | undefined; readonly subject?: string | undefined } | undefined
  /** Sent to the client in WELCOME (`authextra`). */
  readonly extra?: Dict | undefined
}

/**
 * Method `wampcra`. One of:
 * - `secret`: a secret that both sides know.
 * - `password`: the router derives the key from it at start; the client derives it too.
 * - `key`: the derived key in Base64, so that the password is stored nowhere.
 */
export type CraOptions =
  | { readonly secret: string }
  | {
      readonly password: string
      /** Used as text, not decoded. A different one for each user. */
      readonly salt: string
      /** Default 100,000. */
      readonly iterations?: number | undefined
      /** Octets. Default 32. */
      readonly keylen?: number | undefined
    }
  | { readonly key: string; readonly salt: string; readonly iterations: number; readonly keylen: number }

/** Method `wamp-scram`, or `scram` in Autobahn's dialect. */
export type ScramOptions = {
  readonly kdf: 'pbkdf2' | 'argon2id13'
  /** Random octets in hex, at least 8, different for each user. */
  readonly salt: string
  readonly iterations: number
  /** KiB; required for `argon2id13`, and only used there. */
  readonly memory?: number | undefined
  /** The client's dialect: `autobahn` for clients of Autobahn and Crossbar.io. Default `specified`. */
  readonly dialect?: 'specified' | 'autobahn' | undefined
} & (
  | { readonly password: string }
  | {
      /** Derived from the password beforehand, in hex, so that the password is stored nowhere. */
      readonly storedKey: string
      readonly serverKey: string
    }
)

/** Where a procedure is registered, and what it may decide. */
interface AskedProcedure {
  /** The realm in which it is registered. Default: the one that the client wants to join. */
  readonly realm?: string | undefined
  /** The realms that it may assign to a client that asked for this one. Default: none. */
  readonly assigns?: readonly string[] | undefined
}

/**
 * A procedure, in the form of Crossbar.io's dynamic authenticators: called with `[realm, authid, details]`. It answers
 * the role, or a dict:
 * - `role`, and if need be another `authid`, `extra` for WELCOME, and `realm`: one of `assigns`, which the client then joins
 * - `wampcra`: `secret`, and where it is derived `salt`, `iterations`, `keylen`
 * - `wamp-scram`, `scram`: `kdf`, `salt`, `iterations`, `memory`, `stored-key`, `server-key`, all in hex
 * - `cryptosign`: `pubkey`, or a list of them
 * - `ticket`, `jwt`: `details.ticket` holds what the client sent; an answer without `ticket` accepts it with the role
 *
 * `null`, `false` or an error of the application's own refuses the client.
 */
export interface DynamicAuthenticatorOptions extends AskedProcedure {
  readonly procedure: string
  /** The methods that it decides about. With methods that the router does not know, clients log in without a challenge. */
  readonly methods: readonly string[]
  /** A login fails without an answer in this time. Default 5 s. */
  readonly deadlineMs?: number | undefined
}

/** The user of a cookie. */
export interface CookieUser {
  readonly authid: string
  /** A role of the realm that the user joins. */
  readonly role: string
  /** The realm that the user joins, whichever it asked for. Default: this one. */
  readonly realm?: string | undefined
}

/** A cookie that the application (`HttpOnly`, `Secure`, `SameSite`) or the router sets, read when the WebSocket is opened. */
export interface CookieOptions extends AskedProcedure {
  readonly name: string
  /**
   * The pages that may log in by it, for example `https://shop.example.com`, or `https://*.example.com` for every name of one label
   * more: a browser adds its cookies for any page.
   */
  readonly origins: readonly string[]
  /** The users by the SHA-256 of their cookie's value, in hex. */
  readonly static?: Readonly<Record<string, CookieUser>> | undefined
  /** Called for other values like a dynamic authenticator; `details.cookie` holds the value. */
  readonly procedure?: string | undefined
  /**
   * The router itself issues the cookie when a page of `origins` opens a connection; after a login on that connection the cookie
   * stands for the login. Replaces `static` and `procedure`.
   */
  readonly issued?: IssuedCookieOptions | undefined
}

/** A cookie of the router's own: 256 random bits, `HttpOnly`, `Path=/`, `Secure` over TLS, for the host alone. */
export interface IssuedCookieOptions {
  /** How long it is valid after the login. Default 7 days. */
  readonly ageMs?: number | undefined
  /** Whether browsers send it when a page of another site opens the connection (`none`; over TLS only). Default `strict`. */
  readonly sameSite?: 'strict' | 'lax' | 'none' | undefined
  /** The most cookies remembered, with at most 16 for one user; the one unused for longest is dropped. Default 10,000. */
  readonly most?: number | undefined
  /** The file that remembers their digests. Default: in memory, until the router stops. */
  readonly file?: string | undefined
}

/** JSON Web Tokens (RFC 7519). They need `exp`; the session ends then, unless `trunkline.auth.renew` passes a new one. */
export interface JwtOptions {
  /** The signature algorithms that are accepted, for example `['EdDSA', 'ES256']`. */
  readonly algorithms: readonly string[]
  /** The keys; a token that names one by `kid` is checked with that alone. */
  readonly keys?: readonly JwtKey[] | undefined
  /** Where the keys are published (JWKS). Fetched when needed, and again when a token names an unknown one. */
  readonly jwks?: string | undefined
  readonly issuer?: string | readonly string[] | undefined
  readonly audience?: string | readonly string[] | undefined
  /** The claims that identify the client. A dot leads into a dict, as in `realm_access.roles`. */
  readonly claims?:
    | {
        /** Default `sub`. */
        readonly authid?: string | undefined
        /** A role, or a list whose first role of the realm is used. Default `role`. */
        readonly authrole?: string | undefined
        /** The realms for which the token is valid: a name or a list. Default: each realm that accepts its issuer and audience. */
        readonly realm?: string | undefined
      }
    | undefined
  /** The role of tokens without one. */
  readonly role?: string | undefined
  /** How far the clocks of the token's issuer and the router may differ. Default 5. */
  readonly toleranceSeconds?: number | undefined
}

/** One key: a shared secret of 32 octets or more as text, or a public key as PEM, JWK or a file that holds one of the two. */
export type JwtKey = { readonly kid?: string | undefined } & (
  | { readonly secret: string }
  | { readonly pem: string }
  | { readonly jwk: Dict }
  | { readonly file: string }
)

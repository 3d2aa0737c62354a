// Method `jwt`: a signed token identifies the client and says until when (RFC 7519). The library for it is loaded only
// where a realm accepts tokens, and with the realm.

import { readFileSync } from 'node:fs'
import type { KeyObject } from 'node:crypto'
import { createPublicKey, createSecretKey } from 'node:crypto'
import type { AuthenticationNext, AuthenticationStep, Dict } from '@trunkline/protocol'
import { UsageError } from '@trunkline/protocol'
import type { jwtVerify as JwtVerify, JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose'
import type { Clock, Log } from '../core/ports/index.ts'
import type { Begun, Login, Method } from './method.ts'
import { DENIED, FAILED } from './method.ts'
import type { JwtKey, JwtOptions } from './options.ts'
import { isPrivate } from './ticket.ts'

const LEAST_SECRET_OCTETS = 32
/** RFC 7518, "Digital Signature with RSASSA-PKCS1-v1_5" and "… with RSASSA-PSS". */
const LEAST_RSA_BITS = 2_048
/** The clock of an identity provider may be a little ahead of the router's. */
const DEFAULT_TOLERANCE_SECONDS = 5
const MOST_TOKEN_LENGTH = 16_384

const loadLibrary = () => import('jose')
type Library = Awaited<ReturnType<typeof loadLibrary>>

/** The claims of a token. */
export interface TokenClaims {
  readonly authid: string
  readonly authrole: string
  /** Milliseconds since 1970. */
  readonly expires: number
}

/** What the method needs from its realm. */
export interface JwtParts {
  readonly realm: string
  readonly clock: Clock
  readonly log: Log
  /** Whether the realm has a role. */
  readonly hasRole: (role: string) => boolean
  readonly isPlainAllowed: boolean
}

export class JwtMethod implements Method {
  readonly name = 'jwt'
  readonly #options: JwtOptions
  readonly #parts: JwtParts
  readonly #keys: readonly { readonly kid: string | undefined; readonly key: KeyObject }[]
  /** Not loaded at the first login: clients may have used up the file descriptors by then, and Node keeps the failure of an import. */
  readonly #library: Promise<Library>
  #remote: JWTVerifyGetKey | undefined

  /** @throws {UsageError} when an option is not valid */
  constructor(options: JwtOptions, parts: JwtParts) {
    if (options.algorithms.length === 0) throw new UsageError('jwt.algorithms is empty', 'TL_REALM')
    if (options.keys === undefined && options.jwks === undefined) throw new UsageError('jwt needs keys or jwks', 'TL_REALM')
    if (options.jwks !== undefined && !URL.canParse(options.jwks)) throw new UsageError('jwt.jwks is not a URL', 'TL_REALM')
    // `fetch` refuses such a URL, and its error shows the whole URL.
    if (options.jwks !== undefined && new URL(options.jwks).username + new URL(options.jwks).password !== '')
      throw new UsageError('jwt.jwks contains a user name or password; the router cannot fetch keys with one', 'TL_REALM')
    this.#options = options
    this.#parts = parts
    this.#keys = (options.keys ?? []).map((each) => ({ kid: each.kid, key: keyOf(each) }))
    this.#library = loadLibrary()
    // Each login reports it.
    this.#library.catch(() => undefined)
  }

  begin(login: Login, next: AuthenticationNext): Begun {
    if (!this.#parts.isPlainAllowed && !isPrivate(login.info)) return 'unable'
    next({ challenge: 'jwt', extra: {}, answer: (token, _extra, then) => this.admit(token, login, 'jwt', then) })
    return 'begun'
  }

  /** Whether a text has the form of a token. */
  isToken(text: string): boolean {
    return /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/.test(text)
  }

  /** Accepts a login with a valid token. */
  admit(token: string, login: Login, authmethod: string, next: AuthenticationNext): void {
    void this.#admit(token, login, authmethod, next)
  }

  /** Never rejects. */
  async #admit(token: string, login: Login, authmethod: string, next: AuthenticationNext): Promise<void> {
    next(await this.#judge(token, login, authmethod))
  }

  async #judge(token: string, { request, session }: Login, authmethod: string): Promise<AuthenticationStep> {
    try {
      const claims = await this.read(token)
      if (claims === undefined || (request.authid !== undefined && request.authid !== claims.authid)) return DENIED
      const { authid, authrole, expires } = claims
      return { accept: { authid, authrole, authmethod, authprovider: 'jwt' }, session, expires }
    } catch (error) {
      const { log, realm } = this.#parts
      log.warn('authenticator failed', {
        area: 'logins',
        realm,
        method: 'jwt',
        error: error instanceof Error ? error.message : String(error),
      })
      return FAILED
    }
  }

  /**
   * The claims of a token; undefined when it is not valid.
   * @throws (rejects) when that cannot be checked, for example because the published keys cannot be fetched
   */
  async read(token: string): Promise<TokenClaims | undefined> {
    const payload = token.length > MOST_TOKEN_LENGTH ? undefined : await this.#verified(token)
    return payload === undefined ? undefined : this.#claims(payload)
  }

  async #verified(token: string): Promise<JWTPayload | undefined> {
    const jose = await this.#library
    const { issuer, audience, algorithms, toleranceSeconds = DEFAULT_TOLERANCE_SECONDS, jwks } = this.#options
    const options: JWTVerifyOptions = {
      algorithms: [...algorithms],
      clockTolerance: toleranceSeconds,
      currentDate: new Date(this.#parts.clock.now()),
      requiredClaims: ['exp'],
      ...(issuer === undefined ? {} : { issuer: typeof issuer === 'string' ? issuer : [...issuer] }),
      ...(audience === undefined ? {} : { audience: typeof audience === 'string' ? audience : [...audience] }),
    }
    const attempts: (KeyObject | JWTVerifyGetKey)[] = this.#keysFor(token, jose.decodeProtectedHeader)
    if (jwks !== undefined) attempts.push((this.#remote ??= remoteKeys(jwks, jose)))
    for (const key of attempts) {
      try {
        return (await verify(jose.jwtVerify, token, key, options)).payload
      } catch (error) {
        if (!(error instanceof jose.errors.JOSEError && SAYS_NO.includes(error.code))) throw error
      }
    }
    return undefined
  }

  /** The keys that may have signed a token: those with its `kid`, else those without a `kid`, as far as they fit its algorithm. */
  #keysFor(token: string, read: (token: string) => TokenHeader): KeyObject[] {
    const { kid, alg = '' } = headerOf(token, read)
    const named = kid === undefined ? [] : this.#keys.filter((each) => each.kid === kid)
    const candidates = named.length > 0 ? named : this.#keys.filter((each) => kid === undefined || each.kid === undefined)
    return candidates.map(({ key }) => key).filter((key) => fits(key, alg))
  }

  /** By the router's clock; a token accepted only by the tolerance is valid until the tolerance ends. */
  #endOf({ exp = 0 }: JWTPayload): number {
    const { toleranceSeconds = DEFAULT_TOLERANCE_SECONDS } = this.#options
    return exp * 1000 > this.#parts.clock.now() ? exp * 1000 : (exp + toleranceSeconds) * 1000
  }

  #claims(payload: JWTPayload): TokenClaims | undefined {
    const { claims = {}, role } = this.#options
    const { hasRole, realm } = this.#parts
    const authid = claimOf(payload, claims.authid ?? 'sub')
    const named = [claimOf(payload, claims.authrole ?? 'role') ?? role].flat()
    const authrole = named.length === 1 ? named[0] : named.find((each) => typeof each === 'string' && hasRole(each))
    const realms = claims.realm === undefined ? [realm] : [claimOf(payload, claims.realm)].flat()
    if (typeof authid !== 'string' || authid === '' || typeof authrole !== 'string' || !realms.includes(realm)) return undefined
    return { authid, authrole, expires: this.#endOf(payload) }
  }
}

/** The errors of a token that is not valid. All others mean that it could not be checked. */
const SAYS_NO = [
  'ERR_JWT_EXPIRED',
  'ERR_JWT_CLAIM_VALIDATION_FAILED',
  'ERR_JWT_INVALID',
  'ERR_JWS_INVALID',
  'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  'ERR_JWKS_NO_MATCHING_KEY',
  'ERR_JWKS_MULTIPLE_MATCHING_KEYS',
  'ERR_JOSE_ALG_NOT_ALLOWED',
  'ERR_JOSE_NOT_SUPPORTED',
]

/** Calls the right one of the library's two overloads. */
function verify(
  jwtVerify: typeof JwtVerify,
  token: string,
  key: KeyObject | JWTVerifyGetKey,
  options: JWTVerifyOptions,
): ReturnType<typeof JwtVerify> {
  return typeof key === 'function' ? jwtVerify(token, key, options) : jwtVerify(token, key, options)
}

function remoteKeys(url: string, { createRemoteJWKSet, customFetch }: Library): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(url), { [customFetch]: fetchKeys })
}

/** Published keys usually have some kilobytes. */
const MOST_KEYS_OCTETS = 1_048_576

/** Fetches keys, and reads no more of an answer than a set of keys may have. */
async function fetchKeys(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options)
  const chunks: Uint8Array[] = []
  let octets = 0
  for await (const chunk of response.body ?? []) {
    octets += chunk.length
    if (octets > MOST_KEYS_OCTETS) throw new Error(`the published keys are more than ${MOST_KEYS_OCTETS} octets long`)
    chunks.push(chunk)
  }
  return new Response(Buffer.concat(chunks), { status: response.status })
}

interface TokenHeader {
  readonly kid?: string | undefined
  readonly alg?: string | undefined
}

const CURVES: Readonly<Record<string, string>> = { ES256: 'prime256v1', ES384: 'secp384r1', ES512: 'secp521r1' }

/** Whether a key is of the kind that an algorithm needs: with other kinds, versions of Node behave differently. */
function fits({ type, asymmetricKeyType, asymmetricKeyDetails }: KeyObject, alg: string): boolean {
  if (type === 'secret') return alg.startsWith('HS')
  if (asymmetricKeyType === 'ec') return asymmetricKeyDetails?.namedCurve === CURVES[alg]
  if (asymmetricKeyType === 'ed25519') return alg === 'EdDSA' || alg === 'Ed25519'
  return asymmetricKeyType === 'rsa' && (alg.startsWith('RS') || alg.startsWith('PS'))
}

function headerOf(token: string, read: (token: string) => TokenHeader): TokenHeader {
  try {
    return read(token)
  } catch {
    return {} // Not a token: the check of the signature reports that.
  }
}

function keyOf(source: JwtKey): KeyObject {
  try {
    if ('secret' in source) return secretKey(source.secret)
    if ('pem' in source) return publicKey(source.pem)
    if ('jwk' in source) return keyOfJwk(source.jwk)
    const text = readFileSync(source.file, 'utf8')
    return text.trimStart().startsWith('{') ? keyOfJwk(JSON.parse(text) as Dict) : publicKey(text)
  } catch (cause) {
    if (cause instanceof UsageError) throw cause
    // Errors of OpenSSL or the parser may hold a part of the key.
    throw new UsageError('jwt.keys: one of them cannot be read', 'TL_REALM')
  }
}

function keyOfJwk(jwk: Dict): KeyObject {
  if (jwk['kty'] === 'oct') return secretKey(Buffer.from(String(jwk['k']), 'base64url'))
  return publicKey({ key: jwk, format: 'jwk' })
}

function publicKey(source: Parameters<typeof createPublicKey>[0]): KeyObject {
  const key = createPublicKey(source)
  const { modulusLength = LEAST_RSA_BITS } = key.asymmetricKeyDetails ?? {}
  if (modulusLength < LEAST_RSA_BITS) throw new UsageError(`jwt.keys: an RSA key is shorter than ${LEAST_RSA_BITS} bits`, 'TL_REALM')
  return key
}

function secretKey(secret: string | Buffer): KeyObject {
  const octets = Buffer.from(secret as string)
  if (octets.length < LEAST_SECRET_OCTETS)
    throw new UsageError(`jwt.keys: a secret is shorter than ${LEAST_SECRET_OCTETS} octets`, 'TL_REALM')
  return createSecretKey(octets)
}

/** A claim by its name, or by a path with dots. */
function claimOf(payload: Dict, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name]
  let value: unknown = payload
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Dict)[part]
  }
  return value
}

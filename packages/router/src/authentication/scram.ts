// Method `wamp-scram`, and `scram` in Autobahn's dialect (specification: "Salted Challenge Response Authentication").
// Keeps keys derived from a password, never the password.

import { randomBytes } from 'node:crypto'
import type { AuthenticationNext, AuthenticationStep, Dict } from '@trunkline/protocol'
import { autobahnAuthMessage, isCanonicalBase64, NO_CHANNEL_BINDING, saslPrepared, scramAuthMessage, uris } from '@trunkline/protocol'
import type { User } from './credentials.ts'
import type { Begun, Login, Method, Principal } from './method.ts'
import { admit, DENIED, FAILED } from './method.ts'
import type { ScramCredential, ScramKeys } from './scram-keys.ts'
import { hmac, isSame, nonce as randomNonce, sha256, xor } from './secrets.ts'
import { MOST_NAME_LENGTH } from './users.ts'

const MOST_NONCE_LENGTH = 256

/** What was agreed before the client answers. */
interface Exchange {
  readonly login: Login
  readonly principal: Principal
  readonly credential: ScramCredential
  readonly clientNonce: string
  readonly nonce: string
  readonly salt: string
  readonly binding: { readonly type: string; readonly data: Uint8Array } | undefined
}

export class ScramMethod implements Method {
  readonly name: 'wamp-scram' | 'scram'
  readonly users: readonly User[]
  readonly #dialect: 'specified' | 'autobahn'

  /** @param dialect only users with this dialect are served */
  constructor(users: readonly User[], dialect: 'specified' | 'autobahn') {
    this.name = dialect === 'specified' ? 'wamp-scram' : 'scram'
    this.#dialect = dialect
    this.users = users.filter((user) => this.#credentialOf(user) !== undefined)
  }

  begin(login: Login, next: AuthenticationNext): Begun {
    const { authid, authextra } = login.request
    const clientNonce = authextra['nonce']
    if (this.users.length === 0 || authid === undefined) return 'unable'
    if (!isCanonicalBase64(clientNonce) || clientNonce.length > MOST_NONCE_LENGTH) return 'unable'
    // Specification, "Username/Password String Normalization": the prepared name is looked up; a name with prohibited characters
    // belongs to no user. A name that is too long is not prepared, since that may take a time that grows with the square of its
    // length.
    const name = authid.length > MOST_NAME_LENGTH ? undefined : saslPrepared(authid)
    const principal = name === undefined || name === authid ? login.principal : (login.named(name) ?? login.madeUp(name))
    return this.#challenge(login, principal, clientNonce, next)
  }

  #challenge(login: Login, principal: Principal | undefined, clientNonce: string, next: AuthenticationNext): Begun {
    const credential = principal && this.#credentialOf(principal.user)
    if (principal === undefined || credential === undefined) return 'unable'
    const type = this.name === 'scram' ? undefined : (login.request.authextra['channel_binding'] ?? undefined)
    const data = type === 'tls-unique' || type === 'tls-server-end-point' ? login.info.tls?.channelBinding(type) : undefined
    const binding = data === undefined ? undefined : { type: String(type), data }
    if (type !== undefined && binding === undefined) next(UNBOUND)
    else
      this.#ask(
        {
          login,
          principal,
          credential,
          clientNonce,
          nonce: this.#nonce(clientNonce),
          salt: saltFor(this.name, principal, credential),
          binding,
        },
        next,
      )
    return 'begun'
  }

  #credentialOf({ options: { scram }, credentials }: User): ScramCredential | undefined {
    return (scram?.dialect ?? 'specified') === this.#dialect ? credentials.scram : undefined
  }

  #ask(exchange: Exchange, next: AuthenticationNext): void {
    const { credential, nonce, salt } = exchange
    const { kdf, iterations, memory } = credential
    const extra: Dict =
      this.name === 'wamp-scram'
        ? { nonce, salt, kdf, iterations, memory: memory ?? null }
        : { nonce, salt, kdf: kdf === 'argon2id13' ? 'argon2id-13' : kdf, iterations, ...(memory === undefined ? {} : { memory }) }
    const answer = (proof: string, extra: Dict, then: AuthenticationNext): void =>
      credential.keys.use(
        (keys) => then(this.#judge(exchange, keys, proof, extra)),
        () => then(FAILED),
      )
    next({ challenge: this.name, extra, answer })
  }

  #judge(exchange: Exchange, { storedKey, serverKey }: ScramKeys, proof: string, extra: Dict): AuthenticationStep {
    const { login, principal } = exchange
    if (this.name === 'wamp-scram' && !repeats(exchange, extra)) return refusal('channel-bindings-dont-match')
    const message = this.#authMessage(exchange)
    const octets = isCanonicalBase64(proof) ? Buffer.from(proof, 'base64') : Buffer.alloc(0)
    const signature = hmac(storedKey, message)
    const clientKey = octets.length === signature.length ? xor(signature, octets) : Buffer.alloc(0)
    if (!isSame(sha256(clientKey), storedKey) || principal.isMadeUp) return refusal('invalid-proof')
    const verifier = hmac(serverKey, message).toString('base64')
    return admit(login, principal.user, this.name, this.name === 'scram' ? { scram_server_signature: verifier } : { verifier })
  }

  #authMessage({ principal: { authid }, clientNonce, nonce, salt, credential: { iterations }, binding }: Exchange): string {
    const exchange = { authid, clientNonce, nonce, salt, iterations }
    if (this.name === 'scram') return autobahnAuthMessage(exchange)
    return scramAuthMessage({ ...exchange, binding: bindingInput(binding) })
  }

  /** The client's nonce and 16 octets of the router's; Autobahn's dialect joins them before encoding. */
  #nonce(clientNonce: string): string {
    if (this.name === 'wamp-scram') return clientNonce + randomNonce(16)
    return Buffer.concat([Buffer.from(clientNonce, 'base64'), randomBytes(16)]).toString('base64')
  }
}

function bindingInput(binding: Exchange['binding']): string {
  if (binding === undefined) return NO_CHANNEL_BINDING
  return Buffer.concat([Buffer.from(`p=${binding.type},,`), binding.data]).toString('base64')
}

/** Whether AUTHENTICATE repeats what was agreed, and the client sees the same channel. */
function repeats({ nonce, binding }: Exchange, extra: Dict): boolean {
  if (extra['nonce'] !== nonce || (extra['channel_binding'] ?? undefined) !== binding?.type) return false
  const data = extra['cbind_data'] ?? undefined
  if (binding === undefined) return data === undefined
  return isCanonicalBase64(data) && isSame(Buffer.from(data, 'base64'), binding.data)
}

function saltFor(method: string, { isMadeUp, salt }: Principal, { salt: octets }: ScramCredential): string {
  if (!isMadeUp) return octets.toString('base64')
  return Buffer.from(salt(method, 2 * octets.length), 'base64url')
    .subarray(0, octets.length)
    .toString('base64')
}

/** @param scram the error of RFC 5802, server-error-value */
function refusal(scram: string): AuthenticationStep {
  return { ...DENIED, details: { scram } }
}

const UNBOUND = {
  deny: uris.AUTHENTICATION_DENIED,
  message: 'this connection does not have the requested channel binding',
  details: { scram: 'unsupported-channel-binding-type' },
}

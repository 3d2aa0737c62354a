// Method `cryptosign`: the client signs random octets with a key whose public half belongs to a user (specification:
// "Cryptosign-based Authentication"). Certificates and attestation are not built.

import type { KeyObject } from 'node:crypto'
import { createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto'
import type { AuthenticationNext, Dict } from '@trunkline/protocol'
import { uris, UsageError } from '@trunkline/protocol'
import type { TransportInfo } from '../core/ports/index.ts'
import type { User } from './credentials.ts'
import { SPKI } from './credentials.ts'
import type { Begun, Login, Method } from './method.ts'
import { admit, DENIED } from './method.ts'
import { isSame, octetsOf, sha256, xor } from './secrets.ts'

const KEY_OCTETS = 32
const SIGNATURE_OCTETS = 64
/** DER before the 32 octets of a private Ed25519 key (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

export class CryptosignMethod implements Method {
  readonly name = 'cryptosign'
  /** The users of each public key; keys are in lower-case hex. */
  readonly #owners = new Map<string, User[]>()
  readonly #keys = new Map<string, KeyObject>()
  readonly #own: { readonly key: KeyObject; readonly publicKey: string } | undefined

  constructor(users: readonly User[], routerKey: string | undefined) {
    for (const user of users) for (const [text, key] of user.credentials.publicKeys) this.#add(user, text, key)
    this.#own = routerKey === undefined ? undefined : ownKey(routerKey)
  }

  begin(login: Login, next: AuthenticationNext): Begun {
    const { authid, authextra } = login.request
    const pubkey = octetsOf(authextra['pubkey'], KEY_OCTETS)?.toString('hex')
    if (pubkey === undefined) return 'unable'
    const binding = authextra['channel_binding'] ?? undefined
    const channel = binding === undefined ? undefined : channelId(login.info, binding)
    // A client that asks for channel binding never logs in without it. Checked before users, so that the answer reveals nothing of them.
    if (binding !== undefined && channel === undefined) {
      next({ deny: uris.AUTHENTICATION_DENIED, message: unboundText(binding, login.info) })
      return 'begun'
    }
    const owners = (this.#owners.get(pubkey) ?? []).filter((user) => authid === undefined || user.authid === authid)
    const [user] = owners
    if (user === undefined || owners.length > 1) return 'unknown'
    this.#challenge(login, { user, pubkey, binding, channel }, next)
    return 'begun'
  }

  #challenge(login: Login, { user, pubkey, binding, channel }: ShownKey, next: AuthenticationNext): void {
    const challenge = randomBytes(KEY_OCTETS)
    const expected = channel === undefined ? challenge : xor(challenge, channel)
    const extra: Dict = {
      challenge: challenge.toString('hex'),
      channel_binding: binding ?? null,
      ...this.#prove(login.request.authextra['challenge'], channel),
    }
    next({
      challenge: 'cryptosign',
      extra,
      answer: (answer, _extra, then) => {
        const octets = octetsOf(answer, SIGNATURE_OCTETS + KEY_OCTETS)
        const isRight = octets !== undefined && isSame(octets.subarray(SIGNATURE_OCTETS), expected) && this.#isSignature(octets, pubkey)
        then(isRight ? admit(login, user, 'cryptosign') : DENIED)
      },
    })
  }

  #isSignature(octets: Uint8Array, pubkey: string): boolean {
    const key = this.#keys.get(pubkey)
    return key !== undefined && verify(undefined, octets.subarray(SIGNATURE_OCTETS), key, octets.subarray(0, SIGNATURE_OCTETS))
  }

  /** The router's own signature for a client that asks for it (specification: "Router Authentication"). */
  #prove(asked: unknown, channel: Uint8Array | undefined): Dict {
    const challenge = octetsOf(asked, KEY_OCTETS)
    if (this.#own === undefined || challenge === undefined) return {}
    const message = channel === undefined ? challenge : xor(challenge, channel)
    const signature = Buffer.concat([sign(undefined, message, this.#own.key), message])
    return { pubkey: this.#own.publicKey, signature: signature.toString('hex') }
  }

  #add(user: User, text: string, key: KeyObject): void {
    this.#keys.set(text, key)
    this.#owners.set(text, [...(this.#owners.get(text) ?? []), user])
  }
}

/** The key that a client shows, and the connection that it binds the login to. */
interface ShownKey {
  readonly user: User
  readonly pubkey: string
  readonly binding: unknown
  readonly channel: Uint8Array | undefined
}

/** 32 octets that identify the TLS connection: for `tls-unique` the SHA-256 of the data, as in all implementations. */
function channelId({ tls }: TransportInfo, binding: unknown): Uint8Array | undefined {
  if (!isChannelBinding(binding)) return undefined
  const data = tls?.channelBinding(binding)
  return data !== undefined && binding === 'tls-unique' ? sha256(data) : data
}

function ownKey(text: string): { key: KeyObject; publicKey: string } {
  const octets = octetsOf(text, KEY_OCTETS)
  if (octets === undefined) throw new UsageError('routerKey is not 32 octets in hexadecimal', 'TL_REALM')
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, octets]), format: 'der', type: 'pkcs8' })
  const der = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return { key, publicKey: der.subarray(SPKI.length).toString('hex') }
}

function isChannelBinding(binding: unknown): binding is 'tls-unique' | 'tls-exporter' {
  return binding === 'tls-unique' || binding === 'tls-exporter'
}

/** What the client has to change. */
function unboundText(binding: unknown, { tls }: TransportInfo): string {
  const advice = 'leave channel_binding out of authextra'
  if (!isChannelBinding(binding)) return `${advice}: the router knows only tls-exporter and tls-unique`
  if (tls === undefined) return `${advice}: ${binding} needs TLS that ends at the router`
  return `${advice}: this connection has no ${binding}, which needs TLS ${binding === 'tls-exporter' ? '1.3' : '1.2 without a resumed session'}`
}

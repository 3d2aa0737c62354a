// Method `cryptosign`, the client's side (specification: "Cryptosign-based Authentication"). The private key stays in
// WebCrypto.

import type { Dict } from '@trunkline/protocol'
import { check, checkNamed } from '../checks.ts'
import type { AuthMethod, LoginStart } from '../login.ts'
import type { Challenge } from '../opening.ts'
import { authMethod } from './run-login.ts'
import type { Octets } from './web-crypto.ts'
import { fromHex, randomOctets, sha256, toHex, xor } from './web-crypto.ts'

const KEY_OCTETS = 32
const SIGNATURE_OCTETS = 64
/** DER before the 32 octets of an Ed25519 private key (RFC 8410). */
const PKCS8 = '302e020100300506032b657004220420'

/** A key of WebCrypto. The type `CryptoKey` exists only with the types of browsers. */
type Key = Parameters<typeof crypto.subtle.sign>[1]

export interface CryptosignOptions {
  /** Public keys (hex). The router must prove that it has one of them, or the login fails. */
  readonly routerKeys?: readonly string[] | undefined
  /** Binds the login to the TLS connection; without such a connection the login fails. Works only for RawSocket over TLS in Node. */
  readonly channelBinding?: 'tls-unique' | 'tls-exporter' | undefined
}

/**
 * Logs in by an Ed25519 key. Without `authid` the router finds the user by the key.
 *
 * @example
 * import { cryptosignAuth } from '@trunkline/client/auth'
 *
 * const auth = cryptosignAuth('4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510')
 * console.log(auth.name) // cryptosign
 *
 * @param privateKey 32 octets in hex
 */
export function cryptosignAuth(privateKey: string, options: CryptosignOptions = {}): AuthMethod {
  check('privateKey', privateKey, 'string')
  checkNamed('options', options, 'routerKeys:list channelBinding:string')
  return authMethod('cryptosign', async (login) => {
    const pair = await keyPair(privateKey)
    const channel = await channelId(options.channelBinding, login)
    const asked = options.routerKeys === undefined ? undefined : randomOctets(KEY_OCTETS)
    const authextra: Record<string, unknown> = { pubkey: pair.publicKey }
    if (options.channelBinding !== undefined) authextra['channel_binding'] = options.channelBinding
    if (asked !== undefined) authextra['challenge'] = toHex(asked)
    const answer = async ({ extra }: Challenge): Promise<string> => {
      if ((extra['channel_binding'] ?? undefined) !== options.channelBinding)
        throw new Error('the router binds to another channel than asked')
      if (asked !== undefined) await checkRouter(extra, options.routerKeys ?? [], bound(asked, channel))
      return signCryptosign(pair.key, extra['challenge'], channel)
    }
    return { authextra, answer }
  })
}

/** The signature followed by the signed octets, in hex. */
export async function signCryptosign(key: Key, challenge: unknown, channel: Octets | undefined): Promise<string> {
  const message = bound(fromHex(challenge, KEY_OCTETS, 'the challenge'), channel)
  return toHex(new Uint8Array(await crypto.subtle.sign('Ed25519', key, message))) + toHex(message)
}

/** Reads a private key. */
export async function keyPair(privateKey: string): Promise<{ key: Key; publicKey: string }> {
  fromHex(privateKey, KEY_OCTETS, 'the private key')
  const der = fromHex(PKCS8 + privateKey, PKCS8.length / 2 + KEY_OCTETS, 'the private key')
  const key = await crypto.subtle.importKey('pkcs8', der, 'Ed25519', true, ['sign'])
  const { x } = await crypto.subtle.exportKey('jwk', key)
  const base64 = (x ?? '').replaceAll('-', '+').replaceAll('_', '/')
  return { key, publicKey: toHex(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))) }
}

/** Specification, "Router Authentication": checks that the router has a trusted key and signed the challenge of this client. */
async function checkRouter({ pubkey, signature }: Dict, trusted: readonly string[], asked: Octets): Promise<void> {
  if (typeof pubkey !== 'string' || !trusted.some((key) => key.toLowerCase() === pubkey.toLowerCase())) {
    throw new Error('the router shows no key that is trusted')
  }
  const octets = fromHex(signature, SIGNATURE_OCTETS + KEY_OCTETS, 'the signature of the router')
  const key = await crypto.subtle.importKey('raw', fromHex(pubkey, KEY_OCTETS, 'the key of the router'), 'Ed25519', false, ['verify'])
  const isSigned = await crypto.subtle.verify('Ed25519', key, octets.slice(0, SIGNATURE_OCTETS), asked)
  if (!isSigned || toHex(octets.slice(SIGNATURE_OCTETS)) !== toHex(asked)) throw new Error('the signature of the router is wrong')
}

/** 32 octets that identify the TLS connection. */
async function channelId(type: CryptosignOptions['channelBinding'], login: LoginStart): Promise<Octets | undefined> {
  if (type === undefined) return undefined
  const data = login.channelBinding(type)
  if (data === undefined) throw new Error(`this connection gives no channel binding ${type}`)
  return type === 'tls-unique' ? sha256(Uint8Array.from(data)) : Uint8Array.from(data)
}

function bound(message: Octets, channel: Octets | undefined): Octets {
  return channel === undefined ? message : xor(message, channel)
}

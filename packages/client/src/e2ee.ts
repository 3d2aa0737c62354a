// The entry of @trunkline/client/e2ee: end-to-end encrypted payloads, by payload passthru mode with scheme `wamp`. The
// application makes, exchanges and stores the keys.

import { gcm } from '@noble/ciphers/aes.js'
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import type { Dict, Serializer } from '@trunkline/protocol'
import { createCborSerializer, Payload, PayloadError, payloadOf, UsageError } from '@trunkline/protocol'
import { check, checkNamed } from './checks.ts'
import type { Args, Kwargs } from './results.ts'
import type { PayloadCodec, PayloadUse, PlainPayload } from './passthru.ts'

/** Ciphers of the specification. */
export type Cipher = 'xsalsa20poly1305' | 'aes256gcm'

const CIPHERS = {
  xsalsa20poly1305: { nonceLength: 24, create: xsalsa20poly1305 },
  aes256gcm: { nonceLength: 12, create: gcm },
} as const

const TAG_LENGTH = 16
const KEY_LENGTH = 32

export interface EncryptionOptions {
  /** The keys, 32 octets each, by their ids, which are sent unencrypted. */
  readonly keys: Readonly<Record<string, Uint8Array>>
  /**
   * The id of the key for a procedure or topic; undefined: its payloads are not encrypted. Of several ids the first is for sending, and
   * payloads by each of them are read: keep old ones there as long as their payloads must be readable. For a URI with a key the client
   * neither sends nor accepts an unencrypted payload, nor one by another key.
   */
  readonly keyFor: (uri: string, kind: PayloadUse['kind']) => string | readonly string[] | undefined
  /** The cipher for sending. Default `xsalsa20poly1305`. Both ciphers are read. */
  readonly cipher?: Cipher | undefined
}

/**
 * Encrypts the payload of calls, results, errors and events from end to end. The router still sees procedures, topics,
 * the sessions involved, sizes and times, and could repeat a payload, also under another URI that shares the key. Errors made by the
 * router itself are not encrypted.
 *
 * @throws {UsageError} for a key that does not have 32 octets, or other options that cannot work
 */
export function encrypted(options: EncryptionOptions): PayloadCodec {
  checkNamed('options', options, 'keys:dict keyFor:function cipher:string')
  const { keys, keyFor, cipher = 'xsalsa20poly1305' } = options
  check('keys', keys, 'dict')
  check('keyFor', keyFor, 'function')
  if (!Object.hasOwn(CIPHERS, cipher)) throw new UsageError(`cipher: expected one of ${Object.keys(CIPHERS).join(', ')}`)
  const ring = new Map(Object.entries(keys))
  for (const [id, key] of ring)
    if (!(key instanceof Uint8Array) || key.length !== KEY_LENGTH) throw new UsageError(`key '${id}' is not of ${KEY_LENGTH} octets`)
  const cbor = createCborSerializer()
  const idsFor = (uri: string, kind: PayloadUse['kind']): readonly string[] => {
    const named = keyFor(uri, kind)
    if (named?.length === 0) throw new UsageError(`keyFor names no key for ${uri}: it is undefined where payloads are not encrypted`)
    return named === undefined ? [] : [named].flat()
  }
  return {
    seal({ kind, uri }, args, kwargs, options) {
      const [id] = idsFor(uri, kind)
      if (id === undefined) return { options, payload: Payload.fromValues(args, kwargs) }
      const key = ring.get(id)
      if (key === undefined) throw new UsageError(`there is no key '${id}'`)
      const data = encrypt(cipher, key, cbor.encodeItems([{ args, kwargs }]))
      const attributes = { ppt_scheme: 'wamp', ppt_serializer: 'cbor', ppt_cipher: cipher, ppt_keyid: id }
      return { options: { ...options, ...attributes }, payload: Payload.fromValues([data]) }
    },
    open({ kind, uri }, payload, details) {
      const args: unknown = payload?.args ?? []
      const [data] = Array.isArray(args) ? args : [args]
      const kwargs = payload?.kwargs ?? {}
      const ids = idsFor(uri, kind)
      if (details['ppt_scheme'] === 'wamp' && data instanceof Uint8Array) {
        // Who has a key for other URIs only must not be able to speak under this one.
        const readable = ids.length === 0 ? ring : new Map(ids.flatMap((id) => entryOf(ring, id)))
        return plainOf(valueOf(cbor, decrypt(readable, details, data)))
      }
      if (kind !== 'error' && ids.length > 0) throw new PayloadError(`the payload of ${uri} came in the clear`)
      return { args: Array.isArray(args) ? args : [args], kwargs }
    },
  }
}

function entryOf(ring: ReadonlyMap<string, Uint8Array>, id: string): [string, Uint8Array][] {
  const key = ring.get(id)
  return key === undefined ? [] : [[id, key]]
}

/** The nonce followed by the encrypted octets, as in NaCl's secret boxes. */
function encrypt(cipher: Cipher, key: Uint8Array, plain: Uint8Array): Uint8Array {
  const { nonceLength, create } = CIPHERS[cipher]
  const nonce = crypto.getRandomValues(new Uint8Array(nonceLength))
  const boxed = create(key, nonce).encrypt(plain)
  const data = new Uint8Array(nonceLength + boxed.length)
  data.set(nonce)
  data.set(boxed, nonceLength)
  return data
}

function decrypt(ring: ReadonlyMap<string, Uint8Array>, details: Dict, data: Uint8Array): Uint8Array {
  const { ppt_cipher: cipher, ppt_serializer: serializer, ppt_keyid: id } = details
  if (cipher !== 'xsalsa20poly1305' && cipher !== 'aes256gcm') throw new PayloadError(`cannot read payloads of cipher ${String(cipher)}`)
  if (serializer !== 'cbor') throw new PayloadError(`cannot read payloads of serializer ${String(serializer)}`)
  const key = typeof id === 'string' ? ring.get(id) : undefined
  if (key === undefined) throw new PayloadError(`there is no key '${String(id)}' for this URI`)
  const { nonceLength, create } = CIPHERS[cipher]
  if (data.length < nonceLength + TAG_LENGTH) throw new PayloadError('an encrypted payload is too short')
  try {
    return create(key, data.subarray(0, nonceLength)).decrypt(data.subarray(nonceLength))
  } catch (cause) {
    throw new PayloadError('an encrypted payload was changed, or encrypted by another key', { cause })
  }
}

/** A peer with the key may still send malformed octets: they are decoded as the argument of a message, which checks them. */
function valueOf(cbor: Serializer, plain: Uint8Array): unknown {
  const bytes = new Uint8Array(YIELD_HEAD.length + plain.length)
  bytes.set(YIELD_HEAD)
  bytes.set(plain, YIELD_HEAD.length)
  try {
    return payloadOf(cbor.decode(bytes))?.args[0]
  } catch (cause) {
    throw new PayloadError('an encrypted payload is no well-formed CBOR', { cause })
  }
}

/** The octets of `[70, 1, {}, [`; a value follows. */
const YIELD_HEAD = Uint8Array.of(0x84, 0x18, 70, 0x01, 0xa0, 0x81)

function plainOf(value: unknown): PlainPayload {
  const { args, kwargs } = (value ?? {}) as { args?: unknown; kwargs?: unknown }
  if (value === null || typeof value !== 'object') throw new PayloadError('an encrypted payload holds no args')
  const isDict = typeof kwargs === 'object' && kwargs !== null && !Array.isArray(kwargs)
  if (!Array.isArray(args ?? []) || !(isDict || kwargs === undefined || kwargs === null))
    throw new PayloadError('an encrypted payload holds no args')
  return { args: (args ?? []) as Args, kwargs: (isDict ? kwargs : {}) as Kwargs }
}

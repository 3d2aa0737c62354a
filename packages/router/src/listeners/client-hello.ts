// Whether the first message of a TLS client settles its handshake: the dear part of such a handshake is its first answer, and what the
// client sends behind it costs little. Reads that message only as far as it needs, and refuses none.

import { constants } from 'node:crypto'
import type { TlsOptions } from 'node:tls'
import { DEFAULT_MAX_VERSION } from 'node:tls'

const GROUPS: Readonly<Record<string, number>> = {
  'P-256': 0x17,
  prime256v1: 0x17,
  'P-384': 0x18,
  secp384r1: 0x18,
  X25519: 0x1d,
  X25519MLKEM768: 0x11ec,
}
const TLS_1_3 = 0x0304
const SUPPORTED_VERSIONS = 43
const KEY_SHARE = 51
const RECORD_TYPE_AND_VERSION_OCTETS = 3
const MESSAGE_TYPE_OCTETS = 1
const VERSION_AND_RANDOM_OCTETS = 34

/**
 * The groups of which a key in the first message settles a handshake of TLS 1.3, by their numbers. None where TLS 1.3 is not offered,
 * or clients present certificates: then later messages are dear too.
 */
export function settlingGroups({ ecdhCurve = '', ciphers = '', maxVersion, secureProtocol, ...more }: TlsOptions): ReadonlySet<number> {
  const hasTls13 =
    (maxVersion ?? DEFAULT_MAX_VERSION) === 'TLSv1.3' &&
    secureProtocol === undefined &&
    ((more.secureOptions ?? 0) & constants.SSL_OP_NO_TLSv1_3) === 0 &&
    // Node offers TLS 1.3 only where one of its suites is named.
    ciphers.split(':').some((name) => name.startsWith('TLS_'))
  if (!hasTls13 || more.requestCert === true) return new Set()
  return new Set(ecdhCurve.split(':').flatMap((name) => GROUPS[name] ?? []))
}

/**
 * Whether a first record holds a whole ClientHello of TLS 1.3 with a key of one of the groups. Without it the router asks for another
 * hello, and before TLS 1.3 the keys come after the first answer.
 */
export function isSettled(record: Buffer, groups: ReadonlySet<number>): boolean {
  if (groups.size === 0) return false
  const octets = new Octets(record)
  octets.take(RECORD_TYPE_AND_VERSION_OCTETS)
  const message = octets.list(2)
  message.take(MESSAGE_TYPE_OCTETS)
  const hello = message.list(3)
  hello.take(VERSION_AND_RANDOM_OCTETS)
  const [session, suites, compressions] = [hello.list(1), hello.list(2), hello.list(1)]
  const extensions = hello.list(2)
  // What comes behind a broken list is broken too.
  if (session.isBroken || suites.isBroken || compressions.isBroken || extensions.isBroken) return false
  let [isTls13, hasKey] = [false, false]
  while (extensions.rest.length > 0) {
    const [type, content] = [extensions.number(), extensions.list(2)]
    if (content.isBroken) return false
    if (type === SUPPORTED_VERSIONS) isTls13 = offers(content.list(1), TLS_1_3)
    if (type === KEY_SHARE) hasKey = hasKeyOf(content.list(2), groups)
  }
  return isTls13 && hasKey
}

function offers(versions: Octets, wanted: number): boolean {
  while (versions.rest.length > 0) if (versions.number() === wanted) return true
  return false
}

function hasKeyOf(keys: Octets, groups: ReadonlySet<number>): boolean {
  while (keys.rest.length > 0) {
    const [group, key] = [keys.number(), keys.list(2)]
    if (key.isBroken) return false
    if (groups.has(group)) return true
  }
  return false
}

/** What is left to be read; empty after something that is shorter than it should be. */
class Octets {
  rest: Buffer
  readonly isBroken: boolean

  constructor(rest: Buffer, isBroken = false) {
    this.rest = rest
    this.isBroken = isBroken
  }

  take(length: number): Octets {
    const isBroken = length > this.rest.length
    const taken = new Octets(this.rest.subarray(0, isBroken ? 0 : length), isBroken)
    this.rest = this.rest.subarray(isBroken ? this.rest.length : length)
    return taken
  }

  /** Two octets. */
  number(): number {
    const { rest, isBroken } = this.take(2)
    return isBroken ? -1 : rest.readUInt16BE()
  }

  /** @param octets of the length before it */
  list(octets: 1 | 2 | 3): Octets {
    const { rest, isBroken } = this.take(octets)
    return isBroken ? new Octets(rest, true) : this.take(rest.readUIntBE(0, octets))
  }
}

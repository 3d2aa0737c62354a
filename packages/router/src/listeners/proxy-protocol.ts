// The PROXY protocol, versions 1 and 2 (haproxy.org, "The PROXY protocol"): the header with which a proxy names its client before
// the client's own octets. Only reads octets; the caller decides which proxies to trust.

import { isIP } from 'node:net'

/** What the first octets of a connection are. */
export type ProxyHeader =
  /** Its length in octets, and the client's address; undefined where the proxy connects for itself or names none. */
  | { readonly length: number; readonly client: string | undefined }
  /** It may become a header. */
  | 'incomplete'
  /** The connection begins with something else. */
  | 'none'
  /** It begins like a header and is none. */
  | 'malformed'

const V1 = Buffer.from('PROXY ')
const LONGEST_V1 = 107
const V2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
/** An IPv4 address in the form of IPv6. */
const MAPPED = Buffer.from('00000000000000000000ffff', 'hex')
const V2_HEAD_OCTETS = 16
/** Addresses take 216 octets at most; the rest is for fields that the router ignores. */
const LONGEST_V2 = 4_096

/** Reads a header at the beginning of octets. */
export function readProxyHeader(octets: Buffer): ProxyHeader {
  if (beginsLike(octets, V1)) return readV1(octets)
  if (beginsLike(octets, V2)) return octets.length < V2_HEAD_OCTETS ? 'incomplete' : readV2(octets)
  return 'none'
}

/** Whether octets and a signature are equal as far as both go. */
function beginsLike(octets: Buffer, signature: Buffer): boolean {
  const length = Math.min(octets.length, signature.length)
  return octets.subarray(0, length).equals(signature.subarray(0, length))
}

function readV1(octets: Buffer): ProxyHeader {
  const end = octets.subarray(0, LONGEST_V1).indexOf('\r\n')
  if (end < 0) return octets.length < LONGEST_V1 ? 'incomplete' : 'malformed'
  const [, family = '', source = '', destination = '', ...ports] = octets.toString('latin1', 0, end).split(' ')
  const length = end + 2
  if (family === 'UNKNOWN') return { length, client: undefined }
  const version = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : -1
  const isWhole = ports.length === 2 && ports.every((port) => /^\d{1,5}$/.test(port))
  return isWhole && isIP(source) === version && isIP(destination) === version ? { length, client: source } : 'malformed'
}

function readV2(octets: Buffer): ProxyHeader {
  const [version, command] = [octets.readUInt8(12) >> 4, octets.readUInt8(12) & 0xf]
  const rest = octets.readUInt16BE(14)
  const length = V2_HEAD_OCTETS + rest
  if (version !== 2 || command > 1 || length > LONGEST_V2) return 'malformed'
  if (octets.length < length) return 'incomplete'
  const family = octets.readUInt8(13) >> 4
  if (command === 0 || (family !== 1 && family !== 2)) return { length, client: undefined }
  const size = family === 1 ? 4 : 16
  if (rest < 2 * size + 4) return 'malformed'
  return { length, client: addressText(octets.subarray(V2_HEAD_OCTETS, V2_HEAD_OCTETS + size)) }
}

function addressText(octets: Buffer): string {
  if (octets.length === 4) return octets.join('.')
  if (octets.subarray(0, MAPPED.length).equals(MAPPED)) return octets.subarray(MAPPED.length).join('.')
  const groups = Array.from({ length: 8 }, (_, i) => octets.readUInt16BE(2 * i).toString(16))
  // In the short form that sockets use.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

// The ids of subscriptions and registrations, which all nodes of a cluster give alike without asking one another.

import { createHmac } from 'node:crypto'
import type { MatchPolicy } from '@trunkline/protocol'

/** The id of a subscription or registration of a realm. */
export type SharedIds = (kind: 'subscription' | 'registration', realm: string, match: MatchPolicy, uri: string) => number

/**
 * Makes the function that gives these ids: from 1 to 2^53 - 1, the first 53 bits of an HMAC.
 * @param key the cluster's secret or its name; who knows it can look for two URIs with one id
 */
export function sharedIds(key: string): SharedIds {
  return (kind, realm, match, uri) => {
    const mac = createHmac('sha256', key).update(`${kind}\0${realm}\0${match}\0${uri}`).digest()
    return idFromMac(mac)
  }
}

/** The first 53 bits; 1 in place of 0, which is no id. */
export function idFromMac(mac: Uint8Array): number {
  const octets = new DataView(mac.buffer, mac.byteOffset)
  return octets.getUint32(0) * 0x20_0000 + (octets.getUint32(4) >>> 11) || 1
}

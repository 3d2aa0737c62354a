// The address of the client behind a connection: the other end of the socket, or, where that is a proxy that is trusted,
// the one that it names. What a client writes itself is never believed.

import { BlockList, isIP } from 'node:net'
import { UsageError } from '@trunkline/protocol'

/** The proxies whose word about addresses is taken. */
export class TrustedProxies {
  readonly #list = new BlockList()

  /**
   * @param addresses addresses or networks: `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`
   * @throws {UsageError} when one is neither
   */
  constructor(addresses: readonly string[]) {
    for (const each of addresses) {
      const [address = '', bits, ...more] = each.split('/')
      const version = isIP(address)
      const most = version === 4 ? 32 : 128
      if (version === 0 || more.length > 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most))) {
        throw new UsageError(`'${each}' is neither an IP address nor a network of such`, 'TL_PROXY')
      }
      this.#list.addSubnet(address, bits === undefined ? most : Number(bits), version === 4 ? 'ipv4' : 'ipv6')
    }
  }

  /**
   * The client's address: from the right of X-Forwarded-For the first that is no trusted proxy, since all to the left of
   * it may be made up.
   * @param socketAddress the other end of the socket
   */
  clientOf(socketAddress: string | undefined, forwardedFor: string | readonly string[] | undefined): string | undefined {
    let client = socketAddress
    const named = typeof forwardedFor === 'string' ? [forwardedFor] : (forwardedFor ?? [])
    const hops = named.flatMap((line) => line.split(',')).map((hop) => hop.trim())
    while (client !== undefined && this.#isTrusted(client) && hops.length > 0) {
      const hop = hops.pop() ?? ''
      if (isIP(hop) === 0) return client // A proxy that says no address is the last that is known.
      client = hop
    }
    return client
  }

  /**
   * Whether the client's connection is over TLS by the word of a trusted proxy.
   * @param forwardedProto X-Forwarded-Proto; of several the last is that of the nearest proxy
   */
  endTls(socketAddress: string | undefined, forwardedProto: string | readonly string[] | undefined): boolean {
    if (socketAddress === undefined || forwardedProto === undefined || !this.#isTrusted(socketAddress)) return false
    const named = typeof forwardedProto === 'string' ? forwardedProto : forwardedProto.join(',')
    return named.split(',').at(-1)?.trim().toLowerCase() === 'https'
  }

  #isTrusted(address: string): boolean {
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
    if (mapped !== null) return this.#list.check(mapped[1] ?? '', 'ipv4')
    const version = isIP(address)
    return version !== 0 && this.#list.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
}

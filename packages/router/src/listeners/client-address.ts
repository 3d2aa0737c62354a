// The address of the client behind a connection: the remote address of the socket or, where that is a trusted proxy, the address
// that the proxy names. Never believes what a client writes itself.

import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { UsageError } from '@trunkline/protocol'
import { hopsOf } from './forwarded-hops.ts'

/** Stands for connections by a Unix socket in the list of trusted proxies. */
export const UNIX = 'unix'

/** The proxies that are believed about addresses. */
export class TrustedProxies {
  readonly #list = new BlockList()
  readonly #trustsUnix: boolean
  readonly isEmpty: boolean

  /**
   * @param addresses addresses or networks: `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`; or `unix`
   * @throws {UsageError} when one is neither
   */
  constructor(addresses: readonly string[]) {
    this.isEmpty = addresses.length === 0
    this.#trustsUnix = addresses.includes(UNIX)
    for (const each of addresses) if (each !== UNIX) this.#add(each)
  }

  /**
   * The client's address: the first from the right of X-Forwarded-For (or, without that, of Forwarded, RFC 7239) that is no trusted
   * proxy, since everything to the left of it may be made up.
   * @param known the remote address of the socket, or the client that the PROXY protocol named
   */
  clientOf(known: string | undefined, headers: IncomingHttpHeaders): string | undefined {
    // The headers of other peers are not even read.
    const hops = known !== undefined && this.has(known) ? hopsOf(headers) : []
    let client = known
    while (client !== undefined && hops.length > 0 && this.has(client)) {
      const hop = addressOf(hops.pop() ?? '')
      if (hop === undefined) break // A proxy that names no address is the last known hop.
      client = hop
    }
    return client === UNIX ? undefined : client
  }

  /**
   * Whether the client's connection uses TLS, as a trusted proxy reports.
   * @param forwardedProto X-Forwarded-Proto; of several values the last is that of the nearest proxy
   */
  endTls(known: string | undefined, forwardedProto: string | readonly string[] | undefined): boolean {
    if (known === undefined || forwardedProto === undefined || !this.has(known)) return false
    const named = typeof forwardedProto === 'string' ? forwardedProto : forwardedProto.join(',')
    return named.split(',').at(-1)?.trim().toLowerCase() === 'https'
  }

  /** Whether a proxy is trusted. */
  has(address: string): boolean {
    if (this.isEmpty) return false
    if (address === UNIX) return this.#trustsUnix
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
    if (mapped !== null) return this.#list.check(mapped[1] ?? '', 'ipv4')
    const version = isIP(address)
    return version !== 0 && this.#list.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }

  #add(network: string): void {
    const [address = '', bits, ...more] = network.split('/')
    const version = isIP(address)
    const most = version === 4 ? 32 : 128
    if (version === 0 || more.length > 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most))) {
      throw new UsageError(`'${network}' is neither an IP address nor a network such as 10.0.0.0/8`, 'TL_PROXY')
    }
    this.#list.addSubnet(address, bits === undefined ? most : Number(bits), version === 4 ? 'ipv4' : 'ipv6')
  }
}

/** The address of a hop, which may carry a port: `203.0.113.7:4711`, `[2001:db8::7]:4711`. */
function addressOf(hop: string): string | undefined {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\](?::\d{1,5})?|([^:]*):\d{1,5})$/.exec(hop) ?? []
  const address = bracketed ?? plain ?? hop
  return isIP(address) === 0 ? undefined : address
}

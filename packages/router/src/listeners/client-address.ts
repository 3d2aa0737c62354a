// The address of the client behind a connection: the remote address of the socket or, where that is a trusted proxy, the address
// that the proxy names. Never believes what a client writes itself.

import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { AddressList, UNIX } from './address-list.ts'
import { hopsOf } from './forwarded-hops.ts'

/** The proxies that are believed about addresses. */
export class TrustedProxies extends AddressList {
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
}

/** The address of a hop, which may carry a port: `203.0.113.7:4711`, `[2001:db8::7]:4711`. */
function addressOf(hop: string): string | undefined {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\](?::\d{1,5})?|([^:]*):\d{1,5})$/.exec(hop) ?? []
  const address = bracketed ?? plain ?? hop
  return isIP(address) === 0 ? undefined : address
}

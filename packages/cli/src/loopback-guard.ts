// Restricts HTTP requests to a development router: peers on this machine, a Host on this machine, and pages of this
// machine. Without the last two a foreign web page could reach it through the browser.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { hostOfHeader, hostOfOrigin } from '@trunkline/router'

/** The answer to a refused request. */
export interface Refusal {
  readonly status: number
  readonly text: string
}

/** Checks requests. */
export class LoopbackGuard {
  readonly #loopback = new BlockList()

  constructor() {
    this.#loopback.addSubnet('127.0.0.0', 8, 'ipv4')
    this.#loopback.addAddress('::1', 'ipv6')
  }

  /** The refusal of a request; undefined when it is allowed. */
  judge({ socket, headers }: IncomingMessage): Refusal | undefined {
    if (!this.#isLoopbackAddress(socket.remoteAddress ?? '')) return refusal('a development router serves only clients on its own machine')
    if (!this.#isLoopbackHost(hostOfHeader(headers.host, 'http')?.name)) return refusal('the Host header does not name this machine')
    if (headers.origin !== undefined && !this.#isLoopbackHost(hostOfOrigin(headers.origin)?.name))
      return refusal('pages of this origin may not connect')
    return undefined
  }

  /** Answers a refused request; returns false when it is allowed. */
  refuses(request: IncomingMessage, response: ServerResponse): boolean {
    const refused = this.judge(request)
    if (refused === undefined) return false
    response.writeHead(refused.status, { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' })
    response.end(`${refused.text}\n`)
    return true
  }

  #isLoopbackHost(host: string | undefined): boolean {
    return host !== undefined && (host === 'localhost' || host.endsWith('.localhost') || this.#isLoopbackAddress(host))
  }

  #isLoopbackAddress(address: string): boolean {
    const family = isIP(address)
    // Most addresses are IPv4, for which the block list would take ten times as long.
    if (family === 4) return address.startsWith('127.')
    return family === 6 && this.#loopback.check(address, 'ipv6')
  }
}

function refusal(text: string): Refusal {
  return { status: 403, text }
}

// The hops of a request, as X-Forwarded-For or Forwarded (RFC 7239) lists them. Reads a header once, from its right, where the
// nearest proxy wrote, and only the end of it: any client can have written what is further left. Trusts no hop.

import type { IncomingHttpHeaders } from 'node:http'

/** How much is read of a header. A hop takes some 60 octets. */
const MOST_OCTETS = 4_096
/** No router has more proxies in front of it. */
const MOST_HOPS = 32

const QUOTE = '"'
const ESCAPE = '\\'

/** The hops of a request in the order in which they passed it on, the last 32 at most. A hop without an address in Forwarded is empty. */
export function hopsOf({ 'x-forwarded-for': forwardedFor, forwarded }: IncomingHttpHeaders): string[] {
  const named = [forwardedFor ?? []].flat()
  if (named.length > 0) return plainHops(named.join(','))
  return forwarded === undefined ? [] : forwardedHops(forwarded)
}

function plainHops(header: string): string[] {
  const hops = header.slice(-MOST_OCTETS).split(',')
  // The first hop that is read may be cut.
  if (header.length > MOST_OCTETS) hops.shift()
  return hops.slice(-MOST_HOPS).map((hop) => hop.trim())
}

/** The values of `for` in a Forwarded header. */
function forwardedHops(header: string): string[] {
  const text = header.slice(-MOST_OCTETS)
  const hops: string[] = []
  let hop = ''
  let end = text.length
  while (end >= 0 && hops.length < MOST_HOPS) {
    const separator = separatorBefore(text, end)
    if (separator === undefined || (separator < 0 && header.length > MOST_OCTETS)) break
    hop = valueOfFor(text.slice(separator + 1, end)) ?? hop
    if (text[separator] !== ';') {
      hops.push(hop)
      hop = ''
    }
    end = separator
  }
  return hops.reverse()
}

/** The index of the nearest comma or semicolon to the left outside quotes; -1: there is none; undefined: a quote has no beginning. */
function separatorBefore(text: string, end: number): number | undefined {
  for (let at = end - 1; at >= 0; at--) {
    if (text[at] === ',' || text[at] === ';') return at
    if (text[at] !== QUOTE) continue
    do at--
    while (at >= 0 && !(text[at] === QUOTE && text[at - 1] !== ESCAPE))
    if (at < 0) return undefined
  }
  return -1
}

function valueOfFor(pair: string): string | undefined {
  const equals = pair.indexOf('=')
  if (pair.slice(0, Math.max(0, equals)).trim().toLowerCase() !== 'for') return undefined
  const value = pair.slice(equals + 1).trim()
  return value.startsWith(QUOTE) ? value.slice(1, -1) : value
}

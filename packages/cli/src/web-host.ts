// The host of a web page and the host that a request names, in one spelling: case, default port, a trailing dot and the
// brackets of IPv6 make no difference. Decides nothing.

import { isIP } from 'node:net'

/** Where a page comes from, or where a request goes. */
export interface WebHost {
  readonly scheme: 'http' | 'https'
  /** In small letters, without brackets and trailing dot. */
  readonly name: string
  readonly port: number
}

/** The host of an origin; undefined for one without, such as `null`. `ws` counts as `http`, `wss` as `https`: some clients say so. */
export function hostOfOrigin(origin: string): WebHost | undefined {
  const match = /^([a-z]+):\/\/([^\s/?#@\\]+)$/i.exec(origin)
  const scheme = SCHEMES.get(match?.[1]?.toLowerCase() ?? '')
  return scheme === undefined ? undefined : hostOfHeader(match?.[2], scheme)
}

/** The host that the header Host names; undefined when it is none. */
export function hostOfHeader(host: string | undefined, scheme: WebHost['scheme']): WebHost | undefined {
  const url = `${scheme}://${host ?? ''}`
  // A URL is not even made of a long one: that may take a time that grows with the square of its length.
  if ((host ?? '').length > LONGEST || !/^[^\s/?#@\\]+$/.test(host ?? '') || !URL.canParse(url)) return undefined
  const { hostname, port } = new URL(url)
  return { scheme, name: hostName(hostname), port: port === '' ? DEFAULT_PORTS[scheme] : Number(port) }
}

/** A host's name in the one spelling. */
export function hostName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
}

/** Whether a name is an address or always means this machine: no owner of a domain can lead it elsewhere. */
export function isFixed(name: string): boolean {
  return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost')
}

/** A name has 253 characters at most, then come a dot, a colon and a port; browsers send no other spelling. */
const LONGEST = 253 + 1 + 1 + 5

const SCHEMES: ReadonlyMap<string, WebHost['scheme']> = new Map([
  ['http', 'http'],
  ['https', 'https'],
  ['ws', 'http'],
  ['wss', 'https'],
])
const DEFAULT_PORTS = { http: 80, https: 443 } as const

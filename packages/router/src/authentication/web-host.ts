// The host of a web page and the host that a request names, in one spelling: case, default port, a trailing dot and the
// brackets of IPv6 make no difference.

import { isIP } from 'node:net'

/** The host of a page, or of a request. */
export interface WebHost {
  readonly scheme: 'http' | 'https'
  /** In lower case, without brackets and trailing dot. */
  readonly name: string
  readonly port: number
}

/** The host of an origin; undefined for one without, such as `null`. `ws` counts as `http`, `wss` as `https`: some clients send those. */
export function hostOfOrigin(origin: string): WebHost | undefined {
  const match = /^([a-z]+):\/\/([^\s/?#@\\]+)$/i.exec(origin)
  const scheme = SCHEMES.get(match?.[1]?.toLowerCase() ?? '')
  return scheme === undefined ? undefined : hostOfHeader(match?.[2], scheme)
}

/** The host that the header Host names; undefined when it names none. */
export function hostOfHeader(host: string | undefined, scheme: WebHost['scheme']): WebHost | undefined {
  const url = `${scheme}://${host ?? ''}`
  // A long host is refused before it is parsed, which may take time that grows with the square of its length.
  if ((host ?? '').length > LONGEST || !/^[^\s/?#@\\]+$/.test(host ?? '') || !URL.canParse(url)) return undefined
  const { hostname, port } = new URL(url)
  return { scheme, name: hostName(hostname), port: port === '' ? DEFAULT_PORTS[scheme] : Number(port) }
}

/** A host's name in one spelling. */
export function hostName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
}

/** Whether a page is one of a listed origin; `https://*.example.com` lists every name of one label more. */
export function isPageOf(page: WebHost, listed: WebHost | undefined): boolean {
  return page.scheme === listed?.scheme && page.port === listed.port && isNamed(page.name, listed.name)
}

function isNamed(name: string, listed: string): boolean {
  if (!listed.startsWith('*.')) return name === listed
  return name.endsWith(listed.slice(1)) && /^[^.]+$/.test(name.slice(0, 1 - listed.length))
}

/** Whether a name is an address or always means this machine, so that no owner of a domain can redirect it. */
export function isFixedHost(name: string): boolean {
  return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost')
}

/** Whether no foreign name is led to the router by a page: it is fixed, or one of `hosts`, the names of the router. */
export function isOwnHost(name: string, hosts: readonly string[]): boolean {
  return isFixedHost(name) || hosts.some((each) => hostName(each) === name)
}

/** A name has at most 253 characters, followed by a dot, a colon and a port; browsers send no other spelling. */
const LONGEST = 253 + 1 + 1 + 5

const SCHEMES: ReadonlyMap<string, WebHost['scheme']> = new Map([
  ['http', 'http'],
  ['https', 'https'],
  ['ws', 'http'],
  ['wss', 'https'],
])
const DEFAULT_PORTS = { http: 80, https: 443 } as const

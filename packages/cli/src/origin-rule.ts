// Whose web pages may connect: those of the origins listed, or those of the router's own host where no foreign name can
// stand for it. Says nothing about clients that are no browsers: they send no Origin.

import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { hostName, hostOfHeader, hostOfOrigin, isFixed } from './web-host.ts'
import type { WebHost } from './web-host.ts'

/** What a listener says about pages. */
export interface OriginRule {
  /** Absent: only pages of the same host and port. */
  readonly origins?: readonly string[] | undefined
  /** The names by which pages of the same host may reach the router, besides localhost and addresses. */
  readonly hosts?: readonly string[] | undefined
}

/**
 * Why the page that sent a request may not connect, in a line; undefined when it may.
 *
 * A page can lead a name of its own to the router's address (DNS rebinding). Its Origin and the Host of its requests are
 * then the same, so that a Host counts only where its name is known, or where the certificate of TLS vouches for it.
 */
export function originFault({ headers, socket }: IncomingMessage, { origins, hosts = [] }: OriginRule): string | undefined {
  if (headers.origin === undefined) return undefined
  if (origins?.includes('*') === true) return undefined
  const page = hostOfOrigin(headers.origin)
  if (page === undefined) return NOT_ALLOWED
  if (origins !== undefined) return origins.some((each) => isSame(page, hostOfOrigin(each))) ? undefined : NOT_ALLOWED
  const isSecure = socket instanceof TLSSocket
  // Without TLS here, a proxy may have ended it: the page knows what its browser spoke.
  const own = hostOfHeader(headers.host, isSecure ? 'https' : page.scheme)
  if (own === undefined || own.name !== page.name || own.port !== page.port) return NOT_ALLOWED
  return isSecure || isFixed(own.name) || hosts.some((each) => hostName(each) === own.name) ? undefined : UNKNOWN_HOST
}

function isSame(a: WebHost, b: WebHost | undefined): boolean {
  return a.scheme === b?.scheme && a.port === b.port && isNamed(a.name, b.name)
}

/** Whether a name is one that is allowed; `*.example.com` allows each name of one label more. */
function isNamed(name: string, allowed: string): boolean {
  if (!allowed.startsWith('*.')) return name === allowed
  return name.endsWith(allowed.slice(1)) && /^[^.]+$/.test(name.slice(0, 1 - allowed.length))
}

const NOT_ALLOWED = 'pages of this origin may not connect'
const UNKNOWN_HOST =
  'pages may not connect by this Host: it is neither localhost nor an address; name it in `hosts` of the listener, or the page in `origins`'

// Which web pages may connect: those of the listed origins, or those of the router's own host if no foreign name can
// point to it. It does not restrict other clients than browsers, which send no Origin.

import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { hostOfHeader, hostOfOrigin, isOwnHost, isPageOf } from '@trunkline/router'

/** The rule of a listener for web pages. */
export interface OriginRule {
  /** Absent: only pages of the same host and port. */
  readonly origins?: readonly string[] | undefined
  /** The names by which pages of the same host may reach the router, besides localhost and addresses. */
  readonly hosts?: readonly string[] | undefined
}

/**
 * The reason, in one line, why the page that sent a request may not connect; undefined when it may.
 *
 * A page can point a name of its own to the router's address (DNS rebinding). Its Origin and the Host of its requests are
 * then the same, so that a Host counts only where its name is known, or where the certificate of TLS vouches for it.
 */
export function originFault({ headers, socket }: IncomingMessage, { origins, hosts = [] }: OriginRule): string | undefined {
  if (headers.origin === undefined) return undefined
  if (origins?.includes('*') === true) return undefined
  const page = hostOfOrigin(headers.origin)
  if (page === undefined) return NOT_ALLOWED
  if (origins !== undefined) return origins.some((each) => isPageOf(page, hostOfOrigin(each))) ? undefined : NOT_ALLOWED
  const isSecure = socket instanceof TLSSocket
  // Without TLS here, a proxy may have terminated it: the scheme of the page shows what the browser used.
  const own = hostOfHeader(headers.host, isSecure ? 'https' : page.scheme)
  // A page without TLS at the port of TLS is not of the router: an attacker between the two has made it.
  if (isSecure && page.scheme !== 'https') return NOT_ALLOWED
  if (own === undefined || own.name !== page.name || own.port !== page.port) return NOT_ALLOWED
  return isSecure || isOwnHost(own.name, hosts) ? undefined : UNKNOWN_HOST
}

/**
 * The reason why a GET for events that names neither an Origin nor a login may not be made by its Host; undefined when it may. Browsers send
 * none with a GET to the page's own host, and pages may set all other headers by which a browser is known.
 */
export function hostFault(request: IncomingMessage, rule: OriginRule): string | undefined {
  const { origin, host, authorization, upgrade } = request.headers
  if (request.method !== 'GET' || origin !== undefined || host === undefined) return undefined
  if (authorization !== undefined || upgrade !== undefined) return undefined
  return isByOwnName(request, rule) ? undefined : FOREIGN_HOST
}

/** Whether a request came by a name of the router: a page that has led a name of its own to it learns nothing by that. */
export function isByOwnName({ headers, socket }: IncomingMessage, { origins = [], hosts = [] }: OriginRule): boolean {
  if (socket instanceof TLSSocket || origins.includes('*')) return true
  const own = hostOfHeader(headers.host, 'http')
  return own !== undefined && (isOwnHost(own.name, hosts) || origins.some((each) => hostOfOrigin(each)?.name === own.name))
}

const NOT_ALLOWED = 'pages of this origin may not connect'
const FOREIGN_HOST = 'this Host is neither localhost nor an address: name it in `hosts` of the listener, or send a login in Authorization'
const UNKNOWN_HOST =
  'pages may not connect by this Host: it is neither localhost nor an address; name it in `hosts` of the listener, or the page in `origins`'

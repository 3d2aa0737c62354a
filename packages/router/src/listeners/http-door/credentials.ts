// How a request says who it is from, in the words of a login: which methods of the realm may take it, by which name and secret.
// Judges no login.

import type { IncomingHttpHeaders } from 'node:http'

/** A login as a request asks for it. */
export interface Credentials {
  /** In the order in which the realm tries them. */
  readonly authmethods: readonly string[]
  readonly authid?: string | undefined
  /** The answer to the challenge. */
  readonly secret?: string | undefined
}

/** A token, or a text that a procedure of the application knows. */
const BEARER = ['jwt', 'ticket']
const BASIC = ['ticket']

/**
 * The login that a request asks for; undefined when its `Authorization` cannot be read.
 * @param hasCertificate whether its connection has shown a certificate
 */
export function credentialsOf({ authorization, cookie }: IncomingHttpHeaders, hasCertificate: boolean): Credentials | undefined {
  if (authorization === undefined) {
    return { authmethods: [...(hasCertificate ? ['tls'] : []), ...(cookie === undefined ? [] : ['cookie']), 'anonymous'] }
  }
  const [, scheme = '', rest = ''] = /^([A-Za-z]+) +([\w\-.~+/]+=*) *$/.exec(authorization) ?? []
  if (scheme.toLowerCase() === 'bearer') return { authmethods: BEARER, secret: rest }
  return scheme.toLowerCase() === 'basic' ? basic(Buffer.from(rest, 'base64').toString('utf8')) : undefined
}

/** RFC 7617: the name ends at the first colon. */
function basic(text: string): Credentials | undefined {
  const colon = text.indexOf(':')
  return colon < 1 ? undefined : { authmethods: BASIC, authid: text.slice(0, colon), secret: text.slice(colon + 1) }
}

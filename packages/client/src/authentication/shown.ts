// Methods whose proof is part of the transport (a certificate or a cookie), so that there is no CHALLENGE to answer.

import type { AuthMethod } from '../login.ts'
import { authMethod } from './run-login.ts'

/**
 * Logs in by the certificate that this client showed to TLS (method `tls`).
 *
 * @example
 * import { tlsAuth } from '@trunkline/client/auth'
 *
 * console.log(tlsAuth().name) // tls
 */
export function tlsAuth(): AuthMethod {
  return shown('tls')
}

/**
 * Logs in by the cookie that the browser sent with the WebSocket (method `cookie`).
 *
 * @example
 * import { cookieAuth } from '@trunkline/client/auth'
 *
 * console.log(cookieAuth().name) // cookie
 */
export function cookieAuth(): AuthMethod {
  return shown('cookie')
}

function shown(name: string): AuthMethod {
  return authMethod(name, () => ({ answer: () => Promise.reject(new Error(`${name} answers no challenge`)) }))
}

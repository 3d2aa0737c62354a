// Method `jwt`, the client's side: a signed token in place of a secret. Never looks into it.

import type { AuthMethod } from '../login.ts'
import { authMethod } from './run-login.ts'
import type { Secret } from './ticket.ts'
import { checkSecret, valueOf } from './ticket.ts'

/**
 * Logs in by a JSON Web Token. Give a function where tokens expire: each login asks it for one. An open session is
 * renewed by a call of `trunkline.auth.renew` with the next token.
 *
 * @example
 * import { jwtAuth } from '@trunkline/client/auth'
 *
 * const auth = jwtAuth(async () => 'eyJhbGciOi…')
 * console.log(auth.name) // jwt
 */
export function jwtAuth(token: Secret): AuthMethod {
  checkSecret('token', token)
  return authMethod('jwt', () => ({ answer: () => valueOf(token) }))
}

// Method `jwt`, the client's side: a signed token in place of a secret. The client does not read the token.

import type { AuthMethod } from '../login.ts'
import { authMethod } from './run-login.ts'
import type { Secret } from './ticket.ts'
import { checkSecret, valueOf } from './ticket.ts'

/**
 * Logs in by a JSON Web Token. If tokens expire, pass a function: each login calls it for a token. To renew an open
 * session, call `trunkline.auth.renew` with the next token.
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

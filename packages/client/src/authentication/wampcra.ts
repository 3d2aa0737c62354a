// Method `wampcra`, the client's side (specification: "Challenge Response Authentication").

import type { Dict } from '@trunkline/protocol'
import type { AuthMethod } from '../login.ts'
import { authMethod } from './run-login.ts'
import type { Secret } from './ticket.ts'
import { checkSecret, valueOf } from './ticket.ts'
import { hmac, pbkdf2, toBase64, utf8 } from './web-crypto.ts'

/** More would take minutes. */
const MOST_ITERATIONS = 10_000_000
const MOST_KEY_OCTETS = 1024

/**
 * Logs in by a secret, or by a password if the router sends a salt. The secret never crosses the connection. Needs
 * `authid`.
 *
 * @example
 * import { craAuth } from '@trunkline/client/auth'
 *
 * const auth = craAuth(async () => 'secret1')
 * console.log(auth.name) // wampcra
 */
export function craAuth(secret: Secret): AuthMethod {
  checkSecret('secret', secret)
  return authMethod('wampcra', () => ({ answer: async ({ extra }) => signCra(await valueOf(secret), extra) }))
}

/** The signature of a challenge: Base64 of HMAC-SHA-256 over its text, unchanged. */
export async function signCra(secret: string, extra: Dict): Promise<string> {
  const { challenge } = extra
  if (typeof challenge !== 'string') throw new Error('the CHALLENGE holds no challenge')
  return toBase64(await hmac(utf8(await derivedKey(secret, extra)), utf8(challenge)))
}

/** The key is the Base64 text of PBKDF2's result, and the salt is used as text, as in all implementations. */
export async function derivedKey(secret: string, { salt, iterations, keylen }: Dict): Promise<string> {
  if (salt === undefined || salt === null) return secret
  if (typeof salt !== 'string') throw new Error('the salt is no text')
  return toBase64(
    await pbkdf2(
      utf8(secret),
      utf8(salt),
      count(iterations ?? 1000, MOST_ITERATIONS, 'iterations'),
      count(keylen ?? 32, MOST_KEY_OCTETS, 'keylen'),
    ),
  )
}

/** @throws when it is no number of that range */
export function count(value: unknown, most: number, what: string, least = 1): number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return value as number
  throw new Error(`${what} is not between ${least} and ${most}`)
}

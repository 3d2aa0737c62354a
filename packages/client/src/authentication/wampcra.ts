// Method `wampcra`, the client's side (specification: "Challenge Response Authentication").

import type { Dict } from '@trunkline/protocol'
import { checkNamed } from '../checks.ts'
import type { AuthMethod } from '../login.ts'
import { authMethod } from './run-login.ts'
import type { Secret } from './ticket.ts'
import { checkSecret, valueOf } from './ticket.ts'
import { hmac, pbkdf2, toBase64, utf8 } from './web-crypto.ts'

/** Of PBKDF2, for each 32 octets of a key: some 0.2 s on a fast machine. More has to be allowed, since the router says how many. */
export const MOST_ITERATIONS = 1_000_000
const MOST_KEY_OCTETS = 1024
/** What PBKDF2 makes at once; a longer key takes all iterations again and again. */
const BLOCK_OCTETS = 32

export interface CraAuthOptions {
  /**
   * The most iterations of PBKDF2 that the client computes when the router sends a salt, for a key of 32 octets; for a longer one
   * accordingly fewer. Default 1,000,000.
   */
  readonly mostIterations?: number | undefined
}

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
export function craAuth(secret: Secret, options: CraAuthOptions = {}): AuthMethod {
  checkSecret('secret', secret)
  checkNamed('options', options, 'mostIterations:integer')
  return authMethod('wampcra', () => ({ answer: async ({ extra }) => signCra(await valueOf(secret), extra, options) }))
}

/** The signature of a challenge: Base64 of HMAC-SHA-256 over its text, unchanged. */
export async function signCra(secret: string, extra: Dict, options?: CraAuthOptions): Promise<string> {
  const { challenge } = extra
  if (typeof challenge !== 'string') throw new Error('the CHALLENGE holds no challenge')
  return toBase64(await hmac(utf8(await derivedKey(secret, extra, options)), utf8(challenge)))
}

/** The key is the Base64 text of PBKDF2's result, and the salt is used as text, as in all implementations. */
export async function derivedKey(secret: string, { salt, iterations, keylen }: Dict, options: CraAuthOptions = {}): Promise<string> {
  if (salt === undefined || salt === null) return secret
  if (typeof salt !== 'string') throw new Error('the salt is no text')
  const octets = count(keylen ?? 32, MOST_KEY_OCTETS, 'keylen')
  const most = Math.floor((options.mostIterations ?? MOST_ITERATIONS) / Math.ceil(octets / BLOCK_OCTETS))
  const rounds = count(iterations ?? 1000, most, 'the number of iterations that the router asks for (mostIterations)')
  return toBase64(await pbkdf2(utf8(secret), utf8(salt), rounds, octets))
}

/** @throws when it is no number of that range */
export function count(value: unknown, most: number, what: string, least = 1): number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return value as number
  throw new Error(`${what} is not between ${least} and ${most}`)
}

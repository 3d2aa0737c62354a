// Makes the credential that the router keeps of a user for WAMP-CRA.

import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { UsageError } from '@trunkline/protocol'
import type { CraOptions } from './options.ts'
import { Later } from './secrets.ts'

export const DEFAULT_ITERATIONS = 100_000
export const DEFAULT_KEY_OCTETS = 32

/** The credential of a user. */
export interface CraCredential {
  readonly key: Later<string>
  readonly salting: { readonly salt: string; readonly iterations: number; readonly keylen: number } | undefined
}

/**
 * Reads a user's options, and derives the key where only the password is given.
 * @throws {UsageError} when the options are not valid
 */
export function craCredential(authid: string, options: CraOptions): CraCredential {
  if ('secret' in options) {
    if (options.secret === '') throw new UsageError(`user '${authid}': wampcra.secret is empty`, 'TL_REALM')
    return { key: new Later(options.secret), salting: undefined }
  }
  const { salt, iterations = DEFAULT_ITERATIONS, keylen = DEFAULT_KEY_OCTETS } = options
  const [name, text] = 'key' in options ? ['key', options.key] : ['password', options.password]
  if (text === '') throw new UsageError(`user '${authid}': wampcra.${name} is empty`, 'TL_REALM')
  if (salt === '') throw new UsageError(`user '${authid}': wampcra.salt is empty`, 'TL_REALM')
  for (const [cost, value] of Object.entries({ iterations, keylen })) {
    if (!Number.isInteger(value) || value < 1)
      throw new UsageError(`user '${authid}': wampcra.${cost} is not a positive integer`, 'TL_REALM')
  }
  const key = 'key' in options ? options.key : deriveCraKey(options.password, salt, iterations, keylen)
  return { key: new Later(key), salting: { salt, iterations, keylen } }
}

/** The key of a salted password: the Base64 text of PBKDF2-HMAC-SHA256, with the salt as text, as in all implementations. */
export async function deriveCraKey(password: string, salt: string, iterations: number, keylen: number): Promise<string> {
  return (await promisify(pbkdf2)(password, salt, iterations, keylen, 'sha256')).toString('base64')
}

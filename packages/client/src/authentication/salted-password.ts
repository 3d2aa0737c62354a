// Derives the key of WAMP-SCRAM from a password, by the function that the router names, within limits of cost.

import type { Dict } from '@trunkline/protocol'
import { saslPrepared } from '@trunkline/protocol'
import type { Octets } from './web-crypto.ts'
import { fromBase64, pbkdf2, toBase64, utf8 } from './web-crypto.ts'
import { count, MOST_ITERATIONS } from './wampcra.ts'

const KEY_OCTETS = 32
const LEAST_ITERATIONS = 4096
/** KiB. */
const MOST_MEMORY = 128 * 1024
/** KiB written in all passes: with less, a hash is easy to break. */
const LEAST_WORK = 8 * 1024
/** The most of it, in times of the memory. With MOST_MEMORY that takes under a second on a fast machine, in which a page does nothing else. */
const MOST_PASSES = 4

type Dialect = 'specified' | 'autobahn'

/** What a router may ask for, which says how dear the login is. */
export interface AcceptedCost {
  /** The fewest iterations of PBKDF2 that the client accepts, since a hash of fewer is easy to break. Default 4,096. */
  readonly leastIterations?: number | undefined
  /** The most iterations of PBKDF2 that the client computes. Default 1,000,000. */
  readonly mostIterations?: number | undefined
  /** The most memory that the client takes for Argon2, in KiB; in all passes it writes four times that at most. Default 131,072: 128 MiB. */
  readonly mostMemory?: number | undefined
}

/** Makes a function that derives the key. It caches the last key for the same password and parameters. */
export function saltedPassword(accepted: AcceptedCost): (password: string, extra: Dict, dialect: Dialect) => Promise<Octets> {
  let last: { readonly of: string; readonly key: Promise<Octets> } | undefined
  return (password, extra, dialect) => {
    const of = JSON.stringify([password, dialect, extra['kdf'], extra['salt'], extra['iterations'], extra['memory']])
    if (last?.of === of) return last.key
    const key = derive(password, extra, dialect, accepted)
    last = { of, key }
    // A failed derivation is not cached: loading the library, for example, may succeed the next time.
    key.catch(() => (last = undefined))
    return key
  }
}

async function derive(password: string, extra: Dict, dialect: Dialect, accepted: AcceptedCost): Promise<Octets> {
  const { leastIterations = LEAST_ITERATIONS, mostIterations = MOST_ITERATIONS, mostMemory = MOST_MEMORY } = accepted
  const { kdf, salt, iterations, memory } = extra
  const isSpecified = dialect === 'specified'
  const prepared = isSpecified ? saslPrepared(password) : password
  if (prepared === undefined) throw new Error('the password is empty or holds what SASLprep prohibits')
  const secret = utf8(prepared)
  if (kdf === 'pbkdf2') {
    const asked = 'the number of iterations that the router asks for (leastIterations, mostIterations)'
    const rounds = count(iterations, mostIterations, asked, leastIterations)
    return pbkdf2(secret, isSpecified ? fromBase64(String(salt)) : utf8(String(salt)), rounds, KEY_OCTETS)
  }
  if (kdf !== (isSpecified ? 'argon2id13' : 'argon2id-13')) throw new Error(`the key derivation function ${String(kdf)} is not known`)
  const mostWork = MOST_PASSES * mostMemory
  const memorySize = count(memory, mostMemory, 'the memory that the router asks for (mostMemory)', 8)
  const passes = count(iterations, mostWork, 'the number of iterations that the router asks for')
  count(memorySize * passes, mostWork, 'memory times iterations that the router asks for (four times mostMemory)', LEAST_WORK)
  const { argon2id } = await import('./argon2.ts')
  const options = {
    password: secret,
    salt: fromBase64(String(salt)),
    iterations: passes,
    memorySize,
    parallelism: 1,
    hashLength: KEY_OCTETS,
  }
  const key = Uint8Array.from(await argon2id({ ...options, outputType: 'binary' }))
  // Autobahn uses the Base64 text of Argon2's result as the key.
  return isSpecified ? key : utf8(toBase64(key).replaceAll('=', ''))
}

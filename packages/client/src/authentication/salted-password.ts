// Derives the key of WAMP-SCRAM from a password, by the function that the router names, within limits of cost.

import type { Dict } from '@trunkline/protocol'
import { saslPrepared } from '@trunkline/protocol'
import type { Octets } from './web-crypto.ts'
import { fromBase64, pbkdf2, toBase64, utf8 } from './web-crypto.ts'
import { count } from './wampcra.ts'

const KEY_OCTETS = 32
/** KiB. */
const MOST_MEMORY = 1024 * 1024
/** KiB written in all passes: with less, a hash is easy to break; with more than MOST_WORK, a login takes over some ten seconds. */
const LEAST_WORK = 8 * 1024
const MOST_WORK = 4 * 1024 * 1024

type Dialect = 'specified' | 'autobahn'

/** How many iterations a router may ask for; `least` holds for PBKDF2. */
interface AcceptedIterations {
  readonly least: number
  readonly most: number
}

/** Makes a function that derives the key. It caches the last key for the same password and parameters. */
export function saltedPassword(accepted: AcceptedIterations): (password: string, extra: Dict, dialect: Dialect) => Promise<Octets> {
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

async function derive(password: string, extra: Dict, dialect: Dialect, { least, most }: AcceptedIterations): Promise<Octets> {
  const { kdf, salt, iterations, memory } = extra
  const isSpecified = dialect === 'specified'
  const prepared = isSpecified ? saslPrepared(password) : password
  if (prepared === undefined) throw new Error('the password is empty or holds what SASLprep prohibits')
  const secret = utf8(prepared)
  if (kdf === 'pbkdf2') {
    const rounds = count(iterations, most, 'iterations', least)
    return pbkdf2(secret, isSpecified ? fromBase64(String(salt)) : utf8(String(salt)), rounds, KEY_OCTETS)
  }
  if (kdf !== (isSpecified ? 'argon2id13' : 'argon2id-13')) throw new Error(`the key derivation function ${String(kdf)} is not known`)
  const memorySize = count(memory, MOST_MEMORY, 'memory', 8)
  const passes = count(iterations, most, 'iterations')
  count(memorySize * passes, MOST_WORK, 'memory times iterations', LEAST_WORK)
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

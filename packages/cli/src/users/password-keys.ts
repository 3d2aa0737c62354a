// From a password to the keys that a configuration holds, for WAMP-SCRAM and WAMP-CRA.

import { pbkdf2Sync, randomBytes } from 'node:crypto'

const SALT_OCTETS = 16
const KEY_OCTETS = 32
export const DEFAULT_PASSES = 3
export const DEFAULT_ROUNDS = 100_000
export const DEFAULT_MEMORY_KIB = 65_536

/** How keys are derived; what is absent has its default. */
export interface Derivation {
  readonly kdf?: 'argon2id13' | 'pbkdf2' | undefined
  readonly dialect?: 'specified' | 'autobahn' | undefined
  readonly iterations?: number | undefined
  /** KiB, for argon2id13. */
  readonly memory?: number | undefined
}

/** The value of `scram` of a user. */
export async function scramEntry(password: string, { kdf = 'argon2id13', dialect = 'specified', ...cost }: Derivation) {
  const { deriveScramKeys } = await import('@trunkline/router')
  const octets = randomBytes(SALT_OCTETS)
  const isArgon = kdf === 'argon2id13'
  const iterations = cost.iterations ?? (isArgon ? DEFAULT_PASSES : DEFAULT_ROUNDS)
  const memoryKib = isArgon ? (cost.memory ?? DEFAULT_MEMORY_KIB) : undefined
  const { storedKey, serverKey } = await deriveScramKeys(password, { kdf, salt: octets, iterations, memory: memoryKib }, dialect)
  return {
    kdf,
    ...(dialect === 'specified' ? {} : { dialect }),
    salt: octets.toString('hex'),
    iterations,
    ...(memoryKib === undefined ? {} : { memory: memoryKib }),
    storedKey: storedKey.toString('hex'),
    serverKey: serverKey.toString('hex'),
  }
}

/** The value of `wampcra` of a user. */
export function craEntry(password: string, { iterations = DEFAULT_ROUNDS }: Derivation) {
  const text = randomBytes(SALT_OCTETS).toString('hex')
  const key = pbkdf2Sync(password, text, iterations, KEY_OCTETS, 'sha256').toString('base64')
  return { key, salt: text, iterations, keylen: KEY_OCTETS }
}

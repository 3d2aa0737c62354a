// Makes the credential that the router keeps of a user for WAMP-SCRAM. The library for Argon2 is loaded only when needed.

import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { saslPrepared, UsageError } from '@trunkline/protocol'
import type { ScramOptions } from './options.ts'
import { hmac, Later, octetsOf, sha256 } from './secrets.ts'

export interface ScramKeys {
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

/** The credential of a user. */
export interface ScramCredential {
  readonly kdf: 'pbkdf2' | 'argon2id13'
  readonly salt: Buffer
  readonly iterations: number
  readonly memory: number | undefined
  readonly keys: Later<ScramKeys>
}

const KEY_OCTETS = 32
const LEAST_SALT_OCTETS = 8
const MOST_SALT_OCTETS = 1024

/**
 * Reads a user's options, and derives the keys where only the password is given.
 * @throws {UsageError} when the options are not valid
 */
export function scramCredential(authid: string, options: ScramOptions): ScramCredential {
  const { kdf, iterations, memory } = options
  const fail = (what: string): never => {
    throw new UsageError(`user '${authid}': scram.${what}`, 'TL_REALM')
  }
  const salt = octetsOf(options.salt, options.salt.length / 2) ?? fail('salt is not hexadecimal')
  if (salt.length < LEAST_SALT_OCTETS || salt.length > MOST_SALT_OCTETS)
    fail(`salt does not have ${LEAST_SALT_OCTETS} to ${MOST_SALT_OCTETS} octets`)
  if (!isCount(iterations)) fail('iterations is not a positive integer')
  if (kdf === 'argon2id13' && !isCount(memory)) fail('memory is not a positive integer, which argon2id13 requires')
  const cost = { kdf, salt, iterations, memory: kdf === 'argon2id13' ? memory : undefined }
  if ('password' in options) {
    if (options.dialect !== 'autobahn' && saslPrepared(options.password) === undefined)
      fail('password is empty or contains characters that SASLprep prohibits')
    return { ...cost, keys: new Later(deriveScramKeys(options.password, cost, options.dialect ?? 'specified')) }
  }
  const storedKey = octetsOf(options.storedKey, KEY_OCTETS) ?? fail('storedKey is not 32 octets in hexadecimal')
  const serverKey = octetsOf(options.serverKey, KEY_OCTETS) ?? fail('serverKey is not 32 octets in hexadecimal')
  return { ...cost, keys: new Later({ storedKey, serverKey }) }
}

/** Specification, "SCRAM Algorithms", Data Stored on the Server. */
export async function deriveScramKeys(
  password: string,
  cost: Omit<ScramCredential, 'keys'>,
  dialect: 'specified' | 'autobahn',
): Promise<ScramKeys> {
  const salted =
    dialect === 'specified' ? await stretched(saslPrepared(password) ?? '', cost, cost.salt) : await autobahnSalted(password, cost)
  return { storedKey: sha256(hmac(salted, 'Client Key')), serverKey: hmac(salted, 'Server Key') }
}

/** Autobahn passes the Base64 of the salt to PBKDF2, and uses the Base64 of Argon2's result as the salted password. */
async function autobahnSalted(password: string, cost: Omit<ScramCredential, 'keys'>): Promise<Buffer> {
  if (cost.kdf === 'pbkdf2') return stretched(password, cost, Buffer.from(cost.salt.toString('base64')))
  return Buffer.from((await stretched(password, cost, cost.salt)).toString('base64').replaceAll('=', ''))
}

async function stretched(
  password: string,
  { kdf, iterations, memory = 0 }: Omit<ScramCredential, 'keys'>,
  salt: Uint8Array,
): Promise<Buffer> {
  if (kdf === 'pbkdf2') return promisify(pbkdf2)(password, salt, iterations, KEY_OCTETS, 'sha256')
  const { argon2id } = await import('hash-wasm')
  const options = { password, salt, iterations, memorySize: memory, parallelism: 1, hashLength: KEY_OCTETS, outputType: 'binary' as const }
  return Buffer.from(await argon2id(options))
}

function isCount(value: number | undefined): boolean {
  return value !== undefined && Number.isInteger(value) && value > 0
}

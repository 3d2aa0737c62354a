// Computes published and recorded login vectors with the client's and the router's own code: node run.ts FILE, where
// FILE is JSON with lists `wampcra`, `wamp-scram` and `cryptosign`. Prints each vector that differs, and the counts.

import { readFileSync } from 'node:fs'
import { createPublicKey, verify } from 'node:crypto'
import { scramAuthMessage } from '@trunkline/protocol'
import { keyPair, signCryptosign } from '../../packages/client/src/authentication/cryptosign.ts'
import { saltedPassword } from '../../packages/client/src/authentication/salted-password.ts'
import { startScram } from '../../packages/client/src/authentication/scram.ts'
import { signCra } from '../../packages/client/src/authentication/wampcra.ts'
import { fromHex } from '../../packages/client/src/authentication/web-crypto.ts'
import { deriveScramKeys } from '../../packages/router/src/authentication/scram-keys.ts'
import { deriveCraKey } from '../../packages/router/src/authentication/cra-keys.ts'

interface CraVector {
  readonly secret: string
  readonly salt?: string
  readonly iterations?: number
  readonly keylen?: number
  readonly challenge: string
  readonly derived_key_base64?: string
  readonly signature: string
}

interface ScramVector {
  readonly kdf: 'pbkdf2' | 'argon2id13'
  readonly authid: string
  readonly password: string
  readonly client_nonce: string
  readonly nonce: string
  readonly salt: string
  readonly iterations: number
  readonly memory?: number
  readonly auth_message?: string
  readonly stored_key: string
  readonly server_key: string
  readonly client_proof: string
  readonly server_signature: string
}

interface CryptosignVector {
  readonly channel_id: string | null
  readonly private_key: string
  readonly challenge: string
  readonly signature: string
}

/** A computation, its result, and the expected result. */
type Comparison = readonly [name: string, made: unknown, expected: unknown]

async function wampcra(vector: CraVector): Promise<Comparison[]> {
  const { secret, salt, iterations = 1000, keylen = 32, challenge, signature } = vector
  const signed = await signCra(secret, salt === undefined ? { challenge } : { challenge, salt, iterations, keylen })
  const comparisons: Comparison[] = [['the signature of the client', signed, signature]]
  if (salt !== undefined && vector.derived_key_base64 !== undefined) {
    comparisons.push(['the key of the router', await deriveCraKey(secret, salt, iterations, keylen), vector.derived_key_base64])
  }
  return comparisons
}

async function scram(vector: ScramVector): Promise<Comparison[]> {
  const { kdf, authid, password, client_nonce: clientNonce, nonce, salt, iterations, memory } = vector
  const cost = { kdf, salt: Buffer.from(salt, 'base64'), iterations, memory }
  const { storedKey, serverKey } = await deriveScramKeys(password, cost, 'specified')
  const stretch = saltedPassword({ leastIterations: 1, mostIterations: Number.MAX_SAFE_INTEGER, mostMemory: 2 ** 20 })
  const login = { authid, channelBinding: () => undefined }
  const { answer, check } = await startScram((extra) => stretch(password, extra, 'specified'), login, {}, clientNonce)
  const answered = await answer({ method: 'wamp-scram', extra: { nonce, salt, kdf, iterations, memory } })
  const exchange = { authid, clientNonce, nonce, salt, iterations }
  const verdict = await check?.({ authextra: { verifier: vector.server_signature } }).then(
    () => 'right',
    (error: unknown) => String(error),
  )
  return [
    ['the stored key', storedKey.toString('base64'), vector.stored_key],
    ['the server key', serverKey.toString('base64'), vector.server_key],
    ['the proof of the client', typeof answered === 'string' ? answered : answered.signature, vector.client_proof],
    ['the verdict on the verifier', verdict, 'right'],
    [
      'the text that is signed',
      scramAuthMessage({ ...exchange, binding: 'biws' }),
      vector.auth_message ?? scramAuthMessage({ ...exchange, binding: 'biws' }),
    ],
  ]
}

async function cryptosign({ channel_id, private_key, challenge, signature }: CryptosignVector): Promise<Comparison[]> {
  const { key, publicKey } = await keyPair(private_key)
  const made = await signCryptosign(key, challenge, channel_id === null ? undefined : fromHex(channel_id, 32, 'channel_id'))
  const spki = Buffer.from(`302a300506032b6570032100${publicKey}`, 'hex')
  const octets = Buffer.from(signature, 'hex')
  const checked = verify(
    undefined,
    octets.subarray(64),
    createPublicKey({ key: spki, format: 'der', type: 'spki' }),
    octets.subarray(0, 64),
  )
  return [
    ['the signature', made, signature],
    ['the verdict of another library', checked, true],
  ]
}

const [file] = process.argv.slice(2)
if (file === undefined) {
  console.error('usage: node --import tsx conformance/crypto/run.ts FILE')
  process.exit(2)
}
const vectors = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly wampcra?: readonly CraVector[]
  readonly 'wamp-scram'?: readonly ScramVector[]
  readonly cryptosign?: readonly CryptosignVector[]
}
const groups = [
  ...(vectors.wampcra ?? []).map((vector, i) => [`wampcra ${i}`, wampcra(vector)] as const),
  ...(vectors['wamp-scram'] ?? []).map((vector, i) => [`wamp-scram ${i}`, scram(vector)] as const),
  ...(vectors.cryptosign ?? []).map((vector, i) => [`cryptosign ${i}`, cryptosign(vector)] as const),
]
let failed = 0
let passed = 0
for (const [name, comparisons] of groups) {
  for (const [what, made, expected] of await comparisons) {
    if (made === expected) passed++
    else {
      failed++
      console.error(`${name}: ${what} is ${String(made)}, expected ${String(expected)}`)
    }
  }
}
console.log(`${groups.length} vectors, ${passed} comparisons passed, ${failed} failed`)
process.exit(failed === 0 && groups.length > 0 ? 0 : 1)

// The users of examples/identity/trunkline.yaml with their credentials, and the path of that file. Opens nothing.

import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AuthMethod } from '@trunkline/client'
import { craAuth, cryptosignAuth, scramAuth, ticketAuth } from '@trunkline/client/auth'

export const EXAMPLE = fileURLToPath(new URL('../../examples/identity/trunkline.yaml', import.meta.url))

export interface User {
  readonly authid: string
  readonly role: string
  /** Secrets that no output may contain. */
  readonly secret: string
  readonly auth: AuthMethod
}

const pair = generateKeyPairSync('ed25519')
/** The example holds only the public half of a key; the private half is not known here. */
const PRIVATE_KEY = hexOf(pair.privateKey.export({ format: 'jwk' }).d)
const PUBLIC_KEY = hexOf(pair.privateKey.export({ format: 'jwk' }).x)

export const USERS = {
  ticket: user('ticket-user', 'user', 'ticket-secret-1', ticketAuth),
  limited: user('limited-user', 'limited', 'ticket-secret-2', ticketAuth),
  cra: user('cra-user', 'user', 'cra-secret-1', craAuth),
  craSalted: user('cra-salted-user', 'user', 'cra-salted-pw-1', craAuth),
  scram: user('scram-pbkdf2-user', 'user', 'scram-pw-1', scramAuth),
  scramAutobahn: user('scram-argon2-user', 'user', 'scram-pw-2', (secret) => scramAuth(secret, { dialect: 'autobahn' })),
} as const

/** Can log in where {@link withOwnKey} has been. */
export const CRYPTOSIGN: User = user('cryptosign-user', 'user', PRIVATE_KEY, cryptosignAuth)

/** The example, but with a key for the user whose private half is known here. */
export function withOwnKey(): string {
  return readFileSync(EXAMPLE, 'utf8').replace(/publicKeys: \['[0-9a-f]{64}'\]/, `publicKeys: ['${PUBLIC_KEY}']`)
}

function user(authid: string, role: string, secret: string, method: (secret: string) => AuthMethod): User {
  return { authid, role, secret, auth: method(secret) }
}

function hexOf(base64url: string | undefined): string {
  return Buffer.from(base64url ?? '', 'base64url').toString('hex')
}

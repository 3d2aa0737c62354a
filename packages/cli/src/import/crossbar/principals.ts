// Converts the users of static authenticators of Crossbar.io, for each method.

import type { Place } from '../notes.ts'
import type { Part } from './part.ts'
import { referenceOf } from './references.ts'

/** The key for the users of a method of Crossbar.io, and the conversion of one; undefined if it cannot be converted. */
export interface StaticMethod {
  readonly list: 'principals' | 'users'
  readonly read: (principal: Part, place: Place) => Readonly<Record<string, unknown>> | undefined
}

/** By the name of the method. */
export const STATIC_METHODS: ReadonlyMap<string, StaticMethod> = new Map<string, StaticMethod>([
  ['ticket', { list: 'principals', read: (principal) => secret(principal, 'ticket', (ticket) => ({ ticket })) }],
  ['wampcra', { list: 'users', read: (principal) => secret(principal, 'secret', (text) => ({ wampcra: craOf(principal, text) })) }],
  ['scram', { list: 'principals', read: scramOf }],
  ['cryptosign', { list: 'principals', read: keysOf }],
  ['tls', { list: 'principals', read: certificateOf }],
])

function secret(principal: Part, key: string, make: (text: string) => Record<string, unknown>): Record<string, unknown> | undefined {
  const text = principal.text(key)
  return text === undefined || text === '' ? undefined : make(referenceOf(text))
}

/** With a salt the secret is the derived key. */
function craOf(principal: Part, text: string): Record<string, unknown> {
  const salt = principal.text('salt')
  if (salt === undefined) return { secret: text }
  return {
    key: text,
    salt: referenceOf(salt),
    iterations: principal.number('iterations') ?? 1_000,
    keylen: principal.number('keylen') ?? 32,
  }
}

function scramOf(principal: Part, place: Place): Record<string, unknown> | undefined {
  const kdf = principal.text('kdf') === 'pbkdf2' ? 'pbkdf2' : 'argon2id13'
  const memory = principal.number('memory')
  const [salt, storedKey, serverKey] = [principal.text('salt'), principal.text('stored-key'), principal.text('server-key')]
  const iterations = principal.number('iterations')
  if (salt === undefined || storedKey === undefined || serverKey === undefined || iterations === undefined) {
    principal.note(place, '', 'not carried over; salt, iterations, stored-key or server-key is missing')
    return undefined
  }
  const cost = kdf === 'pbkdf2' ? { iterations } : { iterations, memory }
  return { scram: { kdf, salt, ...cost, dialect: 'autobahn', storedKey, serverKey } }
}

function keysOf(principal: Part): Record<string, unknown> | undefined {
  const publicKeys = principal.texts('authorized_keys').map(referenceOf)
  return publicKeys.length === 0 ? undefined : { cryptosign: { publicKeys } }
}

function certificateOf(principal: Part, place: Place): undefined {
  principal.note(
    place,
    'certificate-sha1',
    'not carried over; give the user tls.sha256, the SHA-256 of the certificate (openssl x509 -fingerprint -sha256)',
  )
}

// The credentials that the methods keep of a user, made once from its options: digests and keys. Checks no login.

import type { KeyObject } from 'node:crypto'
import { createPublicKey } from 'node:crypto'
import { UsageError } from '@trunkline/protocol'
import type { CraCredential } from './cra-keys.ts'
import { craCredential, DEFAULT_ITERATIONS, DEFAULT_KEY_OCTETS } from './cra-keys.ts'
import type { CraOptions, UserOptions } from './options.ts'
import type { ScramCredential } from './scram-keys.ts'
import { scramCredential } from './scram-keys.ts'
import { octetsOf, sha256 } from './secrets.ts'

/** The credentials of one user. */
export interface Credentials {
  /** The digest of the ticket. */
  readonly ticket: Buffer | undefined
  readonly cra: CraCredential | undefined
  readonly scram: ScramCredential | undefined
  /** The public keys by their lower-case hex. */
  readonly publicKeys: readonly (readonly [string, KeyObject])[]
  /** The digests of certificates in lower-case hex. */
  readonly certificates: readonly string[]
  /** What a stranger can see of the user: its methods, and what their challenges show. */
  readonly look: string
}

/** A user with its credentials. */
export interface User {
  readonly authid: string
  /** Its `authprovider` in WELCOME. */
  readonly provider: 'static' | 'dynamic'
  readonly options: UserOptions
  readonly credentials: Credentials
}

const KEY_OCTETS = 32
/** DER before the 32 octets of an Ed25519 key (RFC 8410). */
export const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

/**
 * Makes a user with its credentials.
 * @throws {UsageError} when its options are not valid
 */
export function userOf(authid: string, provider: User['provider'], options: UserOptions): User {
  const { ticket, wampcra, scram, cryptosign, tls } = options
  for (const [method, its] of Object.entries({ wampcra, scram, cryptosign, tls })) {
    if (its !== undefined && (typeof its !== 'object' || its === null))
      throw new UsageError(`user '${authid}': ${method} is not a dict`, 'TL_REALM')
  }
  const credentials = {
    ticket: ticket === undefined ? undefined : ticketDigest(authid, ticket),
    cra: wampcra === undefined ? undefined : craCredential(authid, wampcra),
    scram: scram === undefined ? undefined : scramCredential(authid, scram),
    publicKeys: (cryptosign?.publicKeys ?? []).map((text) => publicKeyOf(authid, text)),
    certificates: (tls?.sha256 ?? []).map((text) => certificateDigest(authid, text)),
    look: lookOf(options),
  }
  return { authid, provider, options, credentials }
}

function ticketDigest(authid: string, ticket: string | { readonly sha256: string }): Buffer {
  if (typeof ticket === 'string') {
    if (ticket === '') throw new UsageError(`user '${authid}': the ticket is empty`, 'TL_REALM')
    return sha256(ticket)
  }
  const digest = octetsOf(ticket.sha256, 32)
  if (digest === undefined) throw new UsageError(`user '${authid}': ticket.sha256 is not 64 hexadecimal digits`, 'TL_REALM')
  return digest
}

function publicKeyOf(authid: string, text: string): [string, KeyObject] {
  const octets = octetsOf(text, KEY_OCTETS)
  if (octets === undefined) throw new UsageError(`user '${authid}': a public key is not 32 octets in hexadecimal`, 'TL_REALM')
  return [octets.toString('hex'), createPublicKey({ key: Buffer.concat([SPKI, octets]), format: 'der', type: 'spki' })]
}

function certificateDigest(authid: string, text: string): string {
  const digest = octetsOf(text.replaceAll(':', ''), 32)
  if (digest === undefined) throw new UsageError(`user '${authid}': tls.sha256 is not 64 hexadecimal digits`, 'TL_REALM')
  return digest.toString('hex')
}

function lookOf({ role, ticket, wampcra, scram }: UserOptions): string {
  const { kdf, iterations, memory, dialect = 'specified', salt } = scram ?? {}
  return JSON.stringify([
    ticket !== undefined,
    wampcra === undefined ? null : [role, ...craLook(wampcra)],
    scram === undefined ? null : [kdf, iterations, memory, dialect, salt?.length],
  ])
}

function craLook(options: CraOptions): readonly number[] {
  if ('secret' in options) return []
  const { salt, iterations = DEFAULT_ITERATIONS, keylen = DEFAULT_KEY_OCTETS } = options
  return [salt.length, iterations, keylen]
}

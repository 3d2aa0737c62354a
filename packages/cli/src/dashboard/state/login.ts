// The logins of the page: what is typed, and the methods of the client that it means.

import type { OpenSessionOptions } from '@trunkline/client/session'
import { cookieAuth, craAuth, cryptosignAuth, jwtAuth, scramAuth, ticketAuth } from '@trunkline/client/auth'

export const LOGIN_KINDS = ['password', 'ticket', 'wampcra', 'scram', 'cryptosign', 'jwt', 'cookie', 'anonymous'] as const
export type LoginKind = (typeof LOGIN_KINDS)[number]

/** What is typed; a secret is in memory only. */
export interface Login {
  readonly kind: LoginKind
  readonly authid: string
  /** A password, ticket, token or private key. */
  readonly secret: string
}

/** How each kind is shown. */
export const LOGIN_TEXTS: Readonly<Record<LoginKind, { readonly name: string; readonly secret?: string; readonly about: string }>> = {
  password: { name: 'Name and password', secret: 'Password or ticket', about: 'The router chooses: SCRAM, WAMP-CRA or ticket.' },
  ticket: { name: 'Ticket', secret: 'Ticket', about: 'The ticket is sent as it is.' },
  wampcra: { name: 'WAMP-CRA', secret: 'Secret', about: 'Only a signature is sent.' },
  scram: { name: 'SCRAM', secret: 'Password', about: 'Page and router prove to each other that they know the password.' },
  cryptosign: {
    name: 'Key (cryptosign)',
    secret: 'Private key',
    about: '32 octets in hex, from a file of “trunkline keys new” or pasted. It never leaves the page.',
  },
  jwt: { name: 'Token (JWT)', secret: 'Token', about: 'A token of your identity provider.' },
  cookie: { name: 'Cookie', about: 'The cookie of an earlier login in this browser.' },
  anonymous: { name: 'Anonymous', about: 'Without a login, where the realm allows it.' },
}

export const ANONYMOUS: Login = { kind: 'anonymous', authid: '', secret: '' }
export const COOKIE: Login = { kind: 'cookie', authid: '', secret: '' }

/** Whether a kind needs a name; a key names its user. */
export function needsName(kind: LoginKind): boolean {
  return ['password', 'ticket', 'wampcra', 'scram'].includes(kind)
}

/** The options of a session that logs in so. */
export function loginOptions({ kind, authid, secret }: Login): Pick<OpenSessionOptions, 'auth' | 'authid'> {
  const name = authid === '' ? {} : { authid }
  if (kind === 'anonymous') return {}
  if (kind === 'cookie') return { auth: cookieAuth() }
  if (kind === 'cryptosign') return { ...name, auth: cryptosignAuth(keyIn(secret)) }
  if (kind === 'jwt') return { ...name, auth: jwtAuth(secret) }
  if (kind === 'ticket') return { ...name, auth: ticketAuth(secret) }
  if (kind === 'wampcra') return { ...name, auth: craAuth(secret) }
  if (kind === 'scram') return { ...name, auth: scramAuth(secret) }
  return { ...name, auth: [scramAuth(secret), craAuth(secret), ticketAuth(secret)] }
}

/** The private key in a text or file, as `trunkline keys new` writes it: 64 hex digits, after "private key" where there are more. */
export function keyIn(text: string): string {
  const named = /private\W*key\W*([0-9a-f]{64})(?![0-9a-f])/i.exec(text)?.[1]
  return named ?? /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/i.exec(text)?.[0] ?? text.trim()
}

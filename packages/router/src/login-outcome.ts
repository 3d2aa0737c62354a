// By which words logins are counted. Decides nothing.

import { uris } from '@trunkline/protocol'

/** What is known of a client that was refused. */
interface Refused {
  /** The method of the CHALLENGE that it got, if any. */
  readonly challenged: string | undefined
  /** The methods that it offered, which may be any words. */
  readonly offered: readonly string[]
}

/** The method of a login that was refused: the one that was tried, else the first that the client offered, if it is known. */
export function methodOf({ challenged, offered }: Refused): string {
  const first = offered[0] ?? ''
  return challenged ?? (METHODS.has(first) ? first : 'other')
}

/** Why a login was refused, in a word. */
export function outcomeOf(reason: string): string {
  return OUTCOMES[reason] ?? 'refused'
}

const METHODS: ReadonlySet<string> = new Set([
  'anonymous',
  'ticket',
  'wampcra',
  'wamp-scram',
  'scram',
  'cryptosign',
  'tls',
  'cookie',
  'jwt',
])

const OUTCOMES: Readonly<Record<string, string>> = {
  [uris.AUTHENTICATION_DENIED]: 'denied',
  [uris.NO_SUCH_PRINCIPAL]: 'denied',
  [uris.AUTHENTICATION_FAILED]: 'failed',
  [uris.AUTHENTICATION_REQUIRED]: 'no_method',
  [uris.NO_MATCHING_AUTH_METHOD]: 'no_method',
  [uris.NO_SUCH_REALM]: 'no_such_realm',
  [uris.NO_SUCH_ROLE]: 'no_such_role',
  [uris.LIMIT_EXCEEDED]: 'limit',
  [uris.SYSTEM_SHUTDOWN]: 'shutdown',
}

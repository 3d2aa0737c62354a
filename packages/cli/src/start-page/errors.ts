// Errors in words for the reader of the page.

import { ApplicationError, ConnectError, DisconnectedError, UsageError } from '@trunkline/client'

const WORDS: Readonly<Record<string, string>> = {
  'wamp.error.no_such_procedure': 'No session in this realm has registered that procedure. The demo is in realm1.',
  'wamp.error.not_authorized': 'The role of this page may not do that.',
  'wamp.error.no_such_realm': 'There is no such realm, and the router creates no more realms on demand.',
}

/** The text of an error, in one or two sentences. */
export function wordsFor(error: unknown): string {
  if (error instanceof ApplicationError) return withUri(error.uri, error.args)
  if (error instanceof ConnectError) return WORDS[error.reason ?? ''] ?? sentence(error.message)
  if (error instanceof DisconnectedError) return 'The connection was lost before the answer came.'
  if (error instanceof UsageError) return sentence(error.message)
  return `An error in this page: ${String(error)}`
}

function withUri(uri: string, args: readonly unknown[]): string {
  const words = WORDS[uri]
  if (words !== undefined) return `${words} (${uri})`
  return typeof args[0] === 'string' ? `${uri}: ${args[0]}` : uri
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

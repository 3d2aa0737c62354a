// Errors in words for the reader of the page.

import { ApplicationError, ConnectError, DisconnectedError, UsageError } from '@trunkline/client'

const WORDS: Readonly<Record<string, string>> = {
  'wamp.error.no_such_procedure': 'No session in this realm has registered that procedure.',
  'wamp.error.not_authorized': 'The role of this session may not do that.',
  'wamp.error.no_such_realm': 'There is no such realm, or it cannot be joined from here.',
  'wamp.error.authentication_failed': 'The login was not accepted.',
  'wamp.error.authentication_denied': 'The login was not accepted.',
  'wamp.error.authentication_required': 'This realm needs a login.',
  'wamp.error.no_matching_auth_method': 'This realm does not take that kind of login.',
  'wamp.error.no_such_principal': 'The login was not accepted.',
  'trunkline.error.no_configuration': 'This router runs without a configuration file.',
}

/** Why a session was refused that another attempt would not get either. */
const REFUSALS = new Set([
  'wamp.error.no_such_realm',
  'wamp.error.no_such_role',
  'wamp.error.no_such_principal',
  'wamp.error.not_authorized',
  'wamp.error.authorization_failed',
  'wamp.error.authentication_failed',
  'wamp.error.authentication_denied',
  'wamp.error.authentication_required',
  'wamp.error.no_matching_auth_method',
])

/** The text of an error, in one or two sentences. */
export function wordsFor(error: unknown): string {
  if (error instanceof ApplicationError) return withUri(error.uri, error.args)
  if (error instanceof ConnectError && error.code === 'TL_CONNECT_CHALLENGE') return sentence(error.message)
  if (error instanceof ConnectError) return WORDS[error.reason ?? ''] ?? sentence(error.message)
  if (error instanceof DisconnectedError) return 'The connection was lost before the answer came.'
  if (error instanceof UsageError) return sentence(error.message)
  return `An error in this page: ${String(error)}`
}

/** Whether a call has failed with this error. */
export function isError(error: unknown, uri: string): boolean {
  return error instanceof ApplicationError && error.uri === uri
}

/** Whether another attempt with the same login would fail as well. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof UsageError) return true
  return error instanceof ConnectError && (REFUSALS.has(error.reason ?? '') || error.code === 'TL_CONNECT_CHALLENGE')
}

function withUri(uri: string, args: readonly unknown[]): string {
  const words = WORDS[uri]
  const texts = args.filter((each) => typeof each === 'string')
  if (words !== undefined) return `${words} (${uri})`
  return texts.length > 0 ? `${uri}: ${texts.join('; ')}` : uri
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
}

// Method `ticket`, the client's side (specification: "Ticket-based Authentication").

import { check } from '../checks.ts'
import type { AuthMethod } from '../login.ts'
import { authMethod } from './run-login.ts'

/** A secret, or a function that returns one for each login. */
export type Secret = string | (() => string | Promise<string>)

/**
 * Logs in by a ticket, which is sent unencrypted: use it over TLS. Needs `authid`.
 *
 * @example
 * import { ticketAuth } from '@trunkline/client/auth'
 *
 * const auth = ticketAuth('secret!!!')
 * console.log(auth.name) // ticket
 */
export function ticketAuth(ticket: Secret): AuthMethod {
  checkSecret('ticket', ticket)
  return authMethod('ticket', () => ({ answer: () => valueOf(ticket) }))
}

/** @throws {UsageError} */
export function checkSecret(what: string, secret: Secret): void {
  check(what, secret, 'string|function')
}

/** The secret for this login. */
export function valueOf(secret: Secret): string | Promise<string> {
  return typeof secret === 'string' ? secret : secret()
}

// `trunkline token`: makes a ticket for a client, and the hash of it that the configuration holds.

import { createHash, randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import type { Terminal } from '../terminal.ts'

const OCTETS = 32

const EXAMPLES = `
The client logs in with the ticket. The configuration of the router holds only its SHA-256, which does not reveal the ticket:

  realms:
    realm1:
      users:
        reports: { role: backend, ticket: { sha256: SHA256 } }`

/** Adds the command to the program. */
export function defineToken(program: Command, terminal: Terminal): void {
  program
    .command('token')
    .description('Print a new random ticket for a client, and its SHA-256 for the configuration.')
    .summary('Print a new random ticket for a program, and its SHA-256.')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(({ json }: { readonly json?: true }) => {
      const made = newTicket()
      terminal.print(json === true ? `${JSON.stringify(made)}\n` : `ticket  ${made.ticket}\nsha256  ${made.sha256}\n`)
    })
}

/** A random ticket with its SHA-256 in hexadecimal. */
export function newTicket(): { readonly ticket: string; readonly sha256: string } {
  const ticket = randomBytes(OCTETS).toString('base64url')
  return { ticket, sha256: createHash('sha256').update(ticket).digest('hex') }
}

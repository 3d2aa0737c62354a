// `trunkline kick` and `trunkline drain`: end sessions of a running router, or the router itself.

import { UsageError } from '@trunkline/client'
import { isId } from '@trunkline/protocol'
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import type { ClientOptions } from '../client-session.ts'
import { addAdminOptions } from '../client-session.ts'
import type { Terminal } from '../terminal.ts'
import { counted } from './check.ts'

const KICK_HELP = `
Examples:
  trunkline kick 6476504895595078 --message 'please update'
  trunkline kick --user alice --in com.example.shop
  trunkline kick --role guest --json`

interface KickOptions extends ClientOptions {
  readonly user?: string
  readonly role?: string
  readonly in?: string
  readonly reason?: string
  readonly message?: string
}

/** Adds the command to the program. */
export function defineKick(program: Command, terminal: Terminal): void {
  addAdminOptions(program.command('kick'))
    .description('End sessions of a running router: one by its id, or all of a user or role.')
    .summary('End sessions: one by its id, or those of a user or role.')
    .argument('[session]', 'the id of a session', sessionId)
    .option('--user <authid>', 'the sessions of this user')
    .option('--role <authrole>', 'the sessions with this role')
    .option('--in <realm>', 'only in this realm')
    .option('--reason <uri>', 'the reason that they get (default: wamp.close.killed)')
    .option('--message <text>', 'a text for people that they get')
    .addHelpText('after', KICK_HELP)
    .action((session: number | undefined, options: KickOptions) => kick(session, options, terminal))
}

async function kick(session: number | undefined, options: KickOptions, terminal: Terminal): Promise<void> {
  const { user: authid, role: authrole, in: realm, reason, message } = options
  if (session === undefined && authid === undefined && authrole === undefined) {
    throw new UsageError('kick needs the id of a session, --user or --role')
  }
  const { withAdminApi, complainOfMissing } = await import('../admin/admin-session.ts')
  await withAdminApi(options, terminal, async (api, answered) => {
    const { sessions, missing } = await answered(api.kick({ session, authid, authrole, realm, reason, message }))
    complainOfMissing(missing, terminal)
    terminal.print(options.json === true ? `${JSON.stringify({ sessions })}\n` : `ended ${counted(sessions, 'session')}\n`)
  })
}

/** Adds the command to the program. */
export function defineDrain(program: Command, terminal: Terminal): void {
  addAdminOptions(program.command('drain'))
    .description('Stop a running router as SIGTERM does: open calls are still answered, then its process ends.')
    .summary('Stop a router as SIGTERM does, after its open calls.')
    .action((options: ClientOptions) => drain(options, terminal))
}

async function drain(options: ClientOptions, terminal: Terminal): Promise<void> {
  const { withAdminApi } = await import('../admin/admin-session.ts')
  await withAdminApi(options, terminal, async (api, answered) => {
    const { sessions } = await answered(api.drain())
    terminal.print(options.json === true ? `${JSON.stringify({ sessions })}\n` : `the router stops; ${counted(sessions, 'session')} open\n`)
  })
}

function sessionId(value: string): number {
  if (!/^\d{1,16}$/.test(value) || !isId(Number(value))) throw new InvalidArgumentError('Expected the id of a session, a whole number.')
  return Number(value)
}

// `trunkline log`: which lines a running router logs.

import type { Command } from 'commander'
import { Argument } from 'commander'
import type { ClientOptions } from '../client-session.ts'
import { addAdminOptions } from '../client-session.ts'
import { LOG_LEVELS, type LogLevel } from '../leveled-log.ts'
import type { Terminal } from '../terminal.ts'

const HELP = `
Examples:
  trunkline log level            prints the level
  trunkline log level warn       warnings only, until the router is stopped`

/** Adds the command to the program. */
export function defineLog(program: Command, terminal: Terminal): void {
  const log = program.command('log').description('See and change what a running router logs.')
  addAdminOptions(log.command('level'))
    .description('Print the level of the log, or set it until the router is stopped.')
    .addArgument(new Argument('[level]', 'info: all lines; warn: warnings; off: none').choices(LOG_LEVELS))
    .addHelpText('after', HELP)
    .action((level: LogLevel | undefined, options: ClientOptions) => logLevel(level, options, terminal))
}

async function logLevel(level: LogLevel | undefined, options: ClientOptions, terminal: Terminal): Promise<void> {
  const { withAdminApi } = await import('../admin/admin-session.ts')
  await withAdminApi(options, terminal, async (api, answered) => {
    const changed = level === undefined ? { level: (await answered(api.view.status())).log_level } : await answered(api.setLogLevel(level))
    terminal.print(options.json === true ? `${JSON.stringify(changed)}\n` : `${changed.level}\n`)
  })
}

// `trunkline reload`: asks a running router to read its configuration again, and prints what changed, or would change.

import { readFileSync } from 'node:fs'
import { UsageError } from '@trunkline/client'
import type { Out } from '@trunkline/contract'
import { RELOAD } from '@trunkline/protocol'
import type { Command } from 'commander'
import { Option } from 'commander'
import type { adminApi } from '../admin/admin-contract.ts'
import type { ClientOptions } from '../client-session.ts'
import { addAdminOptions } from '../client-session.ts'
import type { Terminal } from '../terminal.ts'
import { readFault } from '../read-fault.ts'

const HELP = `
Calls ${RELOAD} in the realm that \`admin: { realm: … }\` of the configuration names; the role of the caller needs a rule
that names the procedure. With --pid-file the command sends SIGHUP to the process of \`trunkline start --pid-file\` instead, whose
log then says what changed. If the configuration has mistakes, the router changes nothing and the command ends with exit code 1.

Examples:
  trunkline reload
  trunkline reload --dry-run
  trunkline reload --url wss://router.example.com/ws --authid operator --login ticket
  trunkline reload --pid-file /run/trunkline.pid`

interface ReloadOptions extends ClientOptions {
  readonly pidFile?: string
  readonly dryRun?: true
}

type Answer = Out<typeof adminApi.reload.spec.result>

/** Adds the command to the program. */
export function defineReload(program: Command, terminal: Terminal): void {
  addAdminOptions(program.command('reload'))
    .description('Make a running router read its configuration again, and print what changed.')
    .summary('Make a running router read its configuration again.')
    .addOption(new Option('--dry-run', 'only print what would change').conflicts('pidFile'))
    .option('--pid-file <file>', 'send SIGHUP to the process whose id is in this file')
    .addHelpText('after', HELP)
    .action((options: ReloadOptions) => reload(options, terminal))
}

async function reload(options: ReloadOptions, terminal: Terminal): Promise<void> {
  if (options.pidFile !== undefined) return hangUp(options.pidFile, terminal)
  const { withAdminApi } = await import('../admin/admin-session.ts')
  await withAdminApi(options, terminal, async (api, answered) => {
    const value = await answered(api.reload({ dry_run: options.dryRun }))
    terminal.print(options.json === true ? `${JSON.stringify(value)}\n` : textOf(value))
  })
}

function textOf({ changes, need_restart: needRestart, sessions_ended: ended, revoked }: Answer): string {
  if (changes.length === 0) return 'nothing has changed\n'
  const lines = [...changes, ...needRestart.map((key) => `${key} takes effect when the router is restarted`)]
  if (ended > 0) lines.push(`sessions ended: ${ended}`)
  if (revoked > 0) lines.push(`subscriptions and registrations revoked: ${revoked}`)
  return `${lines.join('\n')}\n`
}

function hangUp(file: string, terminal: Terminal): void {
  const pid = readPid(file)
  try {
    process.kill(pid, 'SIGHUP')
  } catch (error) {
    throw new UsageError(`cannot signal process ${pid} of ${file}: ${textOfError(error)}`, 'TL_USAGE', { cause: error })
  }
  terminal.print(`sent SIGHUP to process ${pid}; its log says what changed\n`)
}

function readPid(file: string): number {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${readFault(error)}`, 'TL_USAGE', { cause: error })
  }
  // 0 and negative numbers would signal whole process groups.
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new UsageError(`${file} holds no process id`)
  return Number(text)
}

function textOfError(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

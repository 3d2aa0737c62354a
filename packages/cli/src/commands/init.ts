// `trunkline init`: writes a first configuration. It never replaces a file.

import { writeFileSync } from 'node:fs'
import { UsageError } from '@trunkline/client'
import type { Command } from 'commander'
import { Option } from 'commander'
import { TEMPLATES } from '../config/templates.ts'
import type { Terminal } from '../terminal.ts'
import { newTicket } from './token.ts'

const HELP = `
Templates:
  minimal      only for this machine, every client may call and publish below com.example
  production   users with logins, limits, origins, a place for TLS, operators; prints tickets for its first users

Examples:
  trunkline init
  trunkline init --template production --output /etc/trunkline/trunkline.yaml`

interface InitOptions {
  readonly template: keyof typeof TEMPLATES
  readonly output: string
}

/** Adds the command to the program. */
export function defineInit(program: Command, terminal: Terminal): void {
  program
    .command('init')
    .description('Write a commented configuration to begin with.')
    .addOption(new Option('--template <name>', 'the kind of configuration').choices(Object.keys(TEMPLATES)).default('minimal'))
    .option('--output <file>', 'the file to write', 'trunkline.yaml')
    .addHelpText('after', HELP)
    .action((options: InitOptions) => init(options, terminal))
}

function init({ template, output }: InitOptions, terminal: Terminal): void {
  const tickets = { backend: newTicket(), operator: newTicket() }
  const { backend, operator } = tickets
  const text = TEMPLATES[template]({ sha256: backend.sha256, operatorSha256: operator.sha256, loginSecret: newTicket().ticket })
  try {
    // That for production holds a secret.
    writeFileSync(output, text, { flag: 'wx', mode: 0o640 })
  } catch (error) {
    const why = error instanceof Error && 'code' in error && error.code === 'EEXIST' ? 'it exists already' : String(error)
    throw new UsageError(`cannot write ${output}: ${why}`, 'TL_USAGE', { cause: error })
  }
  const hints = Object.entries(tickets).map(([user, { ticket, sha256 }]) =>
    text.includes(sha256) ? `The ticket of the user ${user}, printed only this once: ${ticket}\n` : '',
  )
  terminal.print(`wrote ${output}\n${hints.join('')}Next: trunkline check ${output}, then trunkline start --config ${output}\n`)
}

// `trunkline version`: the version of the command, and of what it runs on.

import type { Command } from 'commander'
import type { Terminal } from '../terminal.ts'
import { readVersion } from '../version.ts'

const EXAMPLES = `
Examples:
  trunkline version
  trunkline version --json`

/** Adds the command to the program. */
export function defineVersion(program: Command, terminal: Terminal): void {
  program
    .command('version')
    .description('Print the version.')
    .option('--json', 'print one JSON document, with the version of Node and the system')
    .addHelpText('after', EXAMPLES)
    .action(({ json }: { readonly json?: true }) => {
      const { version: node, platform, arch } = process
      const version = readVersion()
      terminal.print(json === true ? `${JSON.stringify({ version, node, platform, arch })}\n` : `${version}\n`)
    })
}

// `trunkline import`: makes a configuration from that of another router. It never replaces a file.

import { readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { UsageError } from '@trunkline/client'
import type { Command } from 'commander'
import type { Terminal } from '../terminal.ts'
import { counted } from './check.ts'
import { readFault } from '../read-fault.ts'

const HELP = `
The command carries over realms, roles, permissions, authorizers, listeners, TLS, logins and cookies. It writes a comment into the
new file, and a line on stderr, for each thing that it cannot carry over. It copies secrets, so only you can read the new file.

Examples:
  trunkline import crossbar .crossbar/config.json
  trunkline import crossbar .crossbar/config.json --output trunkline.yaml && trunkline check trunkline.yaml`

/** Adds the command to the program. */
export function defineImport(program: Command, terminal: Terminal): void {
  const command = program.command('import').description('Convert the configuration of another router.')
  command
    .command('crossbar')
    .description('Convert the node configuration of Crossbar.io (version 2, JSON or YAML).')
    .argument('<config>', 'the config.json of Crossbar.io')
    .option('-o, --output <file>', 'the file to write (default: stdout)')
    .addHelpText('after', HELP)
    .action((file: string, { output }: { readonly output?: string }) => importFrom(file, output, terminal))
}

async function importFrom(file: string, output: string | undefined, terminal: Terminal): Promise<void> {
  const [{ importCrossbar }, { parse }] = await Promise.all([import('../import/crossbar/crossbar.ts'), import('yaml')])
  const value = readOld(file, (text) => parse(text) as unknown)
  const places = { name: basename(file), from: dirname(resolve(file)), to: output === undefined ? process.cwd() : dirname(resolve(output)) }
  const { text, notes, listeners, realms } = importCrossbar(value, places)
  if (output === undefined) terminal.print(text)
  else writeNew(output, text)
  const left =
    notes.length === 0
      ? 'everything is carried over'
      : `${notes.length === 1 ? 'one thing needs' : `${notes.length} things need`} your attention`
  const next = output === undefined ? '' : `Next: trunkline check ${output}\n`
  terminal.complain(
    `${counted(listeners, 'listener')}, ${counted(realms, 'realm')}; ${left}\n${notes.map((note) => `  ${note}\n`).join('')}${next}`,
  )
}

function readOld(file: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${readFault(error)}`, 'TL_USAGE', { cause: error })
  }
}

function writeNew(output: string, text: string): void {
  try {
    writeFileSync(output, text, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    const why = error instanceof Error && 'code' in error && error.code === 'EEXIST' ? 'it exists already' : String(error)
    throw new UsageError(`cannot write ${output}: ${why}`, 'TL_USAGE', { cause: error })
  }
}

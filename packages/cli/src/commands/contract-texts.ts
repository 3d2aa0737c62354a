// `trunkline contract docs`, `asyncapi` and `lean`: other forms of a contract file.

import { basename, dirname, relative, resolve } from 'node:path'
import { UsageError } from '@trunkline/client'
import type { Command } from 'commander'
import type { ContractFile } from '../contract/contract-file.ts'
import { writeText } from '../contract/written.ts'
import type { Terminal } from '../terminal.ts'

interface OutputOptions {
  readonly output?: string
}

const OUTPUT = ['-o, --output <file>', 'the file to write (default: stdout)'] as const

/** Adds the commands to `trunkline contract`. */
export function defineTexts(contract: Command, terminal: Terminal): void {
  contract
    .command('docs')
    .description('Write a page in Markdown that describes a contract.')
    .argument('<file>', 'the contract file')
    .option(...OUTPUT)
    .addHelpText('after', '\nExample:\n  trunkline contract docs shop.contract.json --output shop.md')
    .action(async (file: string, { output }: OutputOptions) => {
      const { markdownPage } = await import('../contract/markdown-page.ts')
      give(markdownPage(await read(file)), output, terminal)
    })
  contract
    .command('asyncapi')
    .description('Write an AsyncAPI 3.0 document (JSON) of a contract, seen from its service.')
    .argument('<file>', 'the contract file')
    .option(...OUTPUT)
    .addHelpText('after', '\nExample:\n  trunkline contract asyncapi shop.contract.json --output shop.asyncapi.json')
    .action(async (file: string, { output }: OutputOptions) => {
      const { asyncApi } = await import('../contract/async-api.ts')
      give(`${JSON.stringify(asyncApi(await read(file)), undefined, 2)}\n`, output, terminal)
    })
  defineLean(contract, terminal)
}

const LEAN_HELP = `
A page that uses this contract loads no schema library. Its types are those of what travels; it checks nothing, while services and the router
do. \`trunkline contract build\` makes the same contract file of it.

Example:
  trunkline contract lean shop.contract.json --output shop.lean.ts`

interface LeanOptions extends OutputOptions {
  readonly name?: string
}

function defineLean(contract: Command, terminal: Terminal): void {
  contract
    .command('lean')
    .description('Write the contract in TypeScript again, with types alone, without its schema library.')
    .argument('<file>', 'the contract file')
    .option(...OUTPUT)
    .option('--name <name>', 'the export that is the contract (default: the end of its prefix)')
    .addHelpText('after', LEAN_HELP)
    .action((file: string, options: LeanOptions) => lean(file, options, terminal))
}

async function lean(file: string, { output, name }: LeanOptions, terminal: Terminal): Promise<void> {
  const { isName, leanContract, nameOf } = await import('../contract/lean-contract.ts')
  if (name !== undefined && !isName(name)) throw new UsageError(`--name '${name}' is no name for an export`)
  const contract = await read(file)
  const path = output === undefined ? basename(file) : relative(dirname(resolve(output)), resolve(file)).replaceAll('\\', '/')
  const seen = path.startsWith('.') ? path : `./${path}`
  give(leanContract(contract, { file: seen, name: name ?? nameOf(contract) }), output, terminal)
}

async function read(file: string): Promise<ContractFile> {
  const { readContract } = await import('../contract/contract-file.ts')
  return readContract(file)
}

function give(text: string, output: string | undefined, terminal: Terminal): void {
  if (output === undefined) return terminal.print(text)
  writeText(output, text)
  terminal.print(`wrote ${output}\n`)
}

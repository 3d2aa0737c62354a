// `trunkline contract`: writes contract files, and works with them.

import { basename, dirname } from 'node:path'
import { UsageError } from '@trunkline/client'
import type { Command } from 'commander'
import { Option } from 'commander'
import { writeText } from '../contract/written.ts'
import type { Terminal } from '../terminal.ts'
import { counted } from './check.ts'
import { defineTexts } from './contract-texts.ts'

const HELP = `
A contract declares procedures, topics and errors once (@trunkline/contract). Its contract file is JSON, to be committed; routers check by
it, and programs in any language may read it.

Examples:
  trunkline contract build shop.contract.ts
  trunkline contract check shop.contract.json --source shop.contract.ts`

/** Adds the commands to the program. */
export function defineContract(program: Command, terminal: Terminal): void {
  const contract = program.command('contract').description('Write, check and compare contract files.').addHelpText('after', HELP)
  defineBuild(contract, terminal)
  defineCheck(contract, terminal)
  defineDiff(contract, terminal)
  defineTexts(contract, terminal)
}

const BUILD_HELP = `
Runs the module, in TypeScript or JavaScript, and writes what its contract declares, with a JSON Schema for each value. The comment above an
entry becomes its description. Ends with exit code 1, and writes nothing, when a value has no JSON Schema.

Examples:
  trunkline contract build shop.contract.ts                    writes shop.contract.json
  trunkline contract build src/contracts.ts --export shop --output shop.contract.json
  trunkline contract build shop.contract.ts --output -         prints it`

interface BuildOptions {
  readonly output?: string
  readonly export?: string
}

function defineBuild(contract: Command, terminal: Terminal): void {
  contract
    .command('build')
    .description('Write the contract file of a contract in TypeScript or JavaScript.')
    .argument('<module>', 'the module that exports the contract')
    .option('-o, --output <file>', 'the file to write, or - for stdout (default: the name of the module with .json)')
    .option('--export <name>', 'the export that is the contract, if there are several')
    .addHelpText('after', BUILD_HELP)
    .action((module: string, options: BuildOptions) => build(module, options, terminal))
}

async function build(module: string, options: BuildOptions, terminal: Terminal): Promise<void> {
  const [{ builtText }, { summaryOf }] = await Promise.all([import('../contract/built-text.ts'), import('../contract/summary.ts')])
  const output = options.output ?? module.replace(/\.[cm]?[jt]sx?$/, '.json')
  if (output === module) throw new UsageError(`${module} would be replaced; --output names the file to write`)
  const { text, contract, typesAlone } = await builtText(module, options.export)
  if (output === '-') terminal.print(text)
  else writeText(output, text)
  if (output !== '-') terminal.print(`wrote ${output}: ${summaryOf(contract)}\n`)
  if (typesAlone > 0) {
    terminal.complain(`warning: ${counted(typesAlone, 'value')} declared by type<T>() alone: the file lets anything pass there\n`)
  }
}

const CHECK_HELP = `
Finds mistakes in the file, URIs that other clients would refuse or that are reserved, entries that take each other's calls and events, and
expressions that take long for some texts. Ends with exit code 2 for a file that is none, with 1 for anything else that is wrong.

Examples:
  trunkline contract check shop.contract.json
  trunkline contract check shop.contract.json --source shop.contract.ts      also: are they the same?`

interface CheckOptions {
  readonly source?: string
  readonly export?: string
}

function defineCheck(contract: Command, terminal: Terminal): void {
  contract
    .command('check')
    .description('Check a contract file and print every mistake.')
    .argument('<file>', 'the contract file')
    .option('--source <module>', 'the module of the contract: the file must be what build writes of it')
    .option('--export <name>', 'the export of the module that is the contract, if there are several')
    .addHelpText('after', CHECK_HELP)
    .action((file: string, options: CheckOptions) => check(file, options, terminal))
}

async function check(file: string, { source, export: name }: CheckOptions, terminal: Terminal): Promise<void> {
  const [{ readContract }, { findingsIn }, { summaryOf }, { ContractFault }] = await Promise.all([
    import('../contract/contract-file.ts'),
    import('../contract/findings.ts'),
    import('../contract/summary.ts'),
    import('../contract/fault.ts'),
  ])
  const contract = readContract(file)
  const { errors, warnings } = findingsIn(contract)
  for (const warning of warnings) terminal.complain(`warning: ${warning}\n`)
  if (source !== undefined) errors.push(...(await differences(file, source, name)))
  if (errors.length > 0) throw new ContractFault(listed(`${file} has ${counted(errors.length, 'mistake')}`, errors))
  terminal.print(`${file} is fine: ${summaryOf(contract)}\n`)
}

async function differences(file: string, source: string, name: string | undefined): Promise<string[]> {
  const [{ builtText }, { contractText }, { readContract }] = await Promise.all([
    import('../contract/built-text.ts'),
    import('../contract/build-contract.ts'),
    import('../contract/contract-file.ts'),
  ])
  const { text } = await builtText(source, name)
  if (text === contractText(readContract(file))) return []
  return [`it is not what ${source} declares: trunkline contract build ${source} --output ${file}`]
}

const DIFF_HELP = `
Names each change with its place, as a JSON Pointer. Breaking: programs of the old contract fail with those of the new. Source: code in TypeScript
must be changed. Compatible: neither. Where it cannot tell whether a change is breaking it says so, and counts it as breaking.

A breaking change needs a new major version (below 1.0.0: minor), a change of source a new minor one; without it the command ends with exit code 1.

Examples:
  trunkline contract diff old.contract.json shop.contract.json
  trunkline contract diff --base origin/main shop.contract.json     compares with the file as that branch of git has it
  trunkline contract diff old.json new.json --accept /procedures/com.shop.orders.list/call/kwargs/properties/limit`

interface DiffOptions {
  readonly base?: string
  readonly accept: readonly string[]
  readonly json?: true
}

function defineDiff(contract: Command, terminal: Terminal): void {
  contract
    .command('diff')
    .description('Compare two versions of a contract file: what changed, and what breaks programs?')
    .argument('<files...>', 'the old file and the new one; with --base only the new one')
    .option('--base <revision>', 'compare with the file as a revision of git has it')
    .addOption(
      new Option('--accept <pointer>', 'do not count the changes at this place; may be repeated')
        .default([], 'none')
        .argParser((pointer: string, others: readonly string[]) => [...others, pointer]),
    )
    .option('--json', 'print one JSON document')
    .addHelpText('after', DIFF_HELP)
    .action((files: readonly string[], options: DiffOptions) => diff(files, options, terminal))
}

async function diff(files: readonly string[], { base, accept, json }: DiffOptions, terminal: Terminal): Promise<void> {
  const [{ readContract, parseContract }, { compared, comparisonText }, { ContractFault }] = await Promise.all([
    import('../contract/contract-file.ts'),
    import('../contract/comparison.ts'),
    import('../contract/fault.ts'),
  ])
  const [first = '', second] = files
  if (files.length !== (base === undefined ? 2 : 1))
    throw new UsageError('expected the old file and the new one, or --base and the new one')
  const now = readContract(second ?? first)
  const old = base === undefined ? readContract(first) : parseContract(await textAt(base, first), `${base}:${first}`)
  const comparison = compared(old, now, accept)
  terminal.print(json === true ? `${JSON.stringify(comparison)}\n` : comparisonText(comparison))
  if (comparison.fault !== undefined) throw new ContractFault(comparison.fault)
}

/** A file as a revision of git has it. */
async function textAt(revision: string, file: string): Promise<string> {
  const { execFileSync } = await import('node:child_process')
  try {
    const words = ['show', `${revision}:./${basename(file)}`]
    return execFileSync('git', words, { cwd: dirname(file), encoding: 'utf8', maxBuffer: 2 ** 30, stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { stderr = '' } = error as { readonly stderr?: string }
    throw new UsageError(`cannot read ${file} of ${revision}: ${stderr.trim() || String(error)}`, 'TL_USAGE', { cause: error })
  }
}

function listed(title: string, lines: readonly string[]): string {
  return `${title}:\n${lines.map((line) => `  ${line}`).join('\n')}`
}

// `trunkline conformance`: black-box checks of any WAMP router, as a score sheet by feature.

import { UsageError } from '@trunkline/client'
import type { Command } from 'commander'
import type { ClientOptions } from '../client-session.ts'
import { addClientOptions, sessionOptions } from '../client-session.ts'
import { FaultFound } from '../fault-found.ts'
import type { Outcome } from '../score/suite.ts'
import type { Terminal } from '../terminal.ts'
import { textTable } from '../text-table.ts'
import { Interrupted, orStopped } from '../waiting.ts'
import { counted } from './check.ts'

const HELP = `
Opens sessions like clients, right and wrong ones, and compares what the router sends with the specification. Each check names rows of
docs/conformance.md. The role needs the rights to call, register, publish and subscribe below --prefix. Features of the Advanced
Profile are checked where the router announces them. Whatever fails is printed with its reason; a required check that fails gives exit
code 1. Checks marked "advised" look at what the specification recommends, "open" at what it leaves open and this project decided.
They break the protocol on purpose, so run them against a router that you may disturb.

Examples:
  trunkline conformance --url ws://127.0.0.1:8080/ws
  trunkline conformance --url rs://127.0.0.1:8081 --serializer cbor
  trunkline conformance --url wss://router.example.com/ws --realm com.example.test --login ticket --authid tester --json`

interface ConformanceOptions extends ClientOptions {
  readonly prefix: string
  readonly all?: true
}

/** Adds the command to the program. */
export function defineConformance(program: Command, terminal: Terminal): void {
  addClientOptions(program.command('conformance'))
    .description('Check any WAMP router against the specification, and print a score sheet by feature.')
    .summary('Check any WAMP router, and print a score sheet by feature.')
    .option('--prefix <uri>', 'the URIs begin so, for the rights of the role', 'com.example.conformance')
    .option('--all', 'print each check, not only those that fail')
    .addHelpText('after', HELP)
    .action((options: ConformanceOptions) => conformance(options, terminal))
}

async function conformance(options: ConformanceOptions, terminal: Terminal): Promise<void> {
  const { NOT_TESTED, runSuite } = await import('../score/suite.ts')
  if (!URL.canParse(options.url)) throw new UsageError(`--url ${options.url}: expected a URL such as ws://127.0.0.1:8080/ws`)
  const { openSession } = await import('@trunkline/client/session')
  const opening = await sessionOptions(options, terminal)
  // The client says best why there is no session.
  await (await orStopped(openSession({ url: options.url, ...opening }), terminal.stop)).leave()
  const { auth, authid } = opening
  const stage = {
    place: { url: new URL(options.url), tls: opening.tls },
    realm: options.realm,
    serializer: options.serializer,
    prefix: options.prefix,
    patienceMs: options.timeout ?? PATIENCE_MS,
    authid,
    auth: Array.isArray(auth) ? undefined : (auth as Extract<typeof auth, { name: string }>),
  }
  const outcomes: Outcome[] = []
  const tell = (outcome: Outcome): void => {
    outcomes.push(outcome)
    if (options.json === true) terminal.print(`${JSON.stringify(outcome)}\n`)
    else if (outcome.result === 'failed' || options.all === true) terminal.print(lineOf(outcome))
  }
  const agent = await runSuite(stage, tell, terminal.stop)
  if (terminal.stop.aborted) throw new Interrupted(terminal.stop.reason as Interrupted['signal'])
  if (options.json !== true) terminal.print(sheetOf(agent, outcomes, NOT_TESTED))
  const failed = outcomes.filter(({ result, weight }) => result === 'failed' && weight === 'required').length
  if (failed > 0) throw new FaultFound('TL_CONFORMANCE', `${counted(failed, 'required check')} failed`)
}

const PATIENCE_MS = 3_000

function lineOf({ result, weight, group, title, ids, reason }: Outcome): string {
  const mark = weight === 'required' ? '' : ` (${weight})`
  return `${result.padEnd(8)}${mark} ${group}: ${title} [${ids.join(' ')}]\n${reason === undefined ? '' : `         ${reason}\n`}`
}

interface Row {
  readonly name: string
  readonly of: readonly Outcome[]
}

/** The table by feature, and what it leaves out. */
function sheetOf(agent: string, outcomes: readonly Outcome[], notTested: readonly string[]): string {
  const names = [...new Set(outcomes.map(({ profile, group }) => `${profile}: ${group}`))]
  const rows = names.map((name): Row => ({ name, of: outcomes.filter(({ profile, group }) => `${profile}: ${group}` === name) }))
  const count = (row: Row, result: Outcome['result'], isRequired: boolean): number =>
    row.of.filter((each) => each.result === result && (each.weight === 'required') === isRequired).length
  const table = textTable(rows, [
    { title: 'FEATURE', of: ({ name }) => name },
    { title: 'PASSED', of: (row) => count(row, 'passed', true) + count(row, 'passed', false) },
    { title: 'FAILED', of: (row) => count(row, 'failed', true) },
    { title: 'ADVISED, OPEN', of: (row) => count(row, 'failed', false) },
    { title: 'NOTE', of: noteOf },
  ])
  const left = notTested.map((text) => `  ${text}\n`).join('')
  return `\n${agent}\n\n${table}\nADVISED, OPEN: failed, without being required. Not tested:\n${left}`
}

function noteOf({ of }: Row): string {
  if (of.every(({ result }) => result === 'absent')) return 'not announced'
  const skipped = of.filter(({ result }) => result === 'skipped')
  return skipped.length === 0 ? '' : `${skipped.length} skipped: ${skipped[0]?.reason ?? ''}`
}

// What `trunkline conformance` finds wrong with Crossbar.io: each check that fails, and why that is so. A finding that is new, or no
// longer there, is a failure of this step: either the suite or Crossbar.io has changed.

import type { Outcome } from '../../packages/cli/src/score/suite.ts'
import { runSuite } from '../../packages/cli/src/score/suite.ts'

/** Rows by check, as the suite names them, with what Crossbar.io does. */
const KNOWN: Readonly<Record<string, string>> = {
  'BP-PERR-01 BP-SES-13': 'logs a second HELLO, and goes on',
  'BP-PERR-03': 'the same',
  'BP-PERR-05': 'the same',
  'BP-PERR-02': 'the same',
  'BP-PERR-15': 'ignores a YIELD without an invocation',
  'BP-PERR-19': 'says nothing to a message before HELLO',
  'BP-SUB-08 BP-URI-02': 'hangs up for some URIs that are wrong',
  'BP-PUB-08': 'hangs up for a wrong URI',
  'BP-PUB-08 BP-PUB-03': 'hangs up for a wrong URI',
  'BP-RPC-03': 'hangs up for a wrong URI',
  'BP-RPC-17': 'hangs up for a wrong URI',
  'BP-ID-06': 'counts invocations for all callees together',
  'AP-RPC-CAN-04 AP-RPC-CAN-05': 'answers kill by itself',
  'AP-RPC-CAN-03': 'never answers a call that is canceled by skip',
  'AP-PS-BWL-09': 'takes an empty eligible list for none',
  'AP-META-SES-07 AP-META-SES-08': 'fails in its own code for a session that is gone',
}

/** Runs the suite; resolves to the number of failures of this step. */
export async function score(url: string, realm: string): Promise<number> {
  const options = {
    place: { url: new URL(url) },
    realm,
    serializer: 'json' as const,
    prefix: 'com.example.conformance',
    patienceMs: PATIENCE_MS,
    authid: undefined,
    auth: undefined,
  }
  const outcomes: Outcome[] = []
  await runSuite(options, (outcome) => outcomes.push(outcome), new AbortController().signal)
  const failed = new Map(outcomes.filter(({ result }) => result === 'failed').map((each) => [each.ids.join(' '), each]))
  const fresh = [...failed].filter(([ids]) => !(ids in KNOWN)).map(([ids, { reason }]) => `new: ${ids}: ${reason}`)
  const gone = Object.keys(KNOWN)
    .filter((ids) => !failed.has(ids))
    .map((ids) => `no longer there: ${ids}`)
  for (const line of [...fresh, ...gone]) console.log(`FAILED score: ${line}`)
  const passed = outcomes.filter(({ result }) => result === 'passed').length
  console.log(`score of Crossbar.io: ${passed} of ${outcomes.length} checks passed, ${failed.size} failed`)
  return fresh.length + gone.length
}

const PATIENCE_MS = 5_000

// The command that tries every feature of our client against Crossbar.io, and the suite of `trunkline conformance`:
// `tsx --conditions=trunkline-source conformance/crossbar/run.ts CROSSBAR [--write]`. CROSSBAR is the program. With `--write` it
// writes its section of docs/reference/interop.md.

import { ours } from '../interop/clients/ours.ts'
import type { Outcome } from '../interop/features/feature.ts'
import { OWN_FEATURES } from '../interop/features/feature.ts'
import { Judge } from '../interop/features/judge.ts'
import { matrixOf } from '../interop/features/page.ts'
import { writeSection } from '../interop/features/reference-page.ts'
import { play } from '../interop/features/scenarios.ts'
import { patienceWith } from '../interop/known/patience.ts'
import { DEVIATIONS, NOT_OFFERED } from './known-deviations.ts'
import { REALM, startCrossbar } from './node.ts'
import { score } from './score.ts'

const SERIALIZERS = ['json', 'msgpack', 'cbor'] as const
const TITLES: Readonly<Record<string, string>> = { websocket: 'over WebSocket', rawsocket: 'over RawSocket' }

async function main(program: string, isWriting: boolean): Promise<number> {
  const judge = new Judge(DEVIATIONS, NOT_OFFERED, OWN_FEATURES)
  const node = await startCrossbar(program)
  let wrong = 0
  try {
    for (const transport of ['websocket', 'rawsocket'] as const) {
      const outcomes: Outcome[] = []
      const known = { leaveOut: new Set(Object.keys(NOT_OFFERED[transport] ?? {})), patience: patienceWith(transport, DEVIATIONS) }
      for (const serializer of SERIALIZERS) {
        const place = { urls: [node[transport]], realm: REALM, serializer }
        for await (const outcome of play(ours, place, known)) outcomes.push(outcome)
      }
      judge.judge(transport, outcomes)
    }
    wrong = await score(node.websocket, REALM)
  } finally {
    await node.close()
  }
  if (isWriting) await writeSection('crossbar', matrixOf(judge, TITLES))
  return judge.finish() === 0 && wrong === 0 ? 0 : 1
}

const [program, ...words] = process.argv.slice(2)
if (program === undefined) {
  console.error('usage: run.ts CROSSBAR [--write]')
  process.exitCode = 2
} else {
  process.exitCode = await main(program, words.includes('--write'))
}

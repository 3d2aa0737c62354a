// The command that runs a suite of WAMP test vectors against the serializers: `tsx conformance/vectors/run.ts FOLDER`.
// The folder is a parameter; this project contains no part of a suite.

import type { Serializer } from '@trunkline/protocol'
import { createCborSerializer, createJsonSerializer, createMsgpackSerializer } from '@trunkline/protocol'
import type { Outcome } from './checks.ts'
import { checkFile } from './checks.ts'
import { isSequence, readSuite } from './suite.ts'

const SEQUENCE = 'a sequence of several sessions, which needs a router'

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error('usage: tsx conformance/vectors/run.ts FOLDER')
  process.exitCode = 2
} else {
  process.exitCode = report(outcomesOf(folder))
}

function outcomesOf(suite: string): Outcome[] {
  const serializers = new Map<string, Serializer>(
    [createJsonSerializer(), createMsgpackSerializer(), createCborSerializer()].map((serializer) => [serializer.name, serializer]),
  )
  try {
    const outcomes = readSuite(suite).flatMap((file): Outcome[] =>
      isSequence(file) ? [{ kind: 'skipped', name: file.path, reason: SEQUENCE }] : checkFile(file, serializers),
    )
    return outcomes.length > 0 ? outcomes : [{ kind: 'failed', name: suite, fault: 'no vectors there' }]
  } catch (error) {
    return [{ kind: 'failed', name: suite, fault: String(error) }]
  }
}

/** Prints failures and notes, the count last, and returns the exit code. */
function report(outcomes: readonly Outcome[]): number {
  const skipped = new Map<string, number>()
  for (const outcome of outcomes) {
    if (outcome.kind === 'skipped') skipped.set(outcome.reason, (skipped.get(outcome.reason) ?? 0) + 1)
    if (outcome.kind === 'excluded') console.log(`excluded  ${outcome.name}: ${outcome.reason}`)
    if (outcome.kind === 'failed') console.log(`failed    ${outcome.name}: ${outcome.fault}`)
  }
  for (const [reason, count] of skipped) console.log(`skipped   ${count}: ${reason}`)
  const failed = outcomes.filter((outcome) => outcome.kind === 'failed').length
  console.log(`${outcomes.filter((outcome) => outcome.kind === 'passed').length} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

// The command that compares our serializers and converter with Python's json, msgpack and cbor2, and counts.
// Usage: run.ts --python PATH [--seed 1] [--values 400] [--rounds 12]

import { parseArgs } from 'node:util'

import { Random } from '../fuzz/random.ts'
import { Checks, FORMATS } from './checks.ts'
import { anyValue, borders, messages } from './generate.ts'
import type { Neutral } from './neutral.ts'
import { canHold } from './neutral.ts'
import { PythonPeer } from './peer.ts'

const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    seed: { type: 'string', default: '1' },
    values: { type: 'string', default: '400' },
    rounds: { type: 'string', default: '12' },
  },
})
/** Faults beyond this are only counted. */
const MOST_TOLD = 20
const STYLES = 3
/** How many values are checked at a time. */
const AT_ONCE = 25

let passed = 0
let failed = 0
const random = new Random(Number(options.seed))
const peer = new PythonPeer(options.python)
const checks = new Checks(peer)
const values = [...borders(), ...Array.from({ length: Number(options.values) }, () => anyValue(random))]
for (let at = 0; at < values.length; at += AT_ONCE) {
  await Promise.all(values.slice(at, at + AT_ONCE).flatMap((value, i) => checksOfValue(value, (at + i) % STYLES)))
}
for (let round = 0; round < Number(options.rounds); round++) {
  await Promise.all(messages(random).flatMap((message) => checksOfMessage(message, round % STYLES)))
}
peer.close()
console.log(`${values.length} values, ${Number(options.rounds)} messages of every type, seed ${options.seed}`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

function checksOfValue(value: Neutral, style: number): Promise<void>[] {
  return FORMATS.flatMap((format) => [
    tell(`${format} written`, value, checks.written(format, value)),
    ...(canHold(format, value) ? checksOfSource(format, value, style) : []),
  ])
}

function checksOfSource(from: (typeof FORMATS)[number], value: Neutral, style: number): Promise<void>[] {
  return [
    tell(`${from} read`, value, checks.read(from, value, style)),
    ...FORMATS.filter((to) => to !== from).map((to) => tell(`${from} to ${to}`, value, checks.converted(from, to, value, style))),
  ]
}

function checksOfMessage(message: readonly Neutral[], style: number): Promise<void>[] {
  return FORMATS.filter((format) => canHold(format, message)).flatMap((format) => [
    tell(`${format} message written`, message, checks.messageWritten(format, message)),
    tell(`${format} message read`, message, checks.messageRead(format, message, style)),
    ...FORMATS.filter((to) => to !== format).map((to) =>
      tell(`${format} message to ${to}`, message, checks.messageConverted(format, to, message, style)),
    ),
  ])
}

async function tell(what: string, value: Neutral, check: Promise<void>): Promise<void> {
  try {
    await check
    passed++
  } catch (error) {
    failed++
    if (failed <= MOST_TOLD)
      console.log(`${what}: ${error instanceof Error ? error.message : String(error)}\n  ${JSON.stringify(value).slice(0, 300)}`)
  }
}

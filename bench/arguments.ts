// The command line of the benchmark: words and options to one object. Never prints or measures.

import { parseArgs } from 'node:util'
import type { SerializerName } from '@trunkline/protocol'
import { ROWS } from './rows.ts'

export interface Arguments {
  readonly scenarios: readonly string[]
  readonly pairs: number
  readonly seconds: number
  readonly warmupSeconds: number
  readonly serializer: SerializerName | undefined
  readonly transport: 'websocket' | 'rawsocket' | undefined
  readonly payload: number | undefined
  readonly mustSave: boolean
  readonly wantsHelp: boolean
}

export const SCENARIOS: readonly string[] = [...new Set(ROWS.map((row) => row.scenario))]

export const HELP = `Usage: npm run bench -- [scenario ...] [options]

Runs the router and a bare relay in turn under the same load on loopback, and prints both with their ratio.

Scenarios (default: all)
  ${SCENARIOS.join(' ')}

Options
  --pairs N            alternating pairs of runs, 1 to 20 (default 3)
  --duration SECONDS   measured time of a run, 0.5 to 60 (default 2)
  --warmup SECONDS     time before it, 0 to 60 (default 1)
  --serializer NAME    json, msgpack or cbor (default json; the relay speaks JSON only)
  --transport NAME     websocket or rawsocket (default websocket)
  --payload OCTETS     of calls and publications, 1 to 1000000 (default: the scenario's)
  --save               writes bench/results/DATE-HOST.json
  --help
`

/**
 * Reads the arguments.
 * @throws {Error} for an unknown argument
 */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      pairs: { type: 'string' },
      duration: { type: 'string' },
      warmup: { type: 'string' },
      serializer: { type: 'string' },
      transport: { type: 'string' },
      payload: { type: 'string' },
      save: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  for (const name of positionals)
    if (!SCENARIOS.includes(name)) throw new Error(`there is no scenario '${name}'; known: ${SCENARIOS.join(', ')}`)
  return {
    scenarios: positionals.length > 0 ? positionals : SCENARIOS,
    pairs: Math.round(numberFrom('--pairs', values.pairs, 1, 20) ?? 3),
    seconds: numberFrom('--duration', values.duration, 0.5, 60) ?? 2,
    warmupSeconds: numberFrom('--warmup', values.warmup, 0, 60) ?? 1,
    serializer: oneOf('--serializer', values.serializer, ['json', 'msgpack', 'cbor']),
    transport: oneOf('--transport', values.transport, ['websocket', 'rawsocket']),
    payload: numberFrom('--payload', values.payload, 1, 1_000_000),
    mustSave: values.save,
    wantsHelp: values.help,
  }
}

function numberFrom(option: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!(value >= least && value <= most)) throw new Error(`${option} is '${text}', not from ${least} to ${most}`)
  return value
}

function oneOf<T extends string>(option: string, text: string | undefined, allowed: readonly T[]): T | undefined {
  if (text === undefined) return undefined
  const found = allowed.find((each) => each === text)
  if (found === undefined) throw new Error(`${option} is '${text}', none of ${allowed.join(', ')}`)
  return found
}

// The command line of the fault runs.

import { parseArgs } from 'node:util'

export const USAGE =
  'usage: npm run faults -- [--short | --rounds N] [--only KIND,KIND] [--rate N] [--longest-pause SECONDS] [--clients N]\nkinds: '

export interface Arguments {
  /** Absent: each kind has its own number. */
  readonly rounds: number | undefined
  /** A few rounds of most kinds. */
  readonly isShort: boolean
  readonly only: readonly string[] | undefined
  /** Publications and calls a second of each of two sources. */
  readonly rate: number
  readonly longestPauseSeconds: number
  /** Of the crowds. */
  readonly clients: number
}

/** Undefined when the arguments are wrong. */
export function readArguments(args: readonly string[], kinds: readonly string[]): Arguments | undefined {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: { short: { type: 'boolean' }, rounds: text, only: text, rate: text, 'longest-pause': text, clients: text },
  })
  const only = values.only?.split(',')
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
  const rate = Number(values.rate ?? 100)
  const clients = Number(values.clients ?? (values.short === true ? 400 : 10_000))
  const longestPauseSeconds = Number(values['longest-pause'] ?? (values.short === true ? 0.5 : 60))
  const isSense =
    [rounds ?? 1, rate, clients, longestPauseSeconds].every((number) => number > 0) && only?.every((name) => kinds.includes(name)) !== false
  return isSense ? { rounds, isShort: values.short === true, only, rate, clients, longestPauseSeconds } : undefined
}

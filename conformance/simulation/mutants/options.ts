// The command line of the mutants.

import { parseArgs } from 'node:util'

export const USAGE = `usage: npm run mutants -- [options]

Puts each fault of a list alone into the router or the client, and simulates worlds until one shows it. Without options all are run,
which takes minutes for each that no world shows; what was found is written to conformance/simulation/mutants/README.md.

  --only TEXT    only those with the text in their name or in the name of their function, or below the path 'client/' or 'router/core/'
  --range A-B    only those with these numbers in the list, from 1 on
  --sample N     only N, spread over the list
  --list         print numbers, names and places; run nothing
  --write        write what was found also where only a part is run; the other rows stay

  --random N     instead draw N faults from the syntax of all packages, and let the tests look for them
  --seed S       another seed draws others (1)
  --only TEXT    only in sources with the text in their path

  --help         print this

Exit code 0: all were found (at random: 92 %); 1: one survived, or is not to be placed in the sources; 2: the options make no sense.`

export interface Options {
  readonly help: boolean
  readonly list: boolean
  readonly write: boolean
  readonly only?: string
  /** First and last, from 1 on. */
  readonly range: readonly [number, number] | undefined
  readonly sample: number | undefined
  readonly random: number | undefined
  readonly seed: number
}

const TEXT = { type: 'string' } as const
const FLAG = { type: 'boolean', default: false } as const

/**
 * Reads the arguments.
 * @throws {Error} when an option is not known, or a number is none
 */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { only: TEXT, range: TEXT, sample: TEXT, random: TEXT, seed: TEXT, list: FLAG, write: FLAG, help: FLAG },
  })
  const { range, sample, random, seed } = values
  return {
    ...values,
    range: range === undefined ? undefined : rangeOf(range),
    sample: sample === undefined ? undefined : numberOf('sample', sample),
    random: random === undefined ? undefined : numberOf('random', random),
    seed: numberOf('seed', seed ?? '1'),
  }
}

function rangeOf(text: string): [number, number] {
  const [from, to, ...more] = text.split('-').map((each) => numberOf('range', each))
  if (from === undefined || to === undefined || more.length > 0 || from > to) throw new Error('--range has to be two numbers, as 1-40')
  return [from, to]
}

function numberOf(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} ${text}: not a number from 1 on`)
  return Number(text)
}

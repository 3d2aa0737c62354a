// The command line of the simulation.

import { parseArgs } from 'node:util'
import type { StepRange } from '@trunkline/testkit/simulation'
import { DEFAULT_STEPS } from '@trunkline/testkit/simulation'

const { least, most } = DEFAULT_STEPS

export const USAGE = `usage: npm run simulate -- [options]

Runs worlds of routers and clients, each drawn from its seed, and compares all that the routers send with a model of the protocol.
A world that fails is made small and kept in conformance/simulation/regressions, which npm test replays.

  --seeds N            the number of worlds (1000)
  --from M             from this seed on (1)
  --steps LEAST-MOST   how much happens in a world (${least}-${most})
  --nodes K            so many linked nodes in the place of each router, which together have to behave like it (1)
  --faults             between these nodes packets are late or lost, ways are cut, nodes stand still or die; what has to hold all the same is
                       checked in place of the model
  --durable            instead worlds with durable topics: clients resume, the store answers late or is full, the router crashes
  --forget             print what fails, and keep none of it
  --trace SEED         instead print all that happens in this one world

  --help               print this

Exit code 0: all passed; 1: one failed; 2: the options make no sense.`

export interface Options {
  readonly help: boolean
  readonly seeds: number
  readonly from: number
  readonly steps: StepRange
  /** How many linked nodes stand in the place of each router. */
  readonly nodes: number
  /** Things go wrong between them. */
  readonly faults: boolean
  /** Worlds with durable topics in place of the others. */
  readonly durable: boolean
  /** One seed whose whole history is printed. */
  readonly trace: number | undefined
  /** Failures are not kept as regressions. */
  readonly forget: boolean
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
    options: { seeds: TEXT, from: TEXT, steps: TEXT, nodes: TEXT, trace: TEXT, faults: FLAG, durable: FLAG, forget: FLAG, help: FLAG },
  })
  const { seeds = '1000', from = '1', nodes = '1', steps, trace, help, forget, faults, durable } = values
  if (faults && nodes === '1') throw new Error('--faults are those between nodes: say how many with --nodes')
  if (durable && (nodes !== '1' || steps !== undefined)) throw new Error('--durable has worlds of its own: neither --nodes nor --steps')
  return {
    help,
    durable,
    forget,
    faults,
    seeds: numberOf('seeds', seeds),
    from: numberOf('from', from),
    nodes: numberOf('nodes', nodes),
    steps: steps === undefined ? DEFAULT_STEPS : rangeOf(steps),
    trace: trace === undefined ? undefined : numberOf('trace', trace),
  }
}

function rangeOf(text: string): StepRange {
  const [from, to, ...more] = text.split('-').map((each) => numberOf('steps', each))
  if (from === undefined || to === undefined || more.length > 0 || from > to) throw new Error('--steps has to be two numbers, as 200-2000')
  return { least: from, most: to }
}

function numberOf(name: string, text: string): number {
  if (!/^[1-9]\d{0,11}$/.test(text)) throw new Error(`--${name} ${text}: not a number from 1 on`)
  return Number(text)
}

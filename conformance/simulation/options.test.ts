// Shows what the command line of the simulation takes, and what it says of the rest.

import { describe, expect, it } from 'vitest'
import { readOptions, USAGE } from './options.ts'

describe('the options of the simulation', () => {
  it('have defaults, and each can be set', () => {
    expect(readOptions([])).toEqual({
      help: false,
      seeds: 1000,
      from: 1,
      steps: { least: 40, most: 160 },
      nodes: 1,
      faults: false,
      durable: false,
      trace: undefined,
      forget: false,
    })
    expect(
      readOptions([
        '--seeds',
        '5',
        '--from',
        '7',
        '--steps',
        '200-2000',
        '--nodes',
        '3',
        '--faults',
        '--trace',
        '4711',
        '--forget',
        '--help',
      ]),
    ).toEqual({
      help: true,
      seeds: 5,
      from: 7,
      steps: { least: 200, most: 2000 },
      nodes: 3,
      faults: true,
      durable: false,
      trace: 4711,
      forget: true,
    })
  })

  it.each([
    [['--worlds', '5'], "'--worlds'"],
    [['5'], "'5'"],
    [['--seeds'], '--seeds'],
    [['--seeds', '0'], '--seeds 0: not a number from 1 on'],
    [['--from', 'x'], '--from x: not a number from 1 on'],
    [['--steps', '9-3'], '--steps has to be two numbers'],
    [['--faults'], 'say how many with --nodes'],
    [['--steps', '5'], '--steps has to be two numbers'],
  ])('are refused with their name: %j', (args, text) => {
    expect(() => readOptions(args)).toThrow(text)
  })

  it('are all in the usage', () => {
    for (const option of ['--seeds', '--from', '--steps', '--nodes', '--trace', '--forget', '--help']) expect(USAGE).toContain(option)
  })
})

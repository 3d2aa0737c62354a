// The faults fit the source as it is, and the command reads its options.

import { describe, expect, it } from 'vitest'
import { DURABLE, Placing } from '../../mutation/placing.ts'
import { isProgram } from '../../mutation/syntax.ts'
import { sourcesOfHunt } from './build.ts'
import { MUTANTS } from './mutants.ts'
import { readOptions } from './options.ts'
import { readTable, tableOf } from './table.ts'

const placing = new Placing()

describe('the mutants', () => {
  it('have names of their own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length)
  })

  it.each(MUTANTS)('$name: is one place in $within, and leaves a program', (mutant) => {
    expect(isProgram(placing.place(mutant).source)).toBe(true)
  })

  it('stand in files of which the hunting program is made', async () => {
    const sources = await sourcesOfHunt()
    const hunted = MUTANTS.filter(({ ground }) => ground === undefined || ground === DURABLE || !('test' in ground))
    expect(hunted.map((mutant) => placing.place(mutant).file).filter((file) => !sources.has(file))).toEqual([])
  })
})

describe('the table', () => {
  it('is read as it was written', () => {
    const placed = MUTANTS.map((mutant) => placing.place(mutant)).slice(0, 4)
    const known = new Map([
      [placed[0]?.mutant.name ?? '', { seed: 7, by: 'model' }],
      [placed[1]?.mutant.name ?? '', { seed: undefined, by: '' }],
      [placed[2]?.mutant.name ?? '', { seed: 'test' as const, by: '`x.test.ts`' }],
    ])
    const page = tableOf(placed, known, 10)
    expect(page).toContain('**2 of 3 were found; 1 more were not run to the end.**')
    expect(readTable(page)).toEqual(known)
  })
})

describe('the options', () => {
  it('choose a part of the list', () => {
    expect(readOptions(['--range', '3-40', '--write'])).toMatchObject({ range: [3, 40], write: true })
  })

  it.each([['--rnage', '1-2'], ['--range', '5'], ['--range', '5-2'], ['--range', '1-2-3'], ['--sample', 'x'], ['--random', '0'], ['more']])(
    'that make no sense are refused: %s %s',
    (...args) => {
      expect(() => readOptions(args)).toThrow(Error)
    },
  )
})

// The faults fit the source as it is.

import { describe, expect, it } from 'vitest'
import { countMatches } from './build.ts'
import { MUTANTS } from './mutants.ts'

describe('the mutants', () => {
  it('are at least thirty, each with a name of its own', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(30)
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length)
  })

  it.each(MUTANTS)('$name: changes what stands once in $file', async (mutant) => {
    expect(await countMatches(mutant)).toBe(1)
    expect(mutant.replace).not.toBe(mutant.find)
  })
})

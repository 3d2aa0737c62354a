// The fuzzer's changes are repeatable, its targets stand their seeds, and what broke a rule once is run again.

import { describe, expect, it } from 'vitest'

import { ascii } from '@trunkline/testkit'
import { readCrashes } from './crashes.ts'
import { Mutator } from './mutator.ts'
import { Random } from './random.ts'
import { createTargets } from './targets/index.ts'
import { Fault, refusal } from './targets/target.ts'

const targets = createTargets()

describe('the fuzzer', () => {
  it('changes inputs the same way for the same seed, within the longest length', () => {
    const [first, second] = [1, 1].map((seed) => {
      const mutator = new Mutator(new Random(seed), [ascii('token')], 64)
      return Array.from({ length: 500 }, () => mutator.mutate(ascii('some input'), ascii('another')))
    })
    expect(first).toEqual(second)
    expect(Math.max(...(first ?? []).map(({ length }) => length))).toBe(64)
  })

  it('lets no error pass that is not a refusal of octets', () => {
    expect(() => refusal(new TypeError('x is undefined'))).toThrow(TypeError)
    expect(() => refusal(new Fault('a rule'))).toThrow(Fault)
  })
})

describe.each(targets.map((target) => ({ name: target.name, target })))('$name', ({ target }) => {
  it('takes its seeds, and a thousand changes of them', () => {
    const mutator = new Mutator(new Random(7), target.tokens, 4096)
    const kinds = new Set(target.seeds.map((seed) => target.run(seed)))
    for (let i = 0; i < 1000; i++) {
      const [seed, other] = [target.seeds[i % target.seeds.length], target.seeds[(i * 7) % target.seeds.length]]
      if (seed !== undefined && other !== undefined) kinds.add(target.run(mutator.mutate(seed, other)))
    }
    expect(kinds.size).toBeGreaterThan(3)
  })
})

describe('an input that broke a rule once', () => {
  const kept = readCrashes()

  it.each(kept)('breaks none any more: $name', ({ crash }) => {
    const target = targets.find(({ name }) => name === crash.target)
    expect(target?.run(Uint8Array.from(Buffer.from(crash.input, 'hex')))).toBeTypeOf('string')
  })

  it('is of a target that there is', () => {
    expect(kept.filter(({ crash }) => !targets.some(({ name }) => name === crash.target))).toEqual([])
  })
})

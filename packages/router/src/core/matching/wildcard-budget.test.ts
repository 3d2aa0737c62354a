// Shows that what wildcard patterns make one URI visit is bounded, whichever session brings them.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WildcardBudget } from './wildcard-budget.ts'

/** How many nodes of the match index a URI visits: those that some pattern has in common with it. The index stands them by component. */
function visited(patterns: Iterable<string>, uri: string): number {
  const given = uri.split('.')
  const nodes = new Set<string>()
  for (const pattern of patterns) {
    const components = pattern.split('.')
    if (components.length !== given.length) continue
    nodes.add('')
    for (const [i, component] of components.entries()) {
      if (component !== '' && component !== given[i]) break
      nodes.add(components.slice(0, i + 1).join('.') + '.')
    }
  }
  return nodes.size
}

/** All patterns of this number of components that have a wildcard or `a` at each but the last, and there what never comes. */
function missing(components: number): string[] {
  const patterns: string[] = []
  for (let mask = 0; mask < 2 ** (components - 1); mask++) {
    patterns.push([...Array.from({ length: components - 1 }, (_, i) => ((mask >> i) & 1 ? '' : 'a')), 'never'].join('.'))
  }
  return patterns
}

function admitted(budget: WildcardBudget, patterns: readonly string[], owner: string): string[] {
  return patterns.filter((pattern) => {
    const hasRoom = budget.hasRoom(pattern, owner)
    if (hasRoom) budget.add(pattern, owner)
    return hasRoom
  })
}

describe('wildcard patterns that all but match', () => {
  it('make a URI visit no more nodes than may be, whoever brings them', () => {
    const budget = new WildcardBudget(512)
    const patterns = [1, 2, 3, 4, 5, 6].flatMap((n) => admitted(budget, missing(12), `owner ${n}`))
    expect(visited(missing(12), Array(12).fill('a').join('.'))).toBeGreaterThan(4_000)
    expect(visited(patterns, Array(12).fill('a').join('.'))).toBeLessThanOrEqual(512)
  })

  it('have a share for each owner, so that none leaves nothing to the others', () => {
    const budget = new WildcardBudget(512)
    const greedy = admitted(budget, missing(12), 'greedy')
    expect(visited(greedy, Array(12).fill('a').join('.'))).toBeLessThanOrEqual(128)
    expect(admitted(budget, ['...d.e.f.g.h.i.j.k.l', 'a.b.c.d.e.f.g.h.i...'], 'modest')).toHaveLength(2)
  })

  it('have room until all is taken, to the last node', () => {
    const budget = new WildcardBudget(40)
    const patterns = ['a.a.a.a.a.a.a.a.a', '.a.a.a.a.a.a.a.a', 'a..a.a.a.a.a.a.a', '..a.a.a.a.a.a.a', 'a.a.a.a..a.a.a.a']
    // 10 nodes, which is the share of an owner, then 9, 8, 8 and 5: what begins alike is counted once.
    expect(patterns.flatMap((pattern, i) => admitted(budget, [pattern], `owner ${i}`))).toEqual(patterns)
    expect(admitted(budget, ['a.a.a.a.a.a.a.a.'], 'another')).toEqual([])
  })

  it('are not counted where they have so few components that all together cost little', () => {
    const budget = new WildcardBudget(512)
    expect(admitted(budget, missing(6), 'one')).toHaveLength(32)
    expect(budget.size).toBe(0)
  })

  it('cost nothing more where their wildcards stand like those of others: any number of ordinary patterns has room', () => {
    const budget = new WildcardBudget(512)
    const devices = Array.from({ length: 1_000 }, (_, i) => `com.example.plant.hall${i}.line${i}..sensor..value`)
    expect(admitted(budget, devices, 'plant')).toHaveLength(1_000)
  })

  it('give back what they took', () => {
    const budget = new WildcardBudget(512)
    const first = admitted(budget, missing(12), 'one')
    for (const pattern of first) budget.remove(pattern)
    expect(budget.size).toBe(0)
    expect(admitted(budget, missing(12), 'one')).toEqual(first)
  })

  it('never cost more than may be, in whatever order they come and go', () => {
    const component = fc.constantFrom('', 'a', 'b')
    const pattern = fc.array(component, { minLength: 3, maxLength: 7 }).map((components) => components.join('.'))
    const step = fc.record({ pattern, owner: fc.constantFrom('x', 'y', 'z'), leaves: fc.boolean() })
    const uri = fc.array(fc.constantFrom('a', 'b'), { minLength: 3, maxLength: 7 }).map((components) => components.join('.'))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.array(uri, { minLength: 1, maxLength: 8 }), (steps, uris) => {
        const budget = new WildcardBudget(40)
        const there = new Map<string, string>()
        for (const each of steps) {
          if (each.leaves) {
            if (there.delete(each.pattern)) budget.remove(each.pattern)
          } else if (!there.has(each.pattern) && budget.hasRoom(each.pattern, each.owner)) {
            budget.add(each.pattern, each.owner)
            there.set(each.pattern, each.owner)
          }
        }
        for (const each of uris) {
          expect(visited(there.keys(), each)).toBeLessThanOrEqual(40)
          for (const owner of ['x', 'y', 'z']) {
            const own = [...there].filter(([, who]) => who === owner).map(([its]) => its)
            expect(visited(own, each)).toBeLessThanOrEqual(10)
          }
        }
        for (const each of there.keys()) budget.remove(each)
        expect(budget.size).toBe(0)
      }),
      { numRuns: 300 },
    )
  })
})

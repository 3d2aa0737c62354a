// Compares the match index with a naive model, over patterns drawn by chance.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isUri, type MatchPolicy } from '@trunkline/protocol'
import { PatternIndex } from './pattern-index.ts'
import type { Row } from '../../testing/pattern-rows.ts'
import { patternsFor, withRows } from '../../testing/pattern-rows.ts'

const indexOf = (...rows: readonly Row[]): PatternIndex<string> => withRows(new PatternIndex(), rows)

const component = fc.constantFrom('a', 'b', 'ab', 'ba', 'aa', '\u{1f600}', '\u{1f601}')
const emptyOrComponent = fc.oneof({ weight: 2, arbitrary: component }, { weight: 1, arbitrary: fc.constant('') })
const uri = fc.array(component, { minLength: 1, maxLength: 4 }).map((components) => components.join('.'))
const prefix = fc.tuple(uri, fc.nat({ max: 10 })).map(([text, length]) => text.slice(0, length))
const wildcard = fc.array(emptyOrComponent, { minLength: 1, maxLength: 4 }).map((components) => components.join('.'))
const anyRow: fc.Arbitrary<Row> = fc.oneof(
  fc.tuple(fc.constant('exact' as const), uri),
  fc.tuple(fc.constant('prefix' as const), prefix),
  fc.tuple(fc.constant('wildcard' as const), wildcard),
)

/** The rules of the specification, applied to every stored pattern one by one. */
class NaiveIndex {
  readonly #rows = new Map<string, { match: MatchPolicy; uri: string; entry: number }>()

  get size(): number {
    return this.#rows.size
  }

  set(match: MatchPolicy, pattern: string, entry: number): void {
    const known = this.#rows.get(`${match}:${pattern}`)
    if (known === undefined) this.#rows.set(`${match}:${pattern}`, { match, uri: pattern, entry })
    else known.entry = entry
  }

  delete(match: MatchPolicy, pattern: string): boolean {
    return this.#rows.delete(`${match}:${pattern}`)
  }

  entries(match: MatchPolicy): number[] {
    return [...this.#rows.values()].filter((row) => row.match === match).map((row) => row.entry)
  }

  prefixes(called: string): number[] {
    const matching = [...this.#rows.values()].filter((row) => row.match === 'prefix' && called.startsWith(row.uri))
    return matching.sort((a, b) => a.uri.length - b.uri.length).map((row) => row.entry)
  }

  wildcards(called: string): number[] {
    const parts = called.split('.')
    const matching = [...this.#rows.values()].filter(({ match, uri: pattern }) => {
      const own = pattern.split('.')
      return match === 'wildcard' && own.length === parts.length && own.every((part, i) => part === '' || part === parts[i])
    })
    return matching.sort((a, b) => (runs(a.uri) > runs(b.uri) ? -1 : 1)).map((row) => row.entry)
  }

  best(called: string): number | undefined {
    return this.#rows.get(`exact:${called}`)?.entry ?? this.prefixes(called).at(-1) ?? this.wildcards(called)[0]
  }
}

/** A pattern's lengths of literal runs, as text that compares like them. Specification: "Pattern-based Registration". */
function runs(pattern: string): string {
  const runLengths: number[] = [0]
  for (const part of pattern.split('.')) {
    if (part === '') runLengths.push(0)
    else runLengths.push((runLengths.pop() ?? 0) + 1)
  }
  return runLengths.join(',')
}

describe('PatternIndex against a naive model', () => {
  const change = fc.record({ row: anyRow, isDelete: fc.boolean() })

  it('finds the same after any changes [AP-RPC-PAT-03 AP-RPC-PAT-05 AP-RPC-PAT-07 AP-RPC-PAT-08 AP-RPC-PAT-09 AP-PS-PAT-05]', () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 60 }), fc.array(uri, { minLength: 1, maxLength: 12 }), (changes, uris) => {
        const index = new PatternIndex<number>()
        const model = new NaiveIndex()
        changes.forEach(({ row: [match, pattern], isDelete }, entry) => {
          const apply = (target: PatternIndex<number> | NaiveIndex): boolean | void =>
            isDelete ? target.delete(match, pattern) : target.set(match, pattern, entry)
          expect(apply(index)).toBe(apply(model))
          for (const called of uris) {
            expect(index.best(called)).toBe(model.best(called))
            expect(patternsFor(index, called)).toEqual([...model.prefixes(called), ...model.wildcards(called)])
          }
        })
        expect(index.size).toBe(model.size)
        for (const match of ['exact', 'prefix', 'wildcard'] as const) expect([...index.entries(match)]).toEqual(model.entries(match))
      }),
      { numRuns: 300 },
    )
  })

  it('is asked about valid URIs only, many of which match', () => {
    const samples = fc.sample(fc.tuple(uri, wildcard, prefix), 200)
    expect(samples.every(([text, pattern]) => isUri(text) && isUri(pattern, 'wildcard'))).toBe(true)
    expect(samples.some(([text, , start]) => text.startsWith(start) && start !== '')).toBe(true)
  })
})

describe('PatternIndex when patterns go', () => {
  it('leaves the tree of the patterns that remain, whichever came and went', () => {
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 40 }), fc.array(anyRow, { maxLength: 40 }), (kept, passing) => {
        const fresh = indexOf(...kept)
        const used = indexOf(...passing, ...kept)
        for (const [match, uri] of passing) if (fresh.get(match, uri) === undefined) used.delete(match, uri)
        expect([used.size, used.nodeCount]).toEqual([fresh.size, fresh.nodeCount])
        for (const [match, uri] of kept) used.delete(match, uri)
        expect([used.size, used.nodeCount]).toEqual([0, 0])
      }),
    )
  })
})

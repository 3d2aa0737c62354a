// Shows where the parts of the graph stand.

import { expect, it } from 'vitest'
import { layoutOf, lineWidth } from './graph-layout.ts'

const edge = (from: string, via: string, to: string, rate: number) => ({ from, via, to, rate })
const names = (nodes: readonly { readonly name: string }[]): string[] => nodes.map(({ name }) => name)

it('what has most traffic stands at the top, and who uses it beside it', () => {
  const { left, middle, right, rows } = layoutOf(
    [edge('bob', 'slow', 'y', 1), edge('alice', 'fast', 'x', 9), edge('bob', 'fast', 'x', 1)],
    [],
  )
  expect(names(middle)).toEqual(['fast', 'slow'])
  expect(names(left)).toEqual(['alice', 'bob'])
  expect(names(right)).toEqual(['x', 'y'])
  expect(middle[0]).toEqual({ name: 'fast', row: 0, rate: 10 })
  expect(rows).toBe(2)
})

it('what stays keeps its place while rates change', () => {
  const edges = [edge('a', 'one', 'b', 1), edge('a', 'two', 'b', 50), edge('a', 'new', 'b', 5)]
  expect(names(layoutOf(edges, ['one', 'gone', 'two']).middle)).toEqual(['one', 'two', 'new'])
})

it('lines of the same two are one, and an edge without an end on the right has none there', () => {
  const { leftLines, rightLines, right } = layoutOf([edge('a', 'news', 'b', 1), edge('a', 'news', '', 2)], [])
  expect(leftLines).toMatchObject([{ from: 0, to: 0, rate: 3 }])
  expect(rightLines).toMatchObject([{ rate: 1 }])
  expect(names(right)).toEqual(['b'])
})

it('lines grow with their rate, to a bound', () => {
  const widths = [0, 10, 1_000, 1e9].map(lineWidth)
  expect(widths).toEqual(widths.toSorted((a, b) => a - b))
  expect([widths[0], widths[3]]).toEqual([1, 12])
})

// Shows which faults are put into a source, and that each leaves a program.

import { describe, expect, it } from 'vitest'
import { pointsOf } from './points.ts'
import { withEdit } from './syntax.ts'

const faults = (source: string): string[] => pointsOf('a.ts', source).map((point) => withEdit(source, point))

describe('pointsOf', () => {
  it.each([
    ['x = a < b', [';', 'x = a <= b']],
    ['if (a && !b) c()', ['if (true) c()', 'if (false) c()', 'if (a || !b) c()', 'if (a && b) c()', 'if (a && !b) ;']],
    ['f(a ?? 5)', [';', 'f(a)', 'f(a ?? (5 + 1))']],
    ['function f() { return a ? b : c }', ['function f() { return undefined }', 'function f() { return false ? b : c }']],
    ['f({ a, b: true })', [';', 'f({ b: true })', 'f({ a,  })', 'f({ a, b: false })']],
    ['i++', ['i--']],
  ])('of %s', (source, expected) => {
    expect(faults(source).toSorted()).toEqual(expected.toSorted())
  })

  it('leaves types and calls of super alone', () => {
    expect(faults('type A = 5 | true')).toEqual([])
    expect(faults('class A extends B { constructor() { super(x) } }')).toEqual([])
  })

  it('names the line', () => {
    expect(pointsOf('a.ts', 'a\n\nb()').map(({ line, kind }) => [line, kind])).toEqual([[3, 'statement is left out']])
  })
})

// Shows how places are named by syntax, and what is said of names that mean nothing.

import { describe, expect, it } from 'vitest'
import type { Fault } from './faults.ts'
import { becomes, comesAfterNext, isDropped, isFalse, isNegated, operator } from './faults.ts'
import type { Mark } from './marks.ts'
import { argument, assigned, call, condition, expression, initial, inside, nth, property, returned, statement } from './marks.ts'
import { Placing } from './placing.ts'
import { isProgram, parse, withEdit } from './syntax.ts'
import type { Node } from './tree.ts'
import { spotsOf } from './tree.ts'

function spotsIn(source: string, mark: Mark): ReturnType<Mark['find']> {
  return mark.find(spotsOf(parse(source, false) as unknown as Node))
}

function faulty(source: string, mark: Mark, fault: Fault): string {
  const spots = spotsIn(source, mark)
  if (spots.length !== 1 || spots[0] === undefined) throw new Error(`${spots.length} places`)
  const text = withEdit(source, fault(source, spots[0]))
  expect(isProgram(text)).toBe(true)
  return text
}

describe('a mark and a fault', () => {
  it.each<[source: string, mark: Mark, fault: Fault, expected: string]>([
    ['if (a && b.c) d()', condition('b.c'), isFalse, 'if ((false)) d()'],
    ['x = a ? b : c', condition('a'), isNegated, 'x = (!(a)) ? b : c'],
    ['while (a > 1) b()', expression('a > 1'), operator('>='), 'while (a >= 1) b()'],
    ['if (a) b.c(1)\nd()', statement('b.c'), isDropped, 'if (a) ;\nd()'],
    ['if (a) b.c(1)\nd()', statement('a'), isDropped, ';\nd()'],
    ['if (a) b()\nd()', statement('b()'), becomes('c(); $&'), 'if (a) { c(); b() }\nd()'],
    ['a()\nb()', statement('a()'), comesAfterNext, 'b();\na();'],
    ['a()\nb.c(d)', expression('b.c'), becomes('b.e'), 'a()\nb.e(d)'],
    ['a || b && c', expression('b'), isDropped, 'a || (c)'],
    ['a.b(c, d)', argument(2, 'b'), isDropped, 'a.b(c, )'],
    ['x = new A(c, { d, e })', property('d'), isDropped, 'x = new A(c, { e })'],
    ['x = new A(c)', argument(1, 'A'), becomes('d'), 'x = new A(d)'],
    ['const a = b, c = d', initial('c'), becomes('$& + 1'), 'const a = b, c = (d + 1)'],
    ['a.b += c; b = d', assigned('a.b'), becomes('0'), 'a.b += (0); b = d'],
    ['function f() { if (a) return 1; return 2 }', returned('2'), becomes('3'), 'function f() { if (a) return 1; return (3) }'],
    [
      'function f() { if (a) return b; return b }',
      inside(statement('a'), returned('b')),
      becomes('c'),
      'function f() { if (a) return (c); return b }',
    ],
    ['f(f(a))', nth(2, call('f')), becomes('b'), 'f(b)'],
  ])('in %s', (source, mark, fault, expected) => {
    expect(faulty(source, mark, fault)).toBe(expected)
  })

  it('does not depend on how the code is laid out', () => {
    const mark = condition("this.#a?.get(b, { c: 'd' })")
    const source = 'class A { #a; f() {\nif (!(this\n  .#a\n  ?.get(\n    b, // why\n    { c: "d", },\n  ))) { e() }\n} }'
    expect(spotsIn(source, mark)).toHaveLength(1)
    expect(spotsIn(source.replace('"d"', '"e"'), mark)).toHaveLength(0)
  })

  it.each<[source: string, mark: Mark, fault: Fault, message: string]>([
    ['a()', statement('a()'), comesAfterNext, 'a() is no statement before another'],
    ['a(b)', expression('a(b)'), operator('<'), 'there is no operator in a(b)'],
    ['a = b', assigned('a'), isDropped, 'b cannot be left out'],
  ])('that do not fit are refused: %s', (source, mark, fault, message) => {
    expect(() => faulty(source, mark, fault)).toThrow(message)
  })

  it('leaves types alone', () => {
    expect(spotsIn('const a: B = c as B', expression('B'))).toHaveLength(0)
  })
})

describe('placing', () => {
  const placing = new Placing()
  const mutant = { name: 'x', packageName: 'protocol', fault: isDropped }

  it('finds a function in whatever file it stands', () => {
    expect(placing.place({ ...mutant, within: 'addFeatures', mark: call('some') }).file).toContain('packages/protocol/src/')
  })

  it('names the functions that are near one that is not there', () => {
    expect(() => placing.place({ ...mutant, within: 'RequestSequence.#mayJmp', mark: condition('a') })).toThrow(
      /mutant 'x': packages\/protocol has no RequestSequence\.#mayJmp; nearest:\n {2}RequestSequence\.#mayJump in packages\/protocol\/src\//,
    )
  })

  it('names what is near a mark that is not there', () => {
    expect(() => placing.place({ ...mutant, within: 'RequestSequence.#mayJump', mark: condition("this.#rule === 'tolerent'") })).toThrow(
      /mutant 'x': condition\(this\.#rule === 'tolerent'\) is not in RequestSequence\.#mayJump; nearest:\n {2}packages\/protocol\/src\/\S+:\d+: this\.#rule === 'tolerant'/,
    )
  })

  it('names all places of a mark that means several', () => {
    expect(() => placing.place({ ...mutant, within: 'RequestSequence.#mayJump', mark: condition('this.#rule') })).toThrow(
      /is \d places; nearest:/,
    )
  })
})

// The corpus is what it was when it was last looked at, and every case of it can be played.

import { describe, expect, it } from 'vitest'
import { filled, octetsOf } from './case.ts'
import { digestsOfCorpus, readDigests } from './digests.ts'
import { corpus } from './groups/index.ts'

describe('the corpus of hostile inputs', () => {
  it('has the digests that are written down; `npm run hostile -- --digests` writes them', () => {
    expect(digestsOfCorpus()).toEqual(readDigests())
  })

  it('has a name of its own for every case of a group', () => {
    for (const { group, cases } of corpus()) {
      const names = cases.map(({ name }) => name)
      expect(names.filter((name, i) => names.indexOf(name) !== i).map((name) => `${group}: ${name}`)).toEqual([])
    }
  })

  it('ends every case with something that is expected', () => {
    const open = corpus().flatMap(({ cases }) => cases.filter(({ steps }) => steps.at(-1)?.expect === undefined))
    expect(open.map(({ name }) => name)).toEqual([])
  })

  it('has octets where it says so', () => {
    const steps = corpus().flatMap(({ cases }) => cases.flatMap((each) => each.steps))
    const bytes = steps.flatMap(({ octets, message }) => [octets, message]).filter((each) => each !== undefined)
    expect(bytes.length).toBeGreaterThan(300)
    for (const each of bytes) expect(() => octetsOf(each)).not.toThrow()
  })

  it('holds about a thousand cases', () => {
    expect(corpus().reduce((sum, { cases }) => sum + cases.length, 0)).toBeGreaterThan(1_000)
  })
})

describe('placeholders', () => {
  it('stand for values, and within a string for its number', () => {
    const names = new Map<string, unknown>([
      ['main', 7],
      ['n', 3],
    ])
    expect(filled([1, '$main', { a: 'com.x$n', b: '$5' }], names)).toEqual([1, 7, { a: 'com.x3', b: '$5' }])
    expect(() => filled('$nobody', names)).toThrow('$nobody')
  })

  it('keep __proto__ a key like any other', () => {
    expect(Object.keys(filled(JSON.parse('{"__proto__":1}'), new Map()) as object)).toEqual(['__proto__'])
  })
})

describe('octets of the corpus', () => {
  it('are text, hexadecimal digits, and parts that repeat', () => {
    expect(octetsOf(['[', { of: 'hex:ff00', times: 2 }, ']']).toString('hex')).toBe('5bff00ff005d')
    expect(() => octetsOf('hex:xy')).toThrow('not hexadecimal')
  })
})

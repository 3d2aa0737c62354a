// Lists that are kept: made once for each version and view, and never more of them than there is room for.

import { createCborSerializer, createConverter, createJsonSerializer, rawIn } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import type { Made } from './kept-lists.ts'
import { KeptLists } from './kept-lists.ts'

const convert = createConverter()
const cbor = createCborSerializer({ convert })
const json = createJsonSerializer({ convert })
const ALICE = {}
const BOB = {}

/** Makes a list, and counts how often. */
class Maker {
  made = 0
  readonly #value: unknown

  constructor(value: unknown) {
    this.#value = value
  }

  readonly make = (): Made => {
    this.made++
    return { value: this.#value, isWhole: true }
  }
}

describe('kept lists', () => {
  it('are made once for a version and view', () => {
    const lists = new KeptLists(cbor)
    const maker = new Maker(['a'])
    for (let i = 0; i < 3; i++) expect(lists.get('x', 1, ALICE, maker.make).answer().args).toEqual([['a']])
    expect(maker.made).toBe(1)
    lists.get('x', 1, BOB, maker.make)
    lists.get('y', 1, ALICE, maker.make)
    expect([maker.made, lists.size]).toEqual([3, 3])
  })

  it('of an older version are made anew, and forgotten for every view', () => {
    const lists = new KeptLists(cbor)
    const maker = new Maker([])
    for (const view of [ALICE, BOB]) lists.get('x', 1, view, maker.make)
    lists.get('x', 2, ALICE, maker.make)
    expect([maker.made, lists.size]).toEqual([3, 1])
  })

  it('share octets in every serializer with each answer, and values with none', () => {
    const lists = new KeptLists(cbor)
    const maker = new Maker(['a', 'b'])
    const [first, second] = [0, 1].map(() => lists.get('x', 1, ALICE, maker.make).answer())
    if (first === undefined || second === undefined) throw new Error('no answers')
    expect(rawIn(first, json)).toBe(rawIn(second, json))
    expect(rawIn(first, cbor)).toBe(rawIn(second, cbor))
    ;(first.args[0] as string[]).push('c')
    expect(second.args).toEqual([['a', 'b']])
    expect(lists.get('x', 1, ALICE, maker.make).answer().args).toEqual([['a', 'b']])
  })

  it('hold no more octets than they may, in all serializers together: what was used longest ago goes first', () => {
    const lists = new KeptLists(cbor, 1000)
    const maker = new Maker('x'.repeat(200))
    for (const name of ['a', 'b', 'c']) rawIn(lists.get(name, 1, ALICE, maker.make).answer(), json)
    lists.get('a', 1, ALICE, maker.make)
    expect([maker.made, lists.size]).toEqual([4, 2])
    lists.get('c', 1, ALICE, maker.make)
    expect([maker.made, lists.size]).toEqual([4, 2])
    expect(lists.octets).toBeLessThanOrEqual(1000)
  })

  it('are not kept where one alone is too long', () => {
    const lists = new KeptLists(cbor, 100)
    const maker = new Maker('x'.repeat(200))
    for (let i = 0; i < 2; i++) expect(lists.get('x', 1, ALICE, maker.make).answer().args).toEqual(['x'.repeat(200)])
    expect([maker.made, lists.size, lists.octets]).toEqual([2, 0, 0])
  })

  it('are no more than 32', () => {
    const lists = new KeptLists(cbor)
    const maker = new Maker([])
    for (let i = 0; i < 100; i++) lists.get('x', 1, {}, maker.make)
    expect(lists.size).toBe(32)
  })
})

// Lists that are kept: made once for each version and view, and never more of them than there is room for.

import { createCborSerializer, createConverter, createJsonSerializer, rawIn } from '@trunkline/protocol'
import { ManualClock } from '@trunkline/testing/ports'
import { describe, expect, it } from 'vitest'
import type { KeptList, Made } from './kept-lists.ts'
import { KeptLists } from './kept-lists.ts'
import { RecentlyUsed } from '../state/recently-used.ts'
import { TOO_LONG } from './list-room.ts'

const convert = createConverter()
const cbor = createCborSerializer({ convert })
const json = createJsonSerializer({ convert })
const ALICE = {}
const BOB = {}

/** What the lists of all realms share. */
function shared(clock = new ManualClock()) {
  return { clock, keptLists: new RecentlyUsed() }
}

/** Makes a list, and counts how often. */
class Maker {
  made = 0
  readonly #value: unknown
  readonly #entries: number

  constructor(value: unknown, entries = 1) {
    this.#value = value
    this.#entries = entries
  }

  readonly make = (): Made => {
    this.made++
    return { value: this.#value, isWhole: true, entries: this.#entries }
  }
}

/** The list of a name for a view, made if there is none. */
function get(lists: KeptLists, [name, version, view]: readonly [string, number, object], { make }: Maker): KeptList {
  return lists.find(name, version, view) ?? lists.keep(name, version, view, make())
}

describe('kept lists', () => {
  it('are made once for a version and view', () => {
    const lists = new KeptLists(cbor, shared())
    const maker = new Maker(['a'])
    for (let i = 0; i < 3; i++) expect(get(lists, ['x', 1, ALICE], maker).answer().args).toEqual([['a']])
    expect(maker.made).toBe(1)
    get(lists, ['x', 1, BOB], maker)
    get(lists, ['y', 1, ALICE], maker)
    expect([maker.made, lists.size]).toEqual([3, 3])
  })

  it('of an older version are made anew, and forgotten for every view', () => {
    const lists = new KeptLists(cbor, shared())
    const maker = new Maker([])
    for (const view of [ALICE, BOB]) get(lists, ['x', 1, view], maker)
    get(lists, ['x', 2, ALICE], maker)
    expect([maker.made, lists.size]).toEqual([3, 1])
  })

  it('share octets in every serializer with each answer, and values with none', () => {
    const lists = new KeptLists(cbor, shared())
    const maker = new Maker(['a', 'b'])
    const [first, second] = [0, 1].map(() => get(lists, ['x', 1, ALICE], maker).answer())
    if (first === undefined || second === undefined) throw new Error('no answers')
    expect(rawIn(first, json)).toBe(rawIn(second, json))
    expect(rawIn(first, cbor)).toBe(rawIn(second, cbor))
    ;(first.args[0] as string[]).push('c')
    expect(second.args).toEqual([['a', 'b']])
    expect(get(lists, ['x', 1, ALICE], maker).answer().args).toEqual([['a', 'b']])
  })

  it('hold no more octets than they may, in all serializers together: what was used longest ago goes first', () => {
    const lists = new KeptLists(cbor, shared(), 1000)
    const maker = new Maker('x'.repeat(200))
    for (const name of ['a', 'b', 'c']) rawIn(get(lists, [name, 1, ALICE], maker).answer(), json)
    get(lists, ['a', 1, ALICE], maker)
    expect([maker.made, lists.size]).toEqual([4, 2])
    get(lists, ['c', 1, ALICE], maker)
    expect([maker.made, lists.size]).toEqual([4, 2])
    expect(lists.octets).toBeLessThanOrEqual(1000)
  })

  it('are not kept where one alone is too long', () => {
    const lists = new KeptLists(cbor, shared(), 100)
    const maker = new Maker('x'.repeat(200))
    for (let i = 0; i < 2; i++) expect(get(lists, ['x', 1, ALICE], maker).answer().args).toEqual(['x'.repeat(200)])
    expect([maker.made, lists.size, lists.octets]).toEqual([2, 0, 0])
  })

  it('are no more than 32', () => {
    const lists = new KeptLists(cbor, shared())
    const maker = new Maker([])
    for (let i = 0; i < 100; i++) get(lists, ['x', 1, {}], maker)
    expect(lists.size).toBe(32)
  })

  it('are given again for a time after a change where they are long, so that changes without end do not have them made without end', () => {
    const clock = new ManualClock()
    const lists = new KeptLists(cbor, shared(clock))
    const [short, long] = [new Maker([], 2_000), new Maker([], 200_000)]
    for (let version = 1; version <= 20; version++) {
      get(lists, ['short', version, ALICE], short)
      get(lists, ['long', version, ALICE], long)
      clock.advance(200)
    }
    expect([short.made, long.made]).toEqual([20, 2])
  })

  it('that are too long are refused each time, and looked through once', () => {
    const lists = new KeptLists(cbor, shared())
    const maker = new Maker(TOO_LONG, 200_000)
    for (let version = 1; version <= 3; version++) {
      expect(() => get(lists, ['x', version, ALICE], maker).answer()).toThrow('longer than 4194304 octets')
    }
    expect([maker.made, lists.octets]).toEqual([1, 0])
  })

  it('of all realms have a common bound: what was used longest ago goes first, in whichever realm', () => {
    const common = { clock: new ManualClock(), keptLists: new RecentlyUsed(500) }
    const [first, second] = [new KeptLists(cbor, common), new KeptLists(cbor, common)]
    const maker = new Maker('x'.repeat(200))
    for (const [lists, name] of [
      [first, 'a'],
      [second, 'b'],
      [first, 'a'],
      [second, 'c'],
    ] as const)
      get(lists, [name, 1, ALICE], maker)
    expect([first.size, second.size, maker.made]).toEqual([1, 1, 3])
    first.clear()
    get(second, ['b', 1, ALICE], maker)
    expect([first.size, second.size]).toEqual([0, 2])
  })
})

// Shows that owners take turns, however many wait for each, and that who seldom comes waits least.

import { describe, expect, it } from 'vitest'
import { Rounds } from './rounds.ts'

/** Takes as many as are asked for; each uses so many milliseconds. */
function take(rounds: Rounds<string>, count: number, ms = 1): string {
  const taken: string[] = []
  for (let i = 0; i < count; i++) {
    const each = rounds.take()
    if (each === undefined) break
    taken.push(each)
    rounds.count(ms)
  }
  return taken.join('')
}

function add(rounds: Rounds<string>, owners: string): void {
  for (const owner of owners) rounds.add(owner, owner)
}

describe('those who wait for a turn', () => {
  it('come owner after owner, each for its share, however many wait for one', () => {
    const rounds = new Rounds<string>()
    add(rounds, 'aaaaaabbbbccc')
    expect(take(rounds, 20)).toBe('aabbccaabbcaa')
    expect([rounds.size, rounds.take()]).toEqual([0, undefined])
  })

  it('come first where nothing of their owner waited, but for one of the others in each turn of the event loop', () => {
    const rounds = new Rounds<string>()
    add(rounds, 'aaaaaabbbbbb')
    expect(take(rounds, 4)).toBe('aabb')
    add(rounds, 'cd')
    expect(take(rounds, 3)).toBe('cda')
    rounds.begin()
    add(rounds, 'ef')
    expect(take(rounds, 4)).toBe('aefb')
  })

  it('have no more by coming and going', () => {
    const rounds = new Rounds<string>()
    add(rounds, 'aaaabbbbx')
    expect(take(rounds, 5)).toBe('aabbx')
    add(rounds, 'x')
    expect(take(rounds, 3)).toBe('xaa')
    add(rounds, 'x')
    expect(take(rounds, 5)).toBe('bbx')
  })

  it('wait longer after one of them that took long, but not for ever', () => {
    const rounds = new Rounds<string>()
    add(rounds, 'abbbbbbbbba')
    expect(take(rounds, 1, 6)).toBe('a')
    expect(take(rounds, 9)).toBe('bbbbbbabb')
    expect(take(rounds, 1, 1_000_000)).toBe('b')
    add(rounds, 'bba')
    expect(take(rounds, 9)).toBe('abb')
  })

  it('are served by the connection where an owner is none but that', () => {
    const rounds = new Rounds<string>()
    const [first, second] = [{}, {}]
    for (let i = 0; i < 3; i++) rounds.add(first, 'a')
    rounds.add(second, 'b')
    expect(take(rounds, 4)).toBe('aaba')
  })

  it('of one IPv6 site have the shares of ten networks and one more, whether they come at once or one after another', () => {
    const rounds = new Rounds<string>()
    for (let i = 0; i < 100; i++) for (let n = 0; n < 3; n++) rounds.add(`2001:db8:7:${i.toString(16)}::/64`, 's')
    for (let n = 0; n < 30; n++) rounds.add('192.0.2.1', 'a')
    rounds.add('2001:db8:8:1::/64', 'b')
    // Two for each share: twenty-two of the site, then the others.
    expect(take(rounds, 25)).toBe(`${'s'.repeat(22)}aab`)
    for (let i = 100; i < 200; i++) rounds.add(`2001:db8:7:${i.toString(16)}::/64`, 's')
    // The tenth networks have one left each, and the rest their common share.
    expect(take(rounds, 14)).toBe(`${'s'.repeat(12)}aa`)
  })

  it('of one IPv6 site have shares of their own again once those before have been served', () => {
    const rounds = new Rounds<string>()
    const come = (from: number): void => {
      for (let i = from; i < from + 12; i++) rounds.add(`2001:db8:7:${i.toString(16)}::/64`, 's')
    }
    for (let n = 0; n < 40; n++) rounds.add('192.0.2.1', 'a')
    come(0)
    expect(take(rounds, 14)).toBe(`aa${'s'.repeat(12)}`)
    // A round later those of the site that wait for nothing are forgotten.
    expect(take(rounds, 6)).toBe('aaaaaa')
    come(16)
    expect(take(rounds, 12)).toBe('s'.repeat(12))
  })
})

// Shows the hash and the shard of a key, and the shares of callees (docs/adr/0011-sharding.md).

import { describe, expect, it } from 'vitest'
import type { Registration, Share } from './registration.ts'
import type { Session } from './session.ts'
import { ShardSet } from './shard-set.ts'
import { giveBackShare, hashOf, keyHash, shardFault, shardOf, takeShare } from './sharding.ts'

describe('the shard of a key', () => {
  it.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ])('is made of FNV-1a, as others compute it: %j', (text, hash) => {
    expect(hashOf(text)).toBe(hash)
    expect(shardOf(hash)).toBe(hash % 1024)
  })

  it.each(['zürich', 'ключ', '鍵', '🔑', 'a🔑ü', '\ud83d', 'x\udd11y', '\u07ff\u0800\uffff'])('counts the UTF-8 of %j', (text) => {
    const expected = new TextEncoder().encode(text).reduce((hash, octet) => Math.imul(hash ^ octet, 0x01000193) >>> 0, 0x811c9dc5)
    expect(hashOf(text)).toBe(expected)
  })

  it('of an integer is that of its decimal text', () => {
    expect([5, -5, 0, -0, 2n ** 60n].map(keyHash)).toEqual(['5', '-5', '0', '0', '1152921504606846976'].map((text) => hashOf(text)))
  })

  it.each([1.5, 2 ** 53, true, null, undefined, ['a'], { a: 1 }])('is not defined for %j', (rkey) => {
    expect(keyHash(rkey)).toBeUndefined()
  })
})

describe('the share of a callee', () => {
  const session = (authid: string): Session => ({ identity: { authid }, registrations: new Map() }) as unknown as Session
  const registration = {
    id: 1,
    taken: { nodes: new Set<number>(), free: new Map<string, number[]>(), shards: undefined },
    get callees(): never {
      throw new Error('each of very many callees was looked at')
    },
  } as unknown as Registration

  it('is found and judged without a look at the callees that there are', () => {
    const shares = ['joe', 'joe', 'ann'].map((authid) => takeShare(registration, session(authid), undefined))
    expect(new Set(shares.map((share) => share?.node)).size).toBe(3)
    const held = takeShare(registration, session('eve'), ShardSet.of([5]))
    expect(shardFault(registration, session('joe'), ShardSet.of([4, 5]))).toBe('another callee has registered shard 5')
    giveBackShare(registration, session('eve'), held)
    expect(shardFault(registration, session('joe'), ShardSet.of([4, 5]))).toBe(undefined)
    giveBackShare(registration, session('joe'), shares[0])
    expect(takeShare(registration, session('joe'), undefined)).toEqual(shares[0])
  })
})

it('a callee gets the lowest number that no other of its authid has, whoever came and went', () => {
  const registration = { id: 1, taken: { nodes: new Set(), free: new Map(), shards: undefined } } as unknown as Registration
  const joe = { identity: { authid: 'joe' } } as unknown as Session
  const held: Share[] = []
  let seed = 1
  for (let step = 0; step < 500; step++) {
    seed = (seed * 48_271) % 2_147_483_647
    if (seed % 5 < 2 && held.length > 0) giveBackShare(registration, joe, held.splice(seed % held.length, 1)[0])
    else {
      const numbers = new Set(held.map(({ number }) => number))
      let lowest = 0
      while (numbers.has(lowest)) lowest++
      const share = takeShare(registration, joe, undefined) as Share
      expect([share.number, share.node]).toEqual([lowest, hashOf(`joe/${lowest}`)])
      held.push(share)
    }
  }
  for (const share of held) giveBackShare(registration, joe, share)
  expect(registration.taken).toEqual({ nodes: new Set(), free: new Map(), shards: undefined })
})

import { describe, expect, it } from 'vitest'
import type { Tree } from './entries.ts'
import { contract, contractInfo, error, isEntry, procedure, topic, type } from './index.ts'

describe('a contract', () => {
  it('gives each entry the prefix and its path of keys, or its own uri in place of the path', () => {
    const shop = contract('com.example', {
      orders: { get: procedure({ args: [type<number>()] }), byName: procedure({ uri: 'orders.{name}' }) },
      closed: topic(),
    })
    expect([shop.orders.get.uri, shop.orders.byName.uri, shop.closed.uri]).toEqual([
      'com.example.orders.get',
      'com.example.orders.{name}',
      'com.example.closed',
    ])
  })

  it('takes complete URIs with an empty prefix, and leaves those of errors alone', () => {
    const all = contract('', { count: procedure({ uri: 'wamp.session.count' }), gone: error('com.example.gone') })
    expect([all.count.uri, all.gone.uri]).toEqual(['wamp.session.count', 'com.example.gone'])
  })

  it('returns its tree and remembers what it says of itself', () => {
    const tree = { closed: topic() }
    const all = contract('com.example', tree, { version: '1.2.0', title: 'Shop' })
    expect(all).toBe(tree)
    expect(contractInfo(all)).toEqual({ prefix: 'com.example', version: '1.2.0', title: 'Shop' })
    expect(Object.keys(all)).toEqual(['closed'])
  })

  it('can be declared of parts that are whole already', () => {
    const orders = contract('com.example.orders', { get: procedure() })
    const prices = contract('com.example.prices', { changed: topic() })
    expect({ ...orders, ...prices }.get.uri).toBe('com.example.orders.get')
    expect(contractInfo({ orders, prices })).toBeUndefined()
  })

  it('refuses an entry that has another URI already', () => {
    const get = procedure()
    contract('com.example', { get })
    expect(() => contract('com.example', { get })).not.toThrow()
    expect(() => contract('com.other', { get })).toThrow(/com\.example\.get cannot be com\.other\.get too/)
  })

  it.each<[string, Tree]>([
    ['com.example.', { get: procedure() }],
    ['com example', { get: procedure() }],
    ['com', { '': procedure() }],
    ['com', { get: procedure({ uri: 'a..b' }) }],
    ['com', { get: procedure({ uri: 'a#b' }) }],
    ['com', { get: procedure({ uri: 'user-{id}' }) }],
    ['com', { get: procedure({ uri: '{rest*}.more' }) }],
    ['com', { get: procedure({ uri: '{id:float}' }) }],
  ])('refuses URIs that cannot be one: %s', (prefix, tree) => {
    expect(() => contract(prefix, tree)).toThrow(expect.objectContaining({ code: 'TL_INVALID_URI' }))
  })

  it('tells groups from entries, whatever their keys are', () => {
    const group = { kind: procedure(), spec: procedure(), uri: topic() }
    expect(isEntry(group)).toBe(false)
    expect(Object.values(group).every(isEntry)).toBe(true)
    expect(isEntry(error('com.example.gone'))).toBe(true)
    expect(contract('com.example', { group }).group.kind.uri).toBe('com.example.group.kind')
  })
})

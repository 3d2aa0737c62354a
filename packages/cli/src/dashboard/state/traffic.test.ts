// Shows which traffic the parameters of the address ask for.

import { expect, it } from 'vitest'
import { kindsIn, trafficWish, withKind } from './traffic.ts'

it('without parameters it is all of it', () => {
  expect(trafficWish({})).toEqual({ rate: 100 })
})

it('parameters choose', () => {
  const params = { realm: 'a', kinds: 'publish,call,nothing', authid: 'olga', session: '7', failed: 'yes', least_ms: '20' }
  expect(trafficWish(params)).toEqual({
    realm: 'a',
    kinds: ['call', 'publish'],
    authid: 'olga',
    session: 7,
    failed: true,
    least_ms: 20,
    rate: 100,
  })
  expect(trafficWish({ session: 'x', least_ms: '-1' })).toEqual({ rate: 100 })
})

it('what is typed of a URI says how it matches', () => {
  const matched = (uri: string) => [trafficWish({ uri }).uri, trafficWish({ uri }).match]
  expect(['com.shop.add', 'com.shop.', 'com.shop.*', 'com.shop.**', 'com..price'].map(matched)).toEqual([
    ['com.shop.add', 'exact'],
    ['com.shop.', 'prefix'],
    ['com.shop.', 'prefix'],
    ['com.shop.', 'prefix'],
    ['com..price', 'wildcard'],
  ])
})

it('kinds are added and removed', () => {
  expect(withKind(undefined, 'join')).toBe('join')
  expect(kindsIn(withKind('call,join', 'call'))).toEqual(['join'])
})

// Shows that headers which name proxies cost no more than their end, whatever a client wrote into them.

import { describe, expect, it } from 'vitest'
import { hopsOf } from './forwarded-hops.ts'

describe('the hops that a header names', () => {
  it.each([
    ['quotes that never end', '"\\'.repeat(30_000)],
    ['quotes of nothing', '"\\"'.repeat(20_000)],
    ['blanks', ' '.repeat(60_000)],
    ['pairs', 'for = '.repeat(10_000)],
    ['semicolons', ';'.repeat(60_000)],
    ['backslashes', '\\'.repeat(60_000)],
  ])('are read in one pass of its last 4 KiB, and what the proxy wrote is found behind %s', (_, made) => {
    expect(hopsOf({ forwarded: `${made}, for=203.0.113.7` }).at(-1)).toBe('203.0.113.7')
    expect(hopsOf({ 'x-forwarded-for': `${made}, 203.0.113.7` }).at(-1)).toBe('203.0.113.7')
    expect(hopsOf({ forwarded: made }).every((hop) => !hop.includes('203'))).toBe(true)
  })

  it('are 32 at most, those on the right', () => {
    const hops = Array.from({ length: 100 }, (_, i) => `10.0.0.${i}`)
    expect(hopsOf({ 'x-forwarded-for': hops.join(', ') })).toEqual(hops.slice(-32))
    expect(hopsOf({ forwarded: hops.map((hop) => `for=${hop}`).join(', ') })).toEqual(hops.slice(-32))
  })

  it('are never one of which a part was cut off', () => {
    const [long, pad] = ['1'.repeat(4_000), '2'.repeat(90)]
    expect(hopsOf({ 'x-forwarded-for': `${long},10.0.0.1,${'3'.repeat(1_000)},${pad}` })).toEqual(['10.0.0.1', '3'.repeat(1_000), pad])
    expect(hopsOf({ forwarded: `for=${long};proto=${'x'.repeat(90)}, for=10.0.0.1` })).toEqual(['10.0.0.1'])
  })

  it('are not named within quotes, as of a Host that the client chose', () => {
    expect(hopsOf({ forwarded: 'host="x;for=192.0.2.1, for=192.0.2.2\\";for=192.0.2.3";for="203.0.113.7"' })).toEqual(['203.0.113.7'])
  })
})

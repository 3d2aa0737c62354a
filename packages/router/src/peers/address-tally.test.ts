// Shows how sessions are counted by address.

import { describe, expect, it } from 'vitest'
import { AddressTally } from './address-tally.ts'

describe('sessions by address', () => {
  it('are counted in up to the limit, and again after others were counted out', () => {
    const tally = new AddressTally(2)
    expect([1, 2, 3].map(() => tally.add('192.0.2.1'))).toEqual([true, true, false])
    expect(tally.add('192.0.2.2')).toBe(true)
    tally.remove('192.0.2.1')
    expect([tally.add('192.0.2.1'), tally.add('192.0.2.1')]).toEqual([true, false])
  })

  it('leave nothing behind', () => {
    const tally = new AddressTally(2)
    for (const address of ['192.0.2.1', '192.0.2.1', '2001:db8::1']) tally.add(address)
    for (const address of ['192.0.2.1', '192.0.2.1', '2001:db8::1']) tally.remove(address)
    expect(tally.size).toBe(0)
  })

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9'],
    ['2001:db8::1', '2001:0DB8:0000:0000:1::'],
    ['fe80::1%eth0', 'fe80::2%eth0'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::1', '::2'],
  ])('count %s and %s as one', (one, other) => {
    const tally = new AddressTally(1)
    expect([tally.add(one), tally.add(other)]).toEqual([true, false])
  })

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['192.0.2.1', '192.0.2.2'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.2'],
  ])('count %s and %s apart', (one, other) => {
    const tally = new AddressTally(1)
    expect([tally.add(one), tally.add(other)]).toEqual([true, true])
  })

  it('are not counted where there is no address or no limit', () => {
    const [few, endless] = [new AddressTally(1), new AddressTally(Number.POSITIVE_INFINITY)]
    expect([few.add(undefined), few.add(undefined), endless.add('192.0.2.1'), endless.size]).toEqual([true, true, true, 0])
  })
})

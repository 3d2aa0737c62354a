// Shows whose address a connection has: that of the socket, unless a trusted proxy names another.

import { UsageError } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { TrustedProxies } from './client-address.ts'

describe('the address of a client', () => {
  it('is that of the socket, whatever a client writes into X-Forwarded-For', () => {
    const nobody = new TrustedProxies([])
    expect(nobody.clientOf('203.0.113.7', '10.0.0.1')).toBe('203.0.113.7')
    expect(new TrustedProxies(['10.0.0.0/8']).clientOf('203.0.113.7', '10.0.0.1')).toBe('203.0.113.7')
    expect(nobody.clientOf(undefined, '10.0.0.1')).toBeUndefined()
  })

  it('is what a trusted proxy names, and what that names if it is trusted too; nothing further left is believed', () => {
    const proxies = new TrustedProxies(['10.0.0.0/8', 'fd00::1'])
    expect(proxies.clientOf('10.0.0.1', '203.0.113.7')).toBe('203.0.113.7')
    expect(proxies.clientOf('10.0.0.1', '1.1.1.1, 203.0.113.7')).toBe('203.0.113.7')
    expect(proxies.clientOf('10.0.0.1', '1.1.1.1, 203.0.113.7 ,10.2.3.4')).toBe('203.0.113.7')
    expect(proxies.clientOf('fd00::1', ['1.1.1.1', '2001:db8::7'])).toBe('2001:db8::7')
    expect(proxies.clientOf('::ffff:10.0.0.1', '203.0.113.7')).toBe('203.0.113.7')
  })

  it.each([undefined, '', 'unknown', '1.1.1.1, _hidden', '1.1.1.1, 203.0.113.7:80'])(
    'is that of the proxy when it names none: %j',
    (header) => {
      expect(new TrustedProxies(['10.0.0.1']).clientOf('10.0.0.1', header)).toBe('10.0.0.1')
    },
  )

  it.each(['proxy', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::/129', ''])('cannot be told by a proxy called %j', (address) => {
    expect(() => new TrustedProxies([address])).toThrow(UsageError)
  })
})

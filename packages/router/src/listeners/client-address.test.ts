// Shows whose address a connection has: that of the socket, unless a trusted proxy names another.

import type { IncomingHttpHeaders } from 'node:http'
import { UsageError } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { TrustedProxies } from './client-address.ts'

/** The headers of a request that names its hops so. */
function named(forwardedFor: string | readonly string[] | undefined): IncomingHttpHeaders {
  return { 'x-forwarded-for': forwardedFor as string }
}

describe('the address of a client', () => {
  it('is that of the socket, whatever a client writes into X-Forwarded-For', () => {
    const nobody = new TrustedProxies([])
    expect(nobody.clientOf('203.0.113.7', named('10.0.0.1'))).toBe('203.0.113.7')
    expect(new TrustedProxies(['10.0.0.0/8']).clientOf('203.0.113.7', named('10.0.0.1'))).toBe('203.0.113.7')
    expect(nobody.clientOf(undefined, named('10.0.0.1'))).toBeUndefined()
  })

  it('is that of the socket without a look at the headers, where no trusted proxy wrote them', () => {
    const headers = {
      get forwarded(): string {
        throw new Error('was read')
      },
    }
    const proxies = new TrustedProxies(['10.0.0.0/8'])
    expect(proxies.clientOf('203.0.113.7', headers)).toBe('203.0.113.7')
    expect(proxies.clientOf(undefined, headers)).toBeUndefined()
  })

  it('is what a trusted proxy names, and what that names if it is trusted too; nothing further left is believed', () => {
    const proxies = new TrustedProxies(['10.0.0.0/8', 'fd00::1'])
    expect(proxies.clientOf('10.0.0.1', named('203.0.113.7'))).toBe('203.0.113.7')
    expect(proxies.clientOf('10.0.0.1', named('1.1.1.1, 203.0.113.7'))).toBe('203.0.113.7')
    expect(proxies.clientOf('10.0.0.1', named('1.1.1.1, 203.0.113.7 ,10.2.3.4'))).toBe('203.0.113.7')
    expect(proxies.clientOf('fd00::1', named(['1.1.1.1', '2001:db8::7']))).toBe('2001:db8::7')
    expect(proxies.clientOf('::ffff:10.0.0.1', named('203.0.113.7'))).toBe('203.0.113.7')
  })

  it.each([undefined, '', 'unknown', '1.1.1.1, _hidden', '1.1.1.1, 203.0.113.7:port'])(
    'is that of the proxy when it names none: %j',
    (header) => {
      expect(new TrustedProxies(['10.0.0.1']).clientOf('10.0.0.1', named(header))).toBe('10.0.0.1')
    },
  )

  it('may come with a port, as load balancers write it', () => {
    const proxies = new TrustedProxies(['10.0.0.1'])
    expect(proxies.clientOf('10.0.0.1', named('203.0.113.7:4711'))).toBe('203.0.113.7')
    expect(proxies.clientOf('10.0.0.1', named('[2001:db8::7]:4711'))).toBe('2001:db8::7')
    expect(proxies.clientOf('10.0.0.1', named('[2001:db8::7]'))).toBe('2001:db8::7')
  })

  it('is read from Forwarded where there is no X-Forwarded-For', () => {
    const proxies = new TrustedProxies(['10.0.0.0/8'])
    const forwarded = 'for="[2001:db8::1]";proto=https;by="a, b", proto=http; For="203.0.113.7:4711" , for=10.0.0.9'
    expect(proxies.clientOf('10.0.0.1', { forwarded })).toBe('203.0.113.7')
    expect(proxies.clientOf('10.0.0.1', { forwarded: 'for="[2001:db8::7]:4711"' })).toBe('2001:db8::7')
    expect(proxies.clientOf('10.0.0.1', { forwarded: 'for=198.51.100.1, for=unknown' })).toBe('10.0.0.1')
    expect(proxies.clientOf('10.0.0.1', { forwarded: 'for=198.51.100.1, proto=http' })).toBe('10.0.0.1')
    // A proxy that writes the older header hands a Forwarded of the client on.
    expect(proxies.clientOf('10.0.0.1', { forwarded: 'for=198.51.100.1', ...named('203.0.113.7') })).toBe('203.0.113.7')
  })

  it('that came by a Unix socket is what the program there names, if it is trusted', () => {
    expect(new TrustedProxies(['unix']).clientOf('unix', named('203.0.113.7'))).toBe('203.0.113.7')
    expect(new TrustedProxies(['unix']).clientOf('unix', {})).toBeUndefined()
  })

  it.each(['proxy', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::/129', ''])('cannot be told by a proxy called %j', (address) => {
    expect(() => new TrustedProxies([address])).toThrow(UsageError)
  })
})

// Shows what is read of a header of the PROXY protocol, and that nothing else is taken for one.

import { describe, expect, it } from 'vitest'
import { readProxyHeader } from './proxy-protocol.ts'

const SIGNATURE = '0d0a0d0a000d0a515549540a'
const v2 = (rest: string): Buffer => Buffer.from(SIGNATURE + rest, 'hex')

describe('a header of the PROXY protocol', () => {
  it.each([
    ['PROXY TCP4 203.0.113.7 127.0.0.1 51234 8081\r\n', '203.0.113.7'],
    ['PROXY TCP6 2001:db8::7 ::1 51234 8081\r\n', '2001:db8::7'],
    ['PROXY UNKNOWN\r\n', undefined],
    ['PROXY UNKNOWN ffff:: ffff:: 65535 65535\r\n', undefined],
  ])('of version 1 names the client: %j', (text, client) => {
    const octets = Buffer.from(`${text}\u007f`)
    expect(readProxyHeader(octets)).toEqual({ length: text.length, client })
    for (let i = 1; i < text.length; i++) expect(readProxyHeader(octets.subarray(0, i))).toBe('incomplete')
  })

  it.each([
    ['TCP over IPv4', '2111000ccb0071077f000001c8221f91', '203.0.113.7'],
    ['TCP over IPv6', `21210024${'20010db8000000000000000000000007'}${'0'.repeat(31)}1c8221f91`, '2001:db8::7'],
    ['IPv4 in IPv6', `21210024${'00000000000000000000ffffcb007107'}${'0'.repeat(31)}1c8221f91`, '203.0.113.7'],
    ['more behind the addresses', '2111000fcb0071077f000001c8221f91040000', '203.0.113.7'],
    ['the proxy itself', '20000000', undefined],
    ['a Unix socket', '21310000', undefined],
  ])('of version 2 names the client: %s', (_, rest, client) => {
    const octets = v2(rest)
    expect(readProxyHeader(Buffer.concat([octets, Buffer.from([0x7f])]))).toEqual({ length: octets.length, client })
    for (let i = 1; i < octets.length; i++) expect(readProxyHeader(octets.subarray(0, i))).toBe('incomplete')
  })

  it.each([
    Buffer.from('PROXY TCP4 203.0.113.7 127.0.0.1 51234\r\n'),
    Buffer.from('PROXY TCP4 2001:db8::7 127.0.0.1 51234 8081\r\n'),
    Buffer.from('PROXY TCP5 203.0.113.7 127.0.0.1 51234 8081\r\n'),
    Buffer.from(`PROXY ${'x'.repeat(200)}`),
    v2('1111000ccb0071077f000001c8221f91'),
    v2('22110000'),
    v2('21110000'),
    v2('2111ffff'),
  ])('is malformed: %s', (octets) => {
    expect(readProxyHeader(octets)).toBe('malformed')
  })

  it.each(['POST / HTTP/1.1', 'GET / HTTP/1.1', '\u007f\u00f1\0\0', '\u0016\u0003\u0001', '\r\nGET / HTTP/1.1'])('is none: %j', (text) => {
    expect(readProxyHeader(Buffer.from(text, 'latin1'))).toBe('none')
  })
})

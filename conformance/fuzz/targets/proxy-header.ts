// The header of the PROXY protocol, versions 1 and 2, before the octets of a client.

import { isIP } from 'node:net'
import { ascii, fromHex } from '@trunkline/testkit'
import type { ProxyHeader } from '../../../packages/router/src/listeners/proxy-protocol.ts'
import { readProxyHeader } from '../../../packages/router/src/listeners/proxy-protocol.ts'
import type { Target } from './target.ts'
import { check, concat } from './target.ts'

const LONGEST = 4_096

export function proxyHeaderTarget(): Target {
  return {
    name: 'proxy-header',
    files: /router\/src\/listeners\/proxy-protocol\.ts/,
    seeds: [...TEXTS.map(ascii), ...OCTETS.map(fromHex)],
    tokens: [...WORDS.map(ascii), ...SIGNS.map(fromHex)],
    run(input) {
      const whole = read(input)
      if (typeof whole === 'object') checkHeader(whole, input)
      if (whole === 'incomplete') check(input.length < LONGEST, 'more octets are awaited than a header may have')
      checkCuts(input, whole)
      return typeof whole === 'object' ? `header ${isIP(whole.client ?? '')}` : whole
    },
  }
}

function checkHeader({ length, client }: Exclude<ProxyHeader, string>, input: Uint8Array): void {
  check(length <= input.length, 'a header is longer than what came')
  check(client === undefined || isIP(client) > 0, 'a client that is no address')
  // What follows is the client's own, and changes nothing.
  const more = read(concat(input.subarray(0, length), ascii('GET / HTTP/1.1\r\n')))
  check(JSON.stringify(more) === JSON.stringify({ length, client }), 'what follows a header changes it')
}

/** Of a beginning the verdict is the same, or that more is needed: a cut never makes a header of what is none. */
function checkCuts(input: Uint8Array, whole: ProxyHeader): void {
  const cuts = [1, 6, 12, 16, Math.floor(input.length / 2), input.length - 1].filter((at) => at > 0 && at < input.length)
  for (const at of cuts) {
    const part = read(input.subarray(0, at))
    check(part === 'incomplete' || JSON.stringify(part) === JSON.stringify(whole), 'the verdict depends on where the octets are cut')
  }
}

function read(octets: Uint8Array): ProxyHeader {
  return readProxyHeader(Buffer.from(octets))
}

const V2 = '0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a'
const TEXTS = [
  'PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\nGET / HTTP/1.1\r\n',
  'PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n',
  'PROXY UNKNOWN\r\n\x7f\xf1\x00\x00',
  `PROXY UNKNOWN ${'f'.repeat(90)}\r\n`,
  'PROXY ',
  'GET /ws HTTP/1.1\r\n',
]
const OCTETS = [
  `${V2} 21 11 00 0c c0 00 02 01 c0 00 02 02 dc 04 01 bb`,
  `${V2} 21 21 00 24 ${'20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 '.repeat(2)} dc 04 01 bb`,
  `${V2} 21 21 00 24 00 00 00 00 00 00 00 00 00 00 ff ff c0 00 02 01 ${'00 '.repeat(16)} dc 04 01 bb`,
  `${V2} 20 00 00 00 7f f1 00 00`,
  `${V2} 21 11 0f f0 c0`,
  `${V2} 21 31 00 00`,
]
const WORDS = ['PROXY ', 'TCP4 ', 'TCP6 ', 'UNKNOWN', ' 1 1', '\r\n', '::1 ', '127.0.0.1 ']
const SIGNS = [V2, '21', '20', '11', '21 21', '00 0c', '0f f0', '0f f1', 'ff ff']

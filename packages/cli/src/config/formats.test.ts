// Shows which texts each format of the configuration takes, up to its bounds.

import { describe, expect, it } from 'vitest'
import { FORMATS } from './formats.ts'

const HEX64 = '0123456789abcdefABCDEF0123456789'.repeat(2)

/** For each format what fits, and what does not. */
const TEXTS: Readonly<Record<keyof typeof FORMATS, readonly [fit: readonly string[], unfit: readonly string[]]>> = {
  host: [
    ['127.0.0.1', '::', '::1', 'fe80::1', 'localhost', 'my_host-1.example.com'],
    ['', 'a b', 'host:80', '[::1]', 'a/b', '::g'],
  ],
  file: [['a', '/a b'], ['']],
  uri: [
    ['com.example.shop', 'a'],
    ['', 'com..a', 'com.a#', 'a b'],
  ],
  origin: [
    ['*', 'https://app.example.com', 'http://a:8080', 'https://*.example.com'],
    [
      '',
      '**',
      'app.example.com',
      'https://app.example.com/',
      'https://a*.example.com',
      'https://*.*.com',
      'ftp://a',
      'https://',
      'https://A',
    ],
  ],
  loginPage: [
    ['https://app.example.com', 'https://*.example.com'],
    ['*', '', 'https://app.example.com/login'],
  ],
  mode: [
    ['0660', '660', '000', '0777'],
    ['', '66', '1660', '00660', '0680', '06600', 'rw-'],
  ],
  logTarget: [['off', 'stdout', '/var/log/a'], ['']],
  webSocketPath: [
    ['/', '/ws', '/a/b'],
    ['', 'ws', '/a b', '/a?b', '/a#b'],
  ],
  hex: [
    ['00', 'aF09'],
    ['', '0', '000', '0g', '00 '],
  ],
  sha256: [[HEX64], ['', HEX64.slice(1), `${HEX64}0`, `${HEX64.slice(1)}g`]],
  key: [[HEX64], ['', HEX64.slice(1), `${HEX64}0`]],
  clusterName: [
    ['shop', 'A-b_1', 'x'.repeat(32)],
    ['', 'a.b', 'x'.repeat(33), 'é'],
  ],
  nodeName: [
    ['a', 'A-b_1', 'x'.repeat(64)],
    ['', 'a*', 'a b', 'x'.repeat(65)],
  ],
  natsServer: [
    ['nats://10.0.0.1:4222', 'tls://nats.example.com', 'nats://[::1]:4222/'],
    ['', '10.0.0.1:4222', 'http://nats:4222', 'ws://nats', 'nats://', 'nats://joe:pass@nats:4222', 'nats://nats/x', 'nats://nats?a'],
  ],
  url: [
    ['https://id.example.com/keys', 'http://localhost:8080/?a=b'],
    [
      '',
      'id.example.com',
      'ftp://id.example.com',
      'https://',
      'https://joe@id.example.com',
      'https://:pw@id.example.com',
      'https://joe:pw@a',
    ],
  ],
  network: [
    ['unix', '10.0.0.1', '10.0.0.0/8', '10.0.0.0/32', '10.0.0.0/0', '::1', '2001:db8::/32', '2001:db8::/128'],
    ['', 'localhost', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1', '2001:db8::/129', '/8', '2001:db8::/0128'],
  ],
  pattern: [
    ['com.example.shop', 'com..a', 'com.shop.**', '**'],
    ['', 'com.a#', 'a b', 'com.**.a b'],
  ],
  header: [
    ['Authorization', 'x-api-key'],
    ['', 'a b', 'a:', 'é'],
  ],
  prefix: [
    ['com.shop.', 'com.shop', 'com'],
    ['com shop', 'com.#'],
  ],
  role: [['a b'], ['']],
  authid: [['joe@example.com'], ['']],
}

describe.each(Object.entries(TEXTS))('the format %s', (name, [fit, unfit]) => {
  const { fits, expected } = FORMATS[name as keyof typeof FORMATS]

  it('takes what fits, and nothing else', () => {
    expect(fit.filter((text) => !fits(text))).toEqual([])
    expect(unfit.filter(fits)).toEqual([])
  })

  it('says what it expects with an example that fits, where it has one', () => {
    const example = / such as ([^\s,]+?)'?(?:,| or |$)/.exec(expected)?.[1]?.replace(/^'/, '')
    expect(example === undefined || fits(example)).toBe(true)
  })
})

const PATTERNS = Object.entries(FORMATS).flatMap(([name, { pattern }]) => (pattern === undefined ? [] : [[name, pattern] as const]))

it.each(PATTERNS)('the pattern of %s for editors judges alike', (name, pattern) => {
  const [fit, unfit] = TEXTS[name as keyof typeof FORMATS]
  const regExp = new RegExp(pattern, 'u')
  expect(fit.filter((text) => !regExp.test(text))).toEqual([])
  expect(unfit.filter((text) => regExp.test(text))).toEqual([])
})

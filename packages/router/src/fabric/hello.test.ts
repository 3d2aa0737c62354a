import { universalText } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'

import type { Hello, Seal } from './hello.ts'
import { readHello, writeHello } from './hello.ts'

const HELLO: Hello = {
  version: 1,
  least: 1,
  node: 'a-1',
  boot: 1_764_380_000_123,
  time: 1_764_380_001_123,
  state: 'up',
  host: 'hübsch "7"',
}
/** Signs by the length of the text. */
const seal: Seal = {
  sign: (text) => `5ea1${text.length.toString(16).padStart(12, '0')}`,
  isSigned: (text, mac) => seal.sign(text) === mac,
}
const octetsOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (octets: Uint8Array): string => new TextDecoder().decode(octets)
const read = (text: string, by?: Seal): unknown => readHello(octetsOf(text), universalText, by)
/** The JSON of a HELLO with other fields. */
const changed = (fields: object): string =>
  JSON.stringify({ ...(JSON.parse(textOf(writeHello(HELLO, universalText))) as object), ...fields })

describe('HELLO', () => {
  it('is JSON that names its fields', () => {
    expect(textOf(writeHello(HELLO, universalText, seal))).toBe(
      '{"v":1,"least":1,"node":"a-1","boot":1764380000123,"time":1764380001123,"state":"up","host":"hübsch \\"7\\"",' +
        '"mac":"5ea100000000006a"}',
    )
  })

  it.each([
    ['with', seal],
    ['without', undefined],
  ])('is read as it was written, %s a seal', (_, by) => {
    expect(readHello(writeHello(HELLO, universalText, by), universalText, by)).toEqual(HELLO)
  })

  it('has at most 4 KiB, whatever the name of the machine', () => {
    const octets = writeHello({ ...HELLO, host: '\u0000'.repeat(1_000) }, universalText, { ...seal, sign: () => 'a'.repeat(128) })
    expect(octets.length).toBeLessThanOrEqual(4_096)
    const hello = readHello(octets, universalText, { ...seal, isSigned: () => true })
    expect(hello).toEqual({ ...HELLO, host: '\u0000'.repeat(255) })
  })

  it('may have more fields than are known', () => {
    expect(read(changed({ later: { a: [1] }, v: 9 }))).toEqual({ ...HELLO, version: 9 })
  })

  it.each<[string, object]>([
    ['a version of 0', { v: 0 }],
    ['a version that is no integer', { v: 1.5 }],
    ['a least version that is newer than its version', { least: 2 }],
    ['no name', { node: undefined }],
    ['an empty name', { node: '' }],
    ['a name with a dot', { node: 'a.b' }],
    ['a name of two lines', { node: 'a\n' }],
    ['a name of 65 characters', { node: 'a'.repeat(65) }],
    ['a boot before 1970', { boot: -1 }],
    ['a boot that is not exact', { boot: 2 ** 53 }],
    ['a time that is text', { time: '1' }],
    ['an unknown state', { state: 'down' }],
    ['a state of the prototype', { state: 'constructor' }],
    ['a long host', { host: 'h'.repeat(256) }],
  ])('is malformed with %s', (_, fields) => {
    expect(read(changed(fields))).toBe('malformed')
  })

  it.each(['', '{', 'null', '[]', '7', '"a"', `{"v":1}`, `${' '.repeat(4_096)}{}`])('is malformed as %j', (text) => {
    expect(read(text)).toBe('malformed')
  })

  it('is malformed as octets that are no UTF-8', () => {
    expect(readHello(Uint8Array.of(0x7b, 0xff, 0x7d), universalText)).toBe('malformed')
  })
})

describe('the seal', () => {
  const sealed = textOf(writeHello(HELLO, universalText, seal))

  it('shows strangers: without it, with another, and where something was changed', () => {
    expect(read(textOf(writeHello(HELLO, universalText)), seal)).toBe('stranger')
    expect(read(sealed.replace(/"mac":"5ea1/, '"mac":"5ea2'), seal)).toBe('stranger')
    expect(read(sealed.replace('"state":"up"', '"state":"joining"'), seal)).toBe('stranger')
    expect(read(sealed.replace('"v":1', '"v":1,"mac":"5ea1000000000000"'), seal)).toBe('stranger')
  })

  it('makes a stranger for a node without a secret', () => {
    expect(read(sealed)).toBe('stranger')
  })

  it('has to be the last field', () => {
    const { mac, ...rest } = JSON.parse(sealed) as Record<string, unknown>
    expect(read(JSON.stringify({ mac, ...rest }), seal)).toBe('stranger')
  })
})

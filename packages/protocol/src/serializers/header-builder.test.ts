// Shows the bounds of what stands before the payload, in all serializers: few octets never become much memory.

import { makeSerializers } from '@trunkline/testkit'
import { describe, expect, it } from 'vitest'
import { messageFromArray } from '../codec.ts'
import { MOST_LISTED, MOST_OPENING_OCTETS } from '../header-limits.ts'
import type { Dict } from '../messages.ts'
import { EMPTY_DICT } from '../messages.ts'
import { createCborSerializer } from './cbor.ts'
import { createJsonSerializer } from './json.ts'
import { createMsgpackSerializer } from './msgpack.ts'
import type { Serializer } from './serializer.ts'

const ROUTERS: Readonly<Record<string, Serializer>> = {
  json: createJsonSerializer({ knownOptionsOnly: true }),
  msgpack: createMsgpackSerializer({ knownOptionsOnly: true }),
  cbor: createCborSerializer({ knownOptionsOnly: true }),
}
const ROLES = { roles: { caller: {} } }
const URI = 'com.example.a'

describe.each(Object.values(makeSerializers()).map((serializer) => ({ name: serializer.name, serializer })))('$name', (each) => {
  const { name, serializer } = each
  const router = ROUTERS[name] ?? serializer
  const octetsOf = (...message: unknown[]): Uint8Array => serializer.encode(messageFromArray(message)).slice()
  const faultOf = (...message: unknown[]): string => {
    try {
      serializer.decode(octetsOf(...message))
      return 'no fault'
    } catch (error) {
      return String(error)
    }
  }
  const emptyDicts = (count: number): Dict[] => Array.from({ length: count }, () => ({}))

  it('a HELLO and an AUTHENTICATE hold a thousand lists, dicts and entries, and no more', () => {
    const told = 'ProtocolError: the message has more than 1000 lists, dicts and entries before the payload'
    expect(faultOf(1, 'realm1', { ...ROLES, authextra: { a: emptyDicts(990) } })).toBe('no fault')
    expect(faultOf(1, 'realm1', { ...ROLES, authextra: { a: emptyDicts(1000) } })).toBe(told)
    expect(faultOf(1, 'realm1', { ...ROLES, authextra: Object.fromEntries(emptyDicts(1000).entries()) })).toBe(told)
    expect(faultOf(5, 'signature', { a: emptyDicts(998) })).toBe('no fault')
    expect(faultOf(5, 'signature', { a: emptyDicts(1000) })).toBe(told)
  })

  it('a HELLO and an AUTHENTICATE are at most 64 KiB long', () => {
    const long = (message: (text: string) => unknown[], octets: number): unknown[] =>
      message('x'.repeat(octets - octetsOf(...message('x'.repeat(50_000))).length + 50_000))
    for (const [type, message] of [
      ['HELLO', (authid: string) => [1, 'realm1', { ...ROLES, authid }]],
      ['AUTHENTICATE', (signature: string) => [5, signature, {}]],
    ] as const) {
      expect(faultOf(...long(message, MOST_OPENING_OCTETS))).toBe('no fault')
      expect(faultOf(...long(message, MOST_OPENING_OCTETS + 1))).toBe(`ProtocolError: ${type} is longer than 65536 octets`)
    }
    expect(faultOf(48, 1, {}, URI, ['x'.repeat(100_000)])).toBe('no fault')
  })

  it('other messages hold ten thousand lists, dicts and entries before the payload, and as much as they like in it', () => {
    const told = 'ProtocolError: the message has more than 10000 lists, dicts and entries before the payload'
    expect(faultOf(48, 1, { rkey: emptyDicts(9_998) }, URI)).toBe('no fault')
    expect(faultOf(48, 1, { rkey: emptyDicts(9_999) }, URI)).toBe(told)
    expect(faultOf(36, 1, 2, { forwarded: emptyDicts(10_000) })).toBe(told)
    expect(faultOf(emptyDicts(10_000), 1, 2, {})).not.toBe('no fault')
    expect(faultOf(48, 1, {}, URI, [emptyDicts(20_000)])).toBe('no fault')
  })

  it('the lists of receivers of a PUBLISH have a bound of their own, for all of them together', () => {
    const ids = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)
    const names = (count: number): string[] => ids(count).map((id) => `u${id}`)
    expect(faultOf(16, 1, { exclude: ids(MOST_LISTED / 2), eligible_authid: names(MOST_LISTED / 2) }, URI)).toBe('no fault')
    expect(faultOf(16, 1, { exclude: ids(MOST_LISTED), eligible: ids(10_000) }, URI)).toContain('more than 10000')
    expect(faultOf(48, 1, { rkey: ids(20_000) }, URI)).toContain('more than 10000')
  })

  it('a router passes over options of clients that it does not know, however much they hold, and reads the others', () => {
    const unknown = { _a: emptyDicts(20_000), [`_${'x'.repeat(100)}`]: [[1, { timeout: 2 }]], _b: [], _c: 1.5 }
    const bytes = octetsOf(48, 1, { ...unknown, timeout: 7, _d: null, rkey: ['y', {}] }, URI)
    expect(router.decode(bytes)).toMatchObject({ options: { timeout: 7, rkey: ['y', {}] } })
    expect(Object.keys((router.decode(bytes) as unknown as { options: Dict }).options)).toEqual(['timeout', 'rkey'])
    expect(faultOf(48, 1, unknown, URI)).toContain('more than 10000')
    // What others than clients say is for applications to read, and what a method of logging in needs it says itself.
    expect(router.decode(octetsOf(8, 48, 1, { _a: 1 }, URI))).toMatchObject({ details: { _a: 1 } })
    expect(router.decode(octetsOf(5, 'signature', { anything: { _a: 1 } }))).toMatchObject({ extra: { anything: { _a: 1 } } })
    expect(router.decode(octetsOf(1, 'realm1', { _a: 1, ...ROLES, authextra: { b: 2 }, _replaces: 5 }))).toMatchObject({
      details: { ...ROLES, authextra: { b: 2 }, _replaces: 5 },
    })
  })

  it('empty lists and dicts take no memory, and short lists no more than they need', () => {
    const { extra } = serializer.decode(octetsOf(5, '', { dicts: [{}, {}], lists: [[], []] })) as unknown as {
      extra: { dicts: unknown[]; lists: unknown[] }
    }
    expect(extra.dicts.every((dict) => dict === EMPTY_DICT)).toBe(true)
    expect(extra.lists[0]).toBe(extra.lists[1])
  })

  it('dicts inherit nothing, and no key is of another meaning', () => {
    const { extra } = serializer.decode(octetsOf(5, '', JSON.parse('{"a":{"__proto__":{"x":1},"constructor":2}}') as Dict)) as unknown as {
      extra: { a: Dict }
    }
    expect(Object.keys(extra.a)).toEqual(['__proto__', 'constructor'])
    expect(['x' in extra.a, 'toString' in extra.a]).toEqual([false, false])
  })
})

// Shows how the octets of a body become those of a payload, which are passed on as they came.

import type { Serializer } from '@trunkline/protocol'
import { createCborSerializer, createJsonSerializer, createMsgpackSerializer, Payload } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { readContent } from './bodies.ts'
import { ordersOf } from './orders.ts'

const json = createJsonSerializer()
const cbor = createCborSerializer()
const msgpack = createMsgpackSerializer()
const TERMS = { timeoutMs: 1, isProgressive: false, key: undefined }

function octetsOf(format: Serializer, value: unknown): Uint8Array {
  return format.encodeItems([value])
}

function contentIn(format: Serializer, body: Uint8Array): unknown[] {
  const { payload, options } = readContent(format, body)
  return [payload?.args ?? [], payload?.kwargs ?? {}, options === undefined ? undefined : format.decodeItems(options, 1)[0]]
}

const many = (count: number): Record<string, number> => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]))

describe('a body', () => {
  it('is passed on in its own octets', () => {
    const payload = readContent(json, Buffer.from(' {"kwargs": {"a" :1.50} ,\n"args":[ 1,"\\u00e9"]} ')).payload
    expect(Buffer.from(payload?.raw ?? []).toString()).toBe('[ 1,"\\u00e9"],{"a" :1.50}')
    expect(readContent(json, Buffer.from(' [1, 2]\r\n')).payload?.raw).toEqual(Buffer.from('[1, 2]'))
  })

  it.each([json, msgpack, cbor])('may have any number of values, of which none is built: $name', (format) => {
    for (const count of [1, 15, 16, 23, 24, 255, 256, 65_535, 65_536, 300_000]) {
      const list = octetsOf(format, Array<number>(count).fill(1))
      const { payload } = readContent(format, list)
      expect([payload?.count, Buffer.compare(payload?.raw ?? list.subarray(1), list)]).toEqual([1, 0])
    }
    const wide = octetsOf(format, many(70_000))
    expect(Buffer.compare(readContent(format, wide).payload?.raw.subarray(-wide.length) ?? wide.subarray(1), wide)).toBe(0)
    const asked = octetsOf(format, { args: [1], kwargs: many(70_000) })
    expect(Buffer.compare(readContent(format, asked).payload?.raw.subarray(-wide.length) ?? wide.subarray(1), wide)).toBe(0)
  })

  it.each([json, msgpack, cbor])('is args, kwargs and options, kwargs, args or one argument: $name', (format) => {
    for (const [value, expected] of [
      [{ args: [1, [2]], kwargs: { a: [] }, options: { timeout: 3 } }, [[1, [2]], { a: [] }, { timeout: 3 }]],
      [{ kwargs: { a: { b: 1 } } }, [[], { a: { b: 1 } }, undefined]],
      [{ args: [], kwargs: {} }, [[], {}, undefined]],
      [{ args: [1], more: 2 }, [[], { args: [1], more: 2 }, undefined]],
      [{ ['k'.repeat(100)]: 1 }, [[], { ['k'.repeat(100)]: 1 }, undefined]],
      [[[]], [[[]], {}, undefined]],
      ['text', [['text'], {}, undefined]],
      [null, [[null], {}, undefined]],
      [{}, [[], {}, undefined]],
    ] as const)
      expect(contentIn(format, octetsOf(format, value))).toEqual(expected)
  })

  it.each([
    ['[1],{"a":1}', 'more than one value'],
    ['[1],null', 'more than one value'],
    ['{},{}', 'more than two elements'],
    ['1 ,2', 'more than one value'],
    ['1],{"a":[1', 'malformed JSON at octet'],
    ['{"args":[1],"args":[2]}', 'a key appears twice'],
  ])('of more than one value is refused: %s', (text, why) => {
    expect(() => readContent(json, Buffer.from(text))).toThrow(why)
  })

  it('of CBOR may be of indefinite length, and has texts as keys of kwargs', () => {
    const indefinite = Buffer.from('bf6461726773 9f0102ff 666b7761726773 bf 6161 9f ff ff ff'.replaceAll(' ', ''), 'hex')
    expect(contentIn(cbor, indefinite)).toEqual([[1, 2], { a: [] }, undefined])
    expect(contentIn(cbor, Buffer.from('bfff', 'hex'))).toEqual([[], {}, undefined])
    expect(contentIn(cbor, Buffer.from('9b00000000000000020102', 'hex'))).toEqual([[1, 2], {}, undefined])
    for (const bad of ['a10102', 'a1666b7761726773a10102'])
      expect(() => readContent(cbor, Buffer.from(bad, 'hex'))).toThrow('a key of ArgumentsKw is not a string')
  })
})

describe('a batch', () => {
  it('has the octets of each order, in every format', () => {
    for (const format of [json, msgpack, cbor]) {
      const body = octetsOf(format, [
        { call: 'a.b', args: [1] },
        { publish: 'a.c', kwargs: { a: [2] }, options: { retain: true } },
      ])
      const orders = ordersOf(format, body, TERMS)
      expect(orders.map(({ uri, options, payload }) => [uri, options, payload?.args, payload?.kwargs])).toEqual([
        ['a.b', { timeout: 1 }, [1], {}],
        ['a.c', { acknowledge: true, retain: true }, [], { a: [2] }],
      ])
      expect(orders.every(({ payload }) => payload instanceof Payload && payload.format === format)).toBe(true)
    }
  })

  it('may not have many options, which are built as values', () => {
    const order = { publish: 'a.b', options: { exclude: Array.from({ length: 5_000 }, (_, i) => i) } }
    expect(() => ordersOf(json, octetsOf(json, [order, order, order, order]), TERMS)).toThrow(
      /number \d of the batch: all options together/,
    )
  })
})

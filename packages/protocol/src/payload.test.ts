// Shows that payload is decoded and converted only on demand, each form at most once, and never shared with received bytes.

import { describe, expect, it, vi } from 'vitest'
import { EncodedMessage } from './encoded.ts'
import { messageFromArray } from './codec.ts'
import { faultIn, owned, rawIn } from './payload-forms.ts'
import type { PayloadFormat, SerializerName } from './payload.ts'
import { Payload, PayloadError } from './payload.ts'
import { createCborSerializer } from './serializers/cbor.ts'
import { createConverter } from './serializers/convert.ts'
import { createJsonSerializer } from './serializers/json.ts'
import { createMsgpackSerializer } from './serializers/msgpack.ts'
import { LARGE_MESSAGE } from './serializers/serializer.ts'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

/** A format that counts what it is asked; it holds everything but `fault`. */
function counting(name: SerializerName, fault?: Error): PayloadFormat & { readonly asked: string[] } {
  const asked: string[] = []
  const made = (what: string): Uint8Array => {
    asked.push(what)
    if (fault !== undefined) throw fault
    return text(what)
  }
  return {
    name,
    asked,
    opensWithList: () => true,
    itemsOf: () => [],
    decodeItems: (_, count) => {
      asked.push('decode')
      return [[1], { a: 2 }].slice(0, count)
    },
    encodeItems: () => made('encode'),
    convertItems: (from) => made(`from ${from}`),
  }
}

describe('payload', () => {
  it('passes raw items as they are to the same format, undecoded [BP-SER-09 BP-MSG-08]', () => {
    const json = counting('json')
    const raw = text('[1.0]')
    const payload = Payload.fromRaw(json, raw, 1)
    expect(rawIn(payload, counting('json'))).toBe(raw)
    expect(faultIn(payload, json)).toBe(undefined)
    expect(json.asked).toEqual([])
    expect([payload.count, payload.raw.byteLength]).toEqual([1, 5])
  })

  it('converts once for each format [BP-SER-02]', () => {
    const [json, cbor, msgpack] = [counting('json'), counting('cbor'), counting('msgpack')]
    const payload = Payload.fromRaw(json, text('[1]'), 1)
    expect(rawIn(payload, cbor)).toBe(rawIn(payload, cbor))
    expect(faultIn(payload, cbor)).toBe(undefined)
    rawIn(payload, msgpack)
    expect([cbor.asked, msgpack.asked, json.asked]).toEqual([['from json'], ['from json'], []])
  })

  it('remembers that a format cannot hold it: the same error each time, tried once', () => {
    const fault = new PayloadError('no such type')
    const cbor = counting('cbor', fault)
    const payload = Payload.fromRaw(counting('json'), text('[1]'), 1)
    expect(faultIn(payload, cbor)).toBe(fault)
    expect(() => rawIn(payload, cbor)).toThrow(fault)
    expect(cbor.asked).toEqual(['from json'])
  })

  it('does not take a bug for a fault of the payload', () => {
    const payload = Payload.fromRaw(counting('json'), text('[1]'), 1)
    expect(() => faultIn(payload, counting('cbor', new TypeError('a bug')))).toThrow(TypeError)
  })

  it('decodes once', () => {
    const json = counting('json')
    const payload = Payload.fromRaw(json, text('[1],{"a":2}'), 2)
    expect([payload.args, payload.kwargs, payload.args]).toEqual([[1], { a: 2 }, [1]])
    expect(json.asked).toEqual(['decode'])
  })

  it('owns its bytes when asked to', () => {
    const raw = text('[1]')
    const payload = owned(Payload.fromRaw(counting('json'), raw, 1))
    raw.fill(0)
    expect(rawIn(payload, counting('json'))).toEqual(text('[1]'))
  })

  it('made of values leaves out empty args and kwargs at the end [BP-MSG-12 BP-MSG-13 BP-MSG-14]', () => {
    expect(Payload.fromValues()).toBe(undefined)
    expect(Payload.fromValues([])).toBe(undefined)
    expect(Payload.fromValues([], {})).toBe(undefined)
    expect(Payload.fromValues([1], {})?.items).toEqual([[1]])
    expect(Payload.fromValues([], { a: 1 })?.items).toEqual([[], { a: 1 }])
    expect(Payload.fromValues(undefined, { a: 1 })?.items).toEqual([[], { a: 1 }])
  })

  it('reads absent args and kwargs as empty [BP-MSG-15]', () => {
    for (const payload of [Payload.fromItems([]), Payload.fromItems([[]]), Payload.fromItems([[], {}])]) {
      expect([payload.args, payload.kwargs]).toEqual([[], {}])
    }
  })
})

describe('encoded message', () => {
  const convert = createConverter()
  const json = createJsonSerializer({ convert })
  const msgpack = createMsgpackSerializer({ convert })

  it('is encoded once for each serializer, into bytes of its own [BP-SUB-03]', () => {
    const event = new EncodedMessage(messageFromArray([36, 1, 2, {}, ['hello']]))
    const first = event.bytesIn(json)
    json.encode(messageFromArray([36, 3, 4, {}, ['other']]))
    expect(new TextDecoder().decode(first)).toBe('[36,1,2,{},["hello"]]')
    expect(event.bytesIn(json)).toBe(first)
    expect(msgpack.decode(event.bytesIn(msgpack))).toMatchObject({ type: 36, subscription: 1, publication: 2 })
  })

  it.each([
    ['LARGE_MESSAGE octets is the array that the serializer made', 0, true],
    ['one octet less is a copy', 1, false],
  ])('of %s', (_, less, isSame) => {
    const text = 'x'.repeat(LARGE_MESSAGE - '[36,1,2,{},[""]]'.length - less)
    const encode = vi.spyOn(json, 'encode')
    const bytes = new EncodedMessage(messageFromArray([36, 1, 2, {}, [text]])).bytesIn(json)
    const made: unknown = encode.mock.results[0]?.value
    encode.mockRestore()
    expect(bytes.length).toBe(LARGE_MESSAGE - less)
    json.encode(messageFromArray([36, 3, 4, {}, ['y'.repeat(text.length)]]))
    expect(new TextDecoder().decode(bytes)).toBe(`[36,1,2,{},["${text}"]]`)
    expect(made === bytes).toBe(isSame)
  })

  it('throws the same error each time where a serializer cannot hold it', () => {
    const event = new EncodedMessage(messageFromArray([36, 1, 2, {}, [() => 1]]))
    const faultOf = (): unknown => {
      try {
        return event.bytesIn(json)
      } catch (error) {
        return error
      }
    }
    const fault = faultOf()
    expect(fault).toBeInstanceOf(PayloadError)
    expect(faultOf()).toBe(fault)
  })
})

describe('raw items one by one', () => {
  it.each(['json', 'msgpack', 'cbor'] as const)('are found in %s, and refused where they would be nested too deep', (name) => {
    const format = { json: createJsonSerializer, msgpack: createMsgpackSerializer, cbor: createCborSerializer }[name]({ maxDepth: 4 })
    const encode = (text: string): Uint8Array =>
      name === 'json' ? new TextEncoder().encode(text) : format.encodeItems(JSON.parse(`[${text}]`) as unknown[])
    const raw = encode('[1, [","]] ,\n {"a": {}}')
    const items = format.itemsOf(raw, 2, 2)
    expect(items.map((item) => format.decodeItems(item, 1))).toEqual([[[1, [',']]], [{ a: {} }]])
    expect(() => format.itemsOf(raw, 2, 3)).toThrow(PayloadError)
    expect(format.itemsOf(raw, 0, 2)).toEqual([])
  })
})

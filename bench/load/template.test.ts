// Templates and cursors against the serializers that they stand in for.

import type { Message } from '@trunkline/protocol'
import { createCborSerializer, createJsonSerializer, createMsgpackSerializer, EVENT, Payload, PUBLISH } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { createCursor } from './cursor.ts'
import { Template } from './template.ts'

const SERIALIZERS = [createJsonSerializer(), createMsgpackSerializer(), createCborSerializer()]
const NUMBERS = [1, 2, 9, 10, 23, 24, 99, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53]

describe.each(SERIALIZERS)('messages assembled by hand in $name', (serializer) => {
  const publication = (n: number): Message => ({
    type: PUBLISH,
    request: n,
    options: {},
    topic: 'a.b',
    payload: Payload.fromValues([n, 'text']),
  })

  it('are the octets of the serializer for a number of any length, in every place', () => {
    const template = new Template(serializer, publication)
    const target = Buffer.alloc(template.longest)
    for (const n of NUMBERS) {
      const end = template.write(target, 0, n)
      expect(target.subarray(0, end).toString('hex')).toBe(Buffer.from(serializer.encode(publication(n))).toString('hex'))
    }
  })

  it('are read back: numbers, details passed over, the text compared', () => {
    const cursor = createCursor(serializer.name)
    for (const n of NUMBERS) {
      const details = { publisher: n, trust: 1.5, tags: ['x', null, true], more: { text: 'with "quotes"' } }
      const event: Message = { type: EVENT, subscription: n, publication: 7, details, payload: Payload.fromValues([n, 'text']) }
      const bytes = Buffer.from(serializer.encode(event))
      cursor.open(bytes, 0, bytes.length)
      expect([cursor.number(), cursor.number(), cursor.number()]).toEqual([EVENT, n, 7])
      cursor.skip()
      cursor.enter()
      expect([cursor.number(), cursor.isText(Buffer.from('text')), cursor.isBad]).toEqual([n, true, false])
    }
  })

  it('show another text, and the end of what was cut off', () => {
    const cursor = createCursor(serializer.name)
    const bytes = Buffer.from(
      serializer.encode({ type: EVENT, subscription: 1, publication: 2, details: {}, payload: Payload.fromValues(['text']) }),
    )
    const isText = (end: number): boolean => {
      cursor.open(bytes, 0, end)
      for (let i = 0; i < 4; i++) cursor.skip()
      cursor.enter()
      return cursor.isText(Buffer.from('tent'))
    }
    expect(isText(bytes.length)).toBe(false)
    expect(cursor.isBad).toBe(false)
    expect(isText(3)).toBe(false)
    expect(cursor.isBad).toBe(true)
  })
})

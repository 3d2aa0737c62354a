// Flat dicts are written and read as the serializer does it; whatever is not flat is left to it.

import type { Dict } from '@trunkline/protocol'
import { createCborSerializer, PayloadError, ProtocolError, Strings } from '@trunkline/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nodeText } from '../node-text.ts'
import { FLAT_ROOM, FlatDictReader, writeFlat } from './flat-dict.ts'

const cbor = createCborSerializer({ text: nodeText })
const reader = new FlatDictReader(new Strings(nodeText))

const text = fc.oneof(
  fc.string({ maxLength: 66 }),
  fc.constantFrom('é', '__proto__', 'constructor', 'x'.repeat(23), 'x'.repeat(24), 'x'.repeat(64)),
)
const number = fc.oneof(
  fc.constantFrom(0, -0, 23, 24, 0xff, 0x100, 0xffff, 0x1_0000, 0xffff_ffff, 2 ** 32, 2 ** 53 - 1, 2 ** 53, -1, 0.5),
  fc.maxSafeInteger(),
)
const dict: fc.Arbitrary<Dict> = fc
  .array(fc.tuple(text, fc.oneof(text, number, fc.boolean(), fc.constant(undefined), fc.constant(null), fc.constant([1]))), {
    maxLength: 25,
  })
  .map((members) => Object.fromEntries(members))

function written(value: Dict): Uint8Array | undefined {
  const room = new Uint8Array(3 + FLAT_ROOM)
  const end = writeFlat(room, 3, value)
  return end === 0 ? undefined : room.subarray(3, end)
}

function bySerializer(octets: Uint8Array): unknown {
  try {
    return cbor.itemsOf(octets, 1, 0)[0]?.length === octets.length ? cbor.decodeItems(octets, 1, 1_000)[0] : 'not all of it'
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof PayloadError) return 'refused'
    throw error
  }
}

describe('flat dicts', () => {
  it('are written as the serializer writes them', () => {
    fc.assert(
      fc.property(dict, (value) => {
        const octets = written(value)
        if (octets !== undefined) expect(Buffer.from(octets)).toEqual(Buffer.from(cbor.encodeItems([value])))
      }),
      { numRuns: 500 },
    )
  })

  it('are read as the serializer reads them, wherever they stand', () => {
    fc.assert(
      fc.property(dict, (value) => {
        const octets = cbor.encodeItems([value])
        const around = Buffer.concat([Uint8Array.of(0xff), octets, Uint8Array.of(0xff)])
        const read = reader.read(around, 1, 1 + octets.length)
        if (read !== undefined) expect(read).toEqual(bySerializer(octets))
      }),
      { numRuns: 500 },
    )
  })

  it('are nothing that the serializer would refuse or read otherwise', () => {
    const damaged = fc.tuple(dict, fc.nat(200), fc.nat(255)).map(([value, at, octet]) => {
      const octets = cbor.encodeItems([value])
      octets[at % octets.length] = octet
      return octets
    })
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 20 })), (octets) => {
        let read: Dict | undefined
        try {
          read = reader.read(octets, 0, octets.length)
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
          expect(bySerializer(octets)).toBe('refused')
        }
        if (read !== undefined) expect(read).toEqual(bySerializer(octets))
      }),
      { numRuns: 2_000 },
    )
  })

  it.each<readonly [string, Dict]>([
    ['details of a disclosed publisher', { publisher: 2 ** 53 - 1, publisher_authid: 'peter', publisher_authrole: 'user' }],
    ['a flag', { progress: true, receive_progress: false }],
    ['no members', {}],
    ['members that are undefined', { timeout: 5_000, procedure: undefined }],
    ['a text of 64 characters', { procedure: 'x'.repeat(64) }],
  ])('are %s', (_, value) => {
    const octets = written(value)
    expect(octets && reader.read(octets, 0, octets.length)).toEqual(JSON.parse(JSON.stringify(value)))
  })

  it.each<readonly [string, Dict]>([
    ['a longer text', { a: 'x'.repeat(65) }],
    ['other than ASCII', { é: 1 }],
    ['a list', { a: [] }],
    ['a fraction', { a: 0.5 }],
    ['a negative number', { a: -1 }],
    ['24 members', Object.fromEntries(Array.from({ length: 24 }, (_, i) => [`k${i}`, i]))],
    ['more octets than there is room for', Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`.padEnd(60), 'x'.repeat(60)]))],
  ])('are not those with %s', (_, value) => {
    expect(written(value)).toBeUndefined()
  })
})

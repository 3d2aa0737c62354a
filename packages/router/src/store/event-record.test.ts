import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DurableEvent } from '../core/ports/index.ts'
import { eventOf, payloadOf } from '../testing/event-store-suite.ts'
import { entriesOf, OpenChunk, readIndex } from './chunk.ts'
import { EventRecords } from './event-record.ts'
import { RecordError } from './record-error.ts'

const records = new EventRecords()

const id = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const dict = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.oneof(id, fc.string(), fc.boolean(), fc.array(id)), {
  maxKeys: 5,
  noNullPrototype: true,
})
const events: fc.Arbitrary<DurableEvent> = fc.record({
  publication: id,
  topic: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 }),
  time: fc.double({ noNaN: true, noDefaultInfinity: true }),
  details: dict,
  audience: fc.option(dict, { nil: undefined }),
  excluded: fc.option(id, { nil: undefined }),
  key: fc.option(fc.integer({ min: 0, max: 0xffff_ffff }), { nil: undefined }),
  owner: fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }),
  isRetained: fc.boolean(),
  payload: fc.option(
    fc.record({
      serializer: fc.constantFrom('json', 'msgpack', 'cbor'),
      count: fc.constantFrom(1, 2),
      raw: fc.uint8Array({ minLength: 2, maxLength: 5_000 }),
    }),
    { nil: undefined },
  ),
})

describe('an event as octets', () => {
  it('comes back as it was given, whatever it is, from any place', () => {
    fc.assert(
      fc.property(events, fc.nat({ max: 20 }), id, (event, shift, position) => {
        const octets = records.encode(event)
        const around = new Uint8Array(shift + octets.length + shift).fill(0xff)
        around.set(octets, shift)
        const end = shift + octets.length
        expect(records.decode(around, shift, end, position)).toEqual({ ...event, position })
        expect(records.headOf(around, shift, end)).toEqual({ topic: event.topic, time: event.time })
      }),
    )
  })

  it('is refused wherever it is cut off before its payload', () => {
    const octets = records
      .encode(eventOf('com.topic', { details: { a: 1 }, audience: { eligible: [1] }, excluded: 7, key: 3, owner: 'o' }))
      .slice()
    for (let length = 0; length < octets.length; length++) expect(() => records.decode(octets, 0, length, 1)).toThrow(RecordError)
    expect(() => records.decode(octets, 0, octets.length, 1)).not.toThrow()
  })

  it('is refused when any of its first octets is another, or read as something else', () => {
    const event = eventOf('com.topic', { details: { a: 1 }, payload: payloadOf('x') })
    const octets = records.encode(event).slice()
    const outcomes = new Set<string>()
    for (let at = 0; at < 40; at++)
      for (const octet of [0, 1, 0x7f, 0x80, 0xff]) {
        const changed = Uint8Array.from(octets)
        changed[at] = octet
        try {
          records.decode(changed, 0, changed.length, 1)
          outcomes.add('read')
        } catch (error) {
          expect(error).toBeInstanceOf(RecordError)
          outcomes.add('refused')
        }
      }
    expect([...outcomes].toSorted()).toEqual(['read', 'refused'])
  })

  it('does not keep the room that a long one took', () => {
    const own = new EventRecords()
    own.encode(eventOf('t', { payload: payloadOf('x'.repeat(3_000_000)) }))
    expect(own.encode(eventOf('t')).buffer.byteLength).toBeLessThan(10_000)
  })
})

describe('a chunk of events', () => {
  it('gives back its events and positions, also after it was opened again', () => {
    const given: [number, string][] = []
    let chunk = new OpenChunk(1_000_000_000_000, 10)
    for (let i = 0; i < 60; i++) {
      const [position, topic] = [1_000_000_000_000 + i * i, `t${i % 4}`]
      chunk.add(position, topic, records.encode(eventOf(topic, { publication: i })))
      given.push([position, topic])
      if (i % 7 === 0) chunk = OpenChunk.of(chunk.base, chunk.chunk(), readIndex(chunk.index()))
    }
    const octets = chunk.chunk()
    const read = entriesOf(octets, chunk.base).map(({ position, start, end }) => [
      position,
      records.decode(octets, start, end, position).topic,
    ])
    expect(read).toEqual(given)
    expect(readIndex(chunk.index())).toMatchObject({ last: given.at(-1)?.[0], events: 60, topics: ['t0', 't1', 't2', 't3'] })
  })

  it('is refused when any bit of it is another', () => {
    const chunk = new OpenChunk(1, 10)
    chunk.add(1, 't', records.encode(eventOf('t')))
    const octets = chunk.chunk()
    for (let bit = 0; bit < octets.length * 8; bit++) {
      const changed = Buffer.from(octets)
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      expect(() => entriesOf(changed, 1)).toThrow(RecordError)
    }
  })

  it('does not name its topics where they are too many', () => {
    const chunk = new OpenChunk(1, 10)
    for (let i = 1; i < 200; i++) chunk.add(i, `com.a.long.topic.of.so.many.characters.${i}`, records.encode(eventOf('t')))
    expect(readIndex(chunk.index()).topics).toBeUndefined()
  })
})

// Frames of every type there and back, and what becomes of octets that are no frame.

import type { Dict } from '@trunkline/protocol'
import { LARGE_MESSAGE, Payload, rawIn } from '@trunkline/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nodeText } from '../node-text.ts'
import { makeSerializers } from '../serializers.ts'
import { FrameCodec } from './frame-codec.ts'
import { FrameError } from './frame-error.ts'
import type { Frame, SentPublication } from './frames.ts'

type OfType<T extends Frame['type']> = Extract<Frame, { readonly type: T }>

const serializers = makeSerializers(64)
const codec = new FrameCodec(serializers, nodeText)

const id = fc.oneof(fc.nat(), fc.maxSafeInteger().map(Math.abs))
const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const text = fc.oneof(fc.string({ maxLength: 80, unit: 'grapheme' }), fc.constantFrom('é'.repeat(40), 'x'.repeat(64), 'x'.repeat(65)))
const flag = fc.boolean()
const match = fc.constantFrom('exact' as const, 'prefix' as const, 'wildcard' as const)
const scope = fc.constantFrom('detached' as const, 'destroyed' as const)
const value = fc.oneof(id, text, flag, fc.array(id, { maxLength: 3 }), fc.dictionary(text, id, { maxKeys: 2 }))
const filled: fc.Arbitrary<Dict> = fc.dictionary(text, value, { minKeys: 1, maxKeys: 4, noNullPrototype: true })
const dict = fc.oneof(filled, fc.constant({}))
const details = fc.option(filled, { nil: undefined })
const payload = fc.option(
  fc
    .tuple(
      fc.constantFrom(...Object.values(serializers)),
      fc.constantFrom(1 as const, 2 as const),
      fc.uint8Array({ minLength: 2, maxLength: 40 }),
    )
    .map(([format, count, raw]) => Payload.fromRaw(format, raw, count)),
  { nil: undefined },
)
const publication: fc.Arbitrary<SentPublication> = fc.record({
  id,
  topic: text,
  winners: fc.option(
    fc.array(fc.tuple(id, u32)).map((each) => new Map(each)),
    { nil: undefined },
  ),
  details,
  audience: fc.option(dict, { nil: undefined }),
  retained: fc.option(fc.record({ stamp: id, excluded: id, owner: fc.option(fc.string({ minLength: 1 }), { nil: undefined }) }), {
    nil: undefined,
  }),
  isPast: flag,
  isOwn: flag,
  payload,
})
const share = fc.record({ node: u32, number: u32, shards: fc.option(fc.array(fc.nat(1023)), { nil: undefined }) })

const BODIES: { readonly [T in Frame['type']]: fc.Arbitrary<Omit<OfType<T>, 'type' | 'realm'>> } = {
  realm: fc.record({ name: text, life: id }),
  synced: fc.constant({}),
  draining: fc.constant({}),
  settings: fc.record({ digest: text }),
  interest: fc.record({
    match,
    uri: text,
    subscription: id,
    created: fc.integer(),
    ended: fc.option(id, { nil: undefined }),
    sharers: fc.array(fc.record({ session: id, node: u32 })),
  }),
  shares: fc.record({ match, uri: text, session: id, node: fc.option(u32, { nil: undefined }) }),
  claim: fc.record({
    registration: id,
    session: id,
    stamp: id,
    match,
    invoke: fc.constantFrom('single', 'roundrobin', 'random', 'first', 'last', '_sharded'),
    uri: text,
    standing: fc.constantFrom('plain', 'forced', 'confirmed', 'coming'),
    wantsCaller: flag,
    keepsTime: flag,
    share: fc.option(share, { nil: undefined }),
  }),
  unclaim: fc.record({ registration: id, session: id, isEnd: flag, before: fc.option(id, { nil: undefined }) }),
  lost: fc.record({ registration: id, session: id, stamp: id, before: fc.option(id, { nil: undefined }) }),
  join: fc.record({
    session: id,
    authid: text,
    authrole: text,
    authmethod: text,
    authprovider: text,
    transport: text,
    features: fc.array(text),
  }),
  leave: fc.record({ session: id }),
  testament: fc.record({ session: id, scope, publication }),
  forget_testaments: fc.record({ session: id, scope }),
  pub: fc.record({ publication }),
  missed: fc.record({ life: id, others: u32, topics: fc.array(fc.record({ topic: text, events: u32 })) }),
  retained_digest: fc.record({ digest: id, isAsking: flag }),
  clear_retained: fc.record({ match, uri: text, stamp: id }),
  define: fc.record({ session: id, kind: fc.constantFrom('procedure', 'topic', 'error'), uri: text, stamp: id, payload }),
  invoke: fc.record({ ref: id, registration: id, session: id, isStream: flag, takesPassthru: flag, owner: u32, details, payload }),
  chunk: fc.record({ ref: id, details, payload }),
  interrupt: fc.record({ ref: id, options: dict }),
  end: fc.record({ ref: id }),
  result: fc.record({ ref: id, details, payload }),
  fail: fc.record({ ref: id, hasLeft: flag, error: text, details, payload }),
  bounce: fc.record({ ref: id, isFull: flag, payload }),
  kill: fc.record({ session: id, isQuiet: flag, reason: text, message: fc.option(text, { nil: undefined }) }),
  revoke: fc.record({
    kind: fc.constantFrom('registration', 'subscription'),
    id,
    session: id,
    reason: fc.option(text, { nil: undefined }),
  }),
  ask: fc.record({ ref: id, question: text, arguments: dict }),
  answer: fc.record({ ref: id, answer: dict }),
}
const TYPES = Object.keys(BODIES) as Frame['type'][]

function framesOf(type: Frame['type']): fc.Arbitrary<Frame> {
  return fc.tuple(fc.integer({ min: 0, max: 0xffff }), BODIES[type]).map(([realm, body]) => ({ type, realm, ...body }) as Frame)
}

const anyFrame = fc.oneof(...TYPES.map(framesOf))
const result = (octets: number): Frame => ({
  type: 'result',
  realm: 1,
  ref: 7,
  details: undefined,
  payload: Payload.fromRaw(serializers.json, new Uint8Array(octets).fill(0x20), 1),
})

/** The octets in place of the views of payloads, which compare by their buffers. */
function plain(frame: unknown): unknown {
  if (frame instanceof Payload) return { format: frame.format?.name, count: frame.count, raw: Buffer.from(frame.raw).toString('hex') }
  if (typeof frame !== 'object' || frame === null) return frame
  if (Array.isArray(frame)) return frame.map(plain)
  return Object.fromEntries(Object.entries(frame).map(([name, each]) => [name, plain(each)]))
}

describe('FrameCodec', () => {
  it.each(TYPES)('brings a frame %s there and back, wherever it stands', (type) => {
    fc.assert(
      fc.property(framesOf(type), fc.nat(5), fc.nat(5), (frame, before, behind) => {
        const octets = codec.encode(frame)
        const packet = new Uint8Array(before + octets.length + behind).fill(0xff)
        packet.set(octets, before)
        expect(plain(codec.decode(packet, before, before + octets.length))).toEqual(plain(frame))
      }),
      { numRuns: 40 },
    )
  })

  it('reads a frame that is cut off as a shorter payload, or refuses it', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const octets = codec.encode(frame).slice()
        for (let end = 0; end < octets.length; end++) {
          const read = decoded(octets.subarray(0, end))
          if (read instanceof FrameError) continue
          expect(plain({ ...read, payload: undefined, publication: undefined })).toEqual(
            plain({ ...frame, payload: undefined, publication: undefined }),
          )
        }
      }),
      { numRuns: 60 },
    )
  })

  it('refuses a frame with one octet too many, unless that is payload', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const octets = codec.encode(frame)
        const longer = new Uint8Array(octets.length + 1)
        longer.set(octets)
        const hasPayload = plain(frame) !== undefined && JSON.stringify(plain(frame)).includes('"raw"')
        expect(decoded(longer) instanceof FrameError).toBe(!hasPayload)
      }),
    )
  })

  it('makes of any octets a frame, nothing, or a FrameError', () => {
    const damaged = fc.tuple(anyFrame, fc.nat(200), fc.nat(255)).map(([frame, at, octet]) => {
      const octets = codec.encode(frame).slice()
      octets[at % octets.length] = octet
      return octets
    })
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 60 })), (octets) => {
        const read = decoded(octets)
        if (read === undefined) expect(octets[0]).toBeGreaterThanOrEqual(0x80)
        else if (!(read instanceof FrameError)) expect(plain(codec.decode(codec.encode(read)))).toEqual(plain(read))
      }),
      { numRuns: 2_000 },
    )
  })

  it('skips types from 0x80 on, and refuses other unknown ones', () => {
    expect(codec.decode(Uint8Array.of(0x80, 1, 2, 3))).toBeUndefined()
    expect(decoded(Uint8Array.of(0x7f, 0, 0))).toEqual(new FrameError('there is no frame of type 127'))
    expect(decoded(new Uint8Array(0))).toEqual(new FrameError('the frame ends too early'))
  })

  it('gives a view on the octets as payload', () => {
    const packet = codec.encode(result(4)).slice()
    const frame = codec.decode(packet)
    expect(frame?.type === 'result' && frame.payload?.raw.buffer).toBe(packet.buffer)
  })

  it('sends a payload that was made from values as CBOR', () => {
    const frame: Frame = { type: 'result', realm: 0, ref: 1, details: {}, payload: Payload.fromValues([1, 'two'], { three: [3] }) }
    const read = codec.decode(codec.encode(frame))
    expect(read).toMatchObject({ details: undefined, payload: { format: { name: 'cbor' }, items: [[1, 'two'], { three: [3] }] } })
  })

  it('lets a payload of another node be converted by the serializers of this one', () => {
    const read = codec.decode(codec.encode({ ...result(0), payload: Payload.fromRaw(serializers.json, nodeJson('[1]'), 1) } as Frame))
    expect(read?.type === 'result' && read.payload && rawIn(read.payload, serializers.msgpack)).toEqual(Uint8Array.of(0x91, 1))
  })

  it('writes texts of any length', () => {
    for (const name of ['x'.repeat(0xfffe), 'x'.repeat(0xffff), '😀'.repeat(40_000)]) {
      expect(codec.decode(codec.encode({ type: 'realm', realm: 3, name, life: 7 }))).toEqual({ type: 'realm', realm: 3, name, life: 7 })
    }
  })

  it('reuses its room for short frames, and gives long ones away', () => {
    const manyTexts = codec.encode({ type: 'realm', realm: 0, name: 'x'.repeat(LARGE_MESSAGE), life: 1 })
    const long = codec.encode(result(LARGE_MESSAGE))
    const short = codec.encode(result(100))
    expect(codec.encode(result(100)).buffer === short.buffer).toBe(true)
    expect(new Set([short.buffer, long.buffer, manyTexts.buffer]).size).toBe(3)
    expect(plain(codec.decode(long))).toEqual(plain(result(LARGE_MESSAGE)))
  })

  it.each([
    ['a fraction', 1.5],
    ['a negative number', -1],
    ['what no double holds exactly', 2 ** 53],
  ])('does not write %s as an id', (_, ref) => {
    expect(() => codec.encode({ type: 'end', realm: 0, ref })).toThrow(FrameError)
  })

  it('does not write what CBOR cannot hold', () => {
    expect(() => codec.encode({ type: 'interrupt', realm: 0, ref: 1, options: { reason: () => 1 } })).toThrow(FrameError)
  })

  it.each([
    ['an id beyond 2^53 - 1', '23 0000 0020000000000000'],
    ['a flag that is neither 0 nor 1', '2a 0000 0000000000000001 02 00'],
    ['an unknown flag', '28 0000 0000000000000001 04 00'],
    ['a word that is not known', '0f 0000 0000000000000001 02'],
    ['a payload of an unknown form', '28 0000 0000000000000001 00 31 00'],
    ['a payload without octets', '28 0000 0000000000000001 00 01'],
    ['more entries than octets', '08 0000 00 01 0000 0000000000000001 40000000 00000001'],
    ['a dict longer than the frame', '39 0000 0000000000000001 ffffffff a0'],
    ['a list in place of a dict', '39 0000 0000000000000001 00000001 80'],
    ['null in place of a dict', '39 0000 0000000000000001 00000001 f6'],
    ['octets behind a dict', '39 0000 0000000000000001 00000002 a000'],
    ['a dict of no octets', '39 0000 0000000000000001 00000000'],
    ['a key that appears twice', '39 0000 0000000000000001 00000007 a2 616101 616102'],
    ['a text that is not UTF-8', '01 0000 0002 c3 28'],
  ])('refuses %s', (_, hex) => {
    expect(decoded(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toBeInstanceOf(FrameError)
  })

  it('bounds the values of details, but holds those of a publication for the longest list of receivers', () => {
    const listed = { eligible: Array.from({ length: 100_000 }, (_, i) => i) }
    const frame = (more: Partial<SentPublication>): Frame => ({
      type: 'pub',
      realm: 0,
      publication: {
        ...{
          id: 1,
          topic: 'a',
          winners: undefined,
          details: undefined,
          audience: undefined,
          retained: undefined,
          isPast: false,
          isOwn: false,
          payload: undefined,
        },
        ...more,
      },
    })
    const read = codec.decode(codec.encode(frame({ audience: listed })))
    expect(read?.type === 'pub' && read.publication.audience?.['eligible']).toHaveLength(100_000)
    expect(decoded(codec.encode(frame({ details: listed })))).toBeInstanceOf(FrameError)
  })
})

function decoded(octets: Uint8Array): Frame | FrameError | undefined {
  try {
    return codec.decode(octets)
  } catch (error) {
    if (error instanceof FrameError) return error
    throw error
  }
}

function nodeJson(json: string): Uint8Array {
  return new Uint8Array(Buffer.from(json))
}

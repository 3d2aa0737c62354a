// Shows how payloads cross from one serializer to another, and what becomes of those that the other cannot hold.

import { World } from '@trunkline/testkit'
import type { TestPeer } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const TOPIC = 'com.example.topic'
const PROCEDURE = 'p'
const SERIALIZERS = ['json', 'msgpack', 'cbor'] as const

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

const bytes = (...octets: number[]): Uint8Array => new Uint8Array(octets)

/** CALL or YIELD or PUBLISH number 1 with an args list given in octets, as a peer of this serializer would write it. */
const RAW = {
  msgpackCall: (args: number[]) => bytes(0x95, 48, 1, 0x80, 0xa1, 0x70, ...args),
  msgpackYield: (args: number[]) => bytes(0x94, 70, 1, 0x80, ...args),
  msgpackPublish: (options: number[], args: number[], request = 1) => bytes(0x95, 16, request, ...options, 0xa1, 0x74, ...args),
  cborCall: (args: number[]) => bytes(0x85, 0x18, 48, 1, 0xa0, 0x61, 0x70, ...args),
}
const EXTENSION = [0x91, 0xd4, 5, 1]

describe("a payload that the receiver's serializer cannot hold", () => {
  it.each([
    ['an extension type of MessagePack', 'msgpack', 'json', RAW.msgpackCall(EXTENSION)],
    ['NaN', 'msgpack', 'json', RAW.msgpackCall([0x91, 0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0])],
    ['a tag of CBOR', 'cbor', 'json', RAW.cborCall([0x81, 0xc0, 0x61, 0x78])],
    ['a bignum of CBOR', 'cbor', 'msgpack', RAW.cborCall([0x81, 0xc2, 0x49, 1, 0, 0, 0, 0, 0, 0, 0, 0])],
    ['a dict with keys that are no strings', 'cbor', 'json', RAW.cborCall([0x81, 0xa1, 0x81, 0x01, 0x02])],
    ['a lone surrogate', 'json', 'msgpack', new TextEncoder().encode('[48,1,{},"p",["\\ud800"]]')],
  ] as const)(
    '(%s, %s to %s) ends the call with invalid_argument and leaves the callee untouched [BP-RPC-20 BP-PERR-18]',
    (_, from, to, call) => {
      const [caller, callee] = [world.join({ serializer: from }), world.join({ serializer: to })]
      callee.register(PROCEDURE)
      caller.sayBytes(call)
      expect(caller.take()).toEqual([[8, 48, 1, {}, 'wamp.error.invalid_argument', [expect.any(String)]]])
      expect(callee.take()).toEqual([])
      caller.say(48, 2, {}, PROCEDURE, ['good'])
      expect(callee.takeOne()).toEqual([68, 1, expect.any(Number), {}, ['good']])
    },
  )

  it('ends the call as a result or an error with invalid_argument; the callee stays [BP-RPC-20 BP-RPC-23]', () => {
    const [caller, callee] = [world.join(), world.join({ serializer: 'msgpack' })]
    callee.register(PROCEDURE)
    caller.say(48, 1, {}, PROCEDURE)
    caller.say(48, 2, {}, PROCEDURE)
    callee.take()
    callee.sayBytes(RAW.msgpackYield(EXTENSION))
    callee.sayBytes(bytes(0x96, 8, 68, 2, 0x80, 0xa3, 0x63, 0x2e, 0x65, ...EXTENSION))
    expect(caller.take()).toEqual([1, 2].map((request) => [8, 48, request, {}, 'wamp.error.invalid_argument', [expect.any(String)]]))
    expect(callee.take()).toEqual([])
    expect(callee.isClosed).toBe(false)
  })

  it('is refused as an acknowledged publication, and nobody gets it [BP-PUB-05 BP-PUB-09]', () => {
    const [publisher, json, msgpack] = [world.join({ serializer: 'msgpack' }), world.join(), world.join({ serializer: 'msgpack' })]
    json.subscribe('t')
    msgpack.subscribe('t')
    const acknowledge = [0x81, 0xab, ...new TextEncoder().encode('acknowledge'), 0xc3]
    publisher.sayBytes(RAW.msgpackPublish(acknowledge, EXTENSION))
    expect(publisher.take()).toEqual([[8, 16, 1, {}, 'wamp.error.invalid_argument', [expect.any(String)]]])
    expect(json.take()).toEqual([])
    expect(msgpack.take()).toEqual([])
  })

  it('is a gap for the receivers concerned when it is not acknowledged; the others get it', () => {
    const [publisher, json, msgpack] = [world.join({ serializer: 'msgpack' }), world.join(), world.join({ serializer: 'msgpack' })]
    const id = json.subscribe('t')
    msgpack.subscribe('t')
    let events = 0
    const send = msgpack.send.bind(msgpack)
    msgpack.send = (message) => {
      if (message.includes(0xd4)) events++
      else send(message)
    }
    publisher.sayBytes(RAW.msgpackPublish([0x80], EXTENSION))
    expect(events).toBe(1)
    publisher.say(16, 2, {}, 't', ['good'])
    expect(json.take()).toEqual([[36, id, expect.any(Number), { _gap: 1 }, ['good']]])
    expect(msgpack.take()).toEqual([[36, id, expect.any(Number), {}, ['good']]])
    expect(world.router.counters.eventsUnencodable).toBe(1)
  })
})

describe('payloads between serializers', () => {
  const pairs = SERIALIZERS.flatMap((from) => SERIALIZERS.map((to) => [from, to] as const))
  const values: readonly unknown[] = [
    null,
    true,
    false,
    0,
    -1,
    2 ** 31,
    -(2 ** 31) - 1,
    2 ** 53 - 1,
    1.5,
    -0.25,
    '',
    'ünïcode 話題 😀',
    [],
    [[[]]],
    {},
    { nested: { list: [1, { deep: true }] } },
    'constructor',
    { toString: 1, valueOf: 2, length: 3 },
  ]

  it.each(pairs)(
    'carries events from %s to %s with equal values [BP-SER-01 BP-SER-02 BP-SER-07 BP-SEC-04 BP-PUB-07 BP-ORD-07]',
    (from, to) => {
      const [publisher, subscriber] = [world.join({ serializer: from }), world.join({ serializer: to })]
      const id = subscriber.subscribe(TOPIC)
      publisher.say(16, 1, {}, TOPIC, values, { kw: values })
      publisher.say(16, 2, {}, TOPIC)
      publisher.say(16, 3, {}, TOPIC, [], { only: 'kwargs' })
      expect(subscriber.take()).toEqual([
        [36, id, expect.any(Number), {}, values, { kw: values }],
        [36, id, expect.any(Number), {}],
        [36, id, expect.any(Number), {}, [], { only: 'kwargs' }],
      ])
    },
  )

  it.each(pairs)(
    'carries calls, results and errors from %s to %s and back [BP-SER-02 BP-SER-07 BP-RPC-10 BP-RPC-12 BP-RPC-13]',
    (from, to) => {
      const [caller, callee] = [world.join({ serializer: from }), world.join({ serializer: to })]
      callee.register(PROCEDURE)
      caller.say(48, 1, {}, PROCEDURE, values, { kw: values })
      caller.say(48, 2, {}, PROCEDURE)
      expect(callee.take().map((invocation) => invocation.slice(4))).toEqual([[values, { kw: values }], []])
      callee.say(70, 1, {}, values, { kw: values })
      callee.say(8, 68, 2, {}, 'com.example.error', values, { kw: values })
      expect(caller.take()).toEqual([
        [50, 1, {}, values, { kw: values }],
        [8, 48, 2, {}, 'com.example.error', values, { kw: values }],
      ])
    },
  )

  it.each(pairs)('carries byte arrays from %s to %s [BP-SER-08 AP-BJS-04]', (from, to) => {
    const [publisher, subscriber] = [world.join({ serializer: from }), world.join({ serializer: to })]
    subscriber.subscribe(TOPIC)
    const binary = [bytes(), bytes(0, 1, 254, 255), { inside: bytes(16, 0, 99) }]
    publisher.say(16, 1, {}, TOPIC, binary)
    expect(subscriber.takeOne()[4]).toEqual(binary)
  })

  it('writes byte arrays in JSON as U+0000 and Base64, and reads them so [BP-SER-08 AP-BJS-04]', () => {
    const [json, msgpack] = [world.join(), world.join({ serializer: 'msgpack' })]
    json.subscribe('t')
    msgpack.subscribe('t')
    const texts = textsOf(json)
    msgpack.say(16, 2, {}, 't', [bytes(0x10, 0x30, 0x0f)])
    expect(texts[0]).toMatch(/^\[36,\d+,\d+,\{\},\["\\u0000EDAP"\]\]$/)
    json.sayText('[16,2,{},"t",["\\u0000EDAP"]]')
    expect(msgpack.takeOne()[4]).toEqual([bytes(0x10, 0x30, 0x0f)])
  })

  it.each([
    '1.0',
    '1e2',
    '-0',
    '12345678901234567890123',
    '"\\u0041\\/"',
    '{"b":1,"a":{"b":2}}',
    '"\\u0000not base64"',
    '"\\ud800"',
    '[1,\n 2]',
  ])('leaves %s as it stands between two sessions that speak JSON [BP-SER-09]', (value) => {
    const [publisher, subscriber] = [world.join(), world.join()]
    subscriber.subscribe(TOPIC)
    const texts = textsOf(subscriber)
    publisher.sayText(`[16,1,{},"${TOPIC}",[${value}]]`)
    expect(texts[0]?.slice(texts[0].indexOf('},') + 2)).toBe(`[${value}]]`)
  })

  it('keeps integers of 64 bits exact between binary serializers and in JSON [BP-SER-07]', () => {
    const [caller, callee] = [world.join({ serializer: 'msgpack' }), world.join()]
    callee.register(PROCEDURE)
    const texts = textsOf(callee)
    caller.sayBytes(RAW.msgpackCall([0x91, 0xcf, 0x00, 0x20, 0, 0, 0, 0, 0, 1]))
    expect(texts[0]).toMatch(/,\[9007199254740993\]\]$/)
  })

  it.each([
    ['json', new TextEncoder().encode('[48,9007199254740992,{},"wamp.session.count"]')],
    ['msgpack', bytes(0x94, 48, 0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0, 0x80, 0xb2, ...new TextEncoder().encode('wamp.session.count'))],
    ['cbor', bytes(0x84, 0x18, 48, 0x1b, 0, 0x20, 0, 0, 0, 0, 0, 0, 0xa0, 0x72, ...new TextEncoder().encode('wamp.session.count'))],
  ] as const)('takes the greatest id, 2^53, from %s exactly, and mirrors it [BP-ID-09 BP-ID-08]', (serializer, call) => {
    world.router.addRealm('relaxed', { anonymousRole: 'a', roles: { a: [{ uri: 'wamp.**', allow: ['call'] }] }, requestIds: 'increasing' })
    const peer = world.join({ serializer, realm: 'relaxed' })
    peer.sayBytes(call)
    expect(peer.take()).toEqual([[50, 2 ** 53, {}, [1]]])
  })

  it.each([
    ['msgpack', bytes(0x94, 48, 0xcf, 0, 0x20, 0, 0, 0, 0, 0, 1, 0x80, 0xa1, 0x70)],
    ['cbor', bytes(0x84, 0x18, 48, 0x1b, 0, 0x20, 0, 0, 0, 0, 0, 1, 0xa0, 0x61, 0x70)],
  ] as const)('aborts on an id above 2^53 from %s [BP-ID-09 BP-ID-01]', (serializer, call) => {
    world.router.addRealm('relaxed', { anonymousRole: 'a', roles: { a: [] }, requestIds: 'increasing' })
    const peer = world.join({ serializer, realm: 'relaxed' })
    peer.sayBytes(call)
    expect(peer.take()).toEqual([[3, expect.any(Object), 'wamp.error.protocol_violation']])
  })

  it.each([
    ['json', new TextEncoder().encode('[48, 1, {}, "p", null , {"a":1} ]')],
    ['msgpack', RAW.msgpackCall([0xc0, 0x81, 0xa1, 0x61, 1]).with(0, 0x96)],
    ['cbor', RAW.cborCall([0xf6, 0xa1, 0x61, 0x61, 1]).with(0, 0x86)],
    ['cbor', bytes(0x9f, 0x18, 48, 1, 0xa0, 0x61, 0x70, 0xf7, 0xbf, 0x61, 0x61, 1, 0xff, 0xff)],
  ] as const)('tolerates null in the place of args before kwargs, from %s: an empty list goes out', (serializer, call) => {
    const caller = world.join({ serializer })
    for (const [i, to] of SERIALIZERS.entries()) {
      const callee = world.join({ serializer: to })
      callee.say(64, 1, { invoke: 'last' }, PROCEDURE)
      callee.take()
      const texts = to === 'json' ? textsOf(callee) : []
      caller.sayBytes(i === 0 ? call : renumbered(call, i + 1))
      expect(callee.takeOne().slice(4)).toEqual([[], { a: 1 }])
      if (to === 'json') expect(texts[0]).toMatch(/,\[\],\{"a":1\}\]$/)
    }
  })

  it.each([
    ['json', new TextEncoder().encode('[48,1,{},"p",nul]')],
    ['json', new TextEncoder().encode('[48,1,{},"p",[],nulll]')],
    ['json', new TextEncoder().encode('[48,1,{},"p",false,{}]')],
    ['msgpack', RAW.msgpackCall([0xc2])],
    ['cbor', RAW.cborCall([0xf4])],
  ] as const)('refuses in %s what is neither null nor a list or dict there [BP-PERR-17]', (serializer, call) => {
    const caller = world.join({ serializer })
    caller.sayBytes(call)
    expect(caller.take()).toEqual([[3, expect.any(Object), 'wamp.error.protocol_violation']])
  })

  /** A CALL of above with another request id. */
  function renumbered(call: Uint8Array, request: number): Uint8Array {
    const at = call[0] === 0x5b ? 5 : call[1] === 0x18 ? 3 : 2
    return call.with(at, call[0] === 0x5b ? 0x30 + request : request)
  }

  /** The messages that a JSON peer gets from now on, as text. */
  function textsOf(peer: TestPeer): string[] {
    const texts: string[] = []
    const send = peer.send.bind(peer)
    peer.send = (message) => {
      texts.push(new TextDecoder().decode(message))
      send(message)
    }
    return texts
  }

  it.each(SERIALIZERS)('keeps keys named like properties of Object, to and from %s [BP-SER-07]', (to) => {
    const [publisher, subscriber, back] = [world.join(), world.join({ serializer: to }), world.join()]
    subscriber.subscribe(TOPIC)
    back.subscribe('back')
    const kwargs = '{"__proto__":{"a":1},"constructor":2,"then":3,"toString":null,"toJSON":[]}'
    publisher.sayText(`[16,1,{"__proto__":{"acknowledge":true}},"${TOPIC}",["__proto__"],${kwargs}]`)
    expect(publisher.take()).toEqual([])
    const event = subscriber.takeOne()
    expect(Object.entries(event[5] as object)).toEqual(Object.entries(JSON.parse(kwargs) as object))
    const texts = textsOf(back)
    subscriber.say(16, 2, {}, 'back', ['__proto__'], event[5])
    expect(texts[0]?.slice(texts[0].indexOf('["__proto__"]'))).toBe(`["__proto__"],${kwargs}]`)
  })
})

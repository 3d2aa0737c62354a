// Shows the formats of requests and answers, results that come in lines, batches, and keys of publications, against a real router.

import { createCborSerializer, createMsgpackSerializer, messageFromArray, messageToArray } from '@trunkline/protocol'
import type { Serializer } from '@trunkline/protocol'
import { SeededIds } from '@trunkline/testing/ports'
import { describe, expect, it } from 'vitest'
import { MemoryEventStore } from '../../store/memory-event-store.ts'
import { HttpDoorScene, later, Refusal } from '../../testing/http-door-scene.ts'

/** A value in a binary format: that of the only argument of a message. */
function valueIn(format: Serializer, value: unknown): Uint8Array {
  const bytes = format.encode(messageFromArray([48, 1, {}, 'a', [value]]))
  const none = format.encode(messageFromArray([48, 1, {}, 'a', []])).length
  return bytes.slice(none)
}

/** The value of a body, which is read as the only argument of a message. */
function valueOf(format: Serializer, body: Uint8Array): unknown {
  const head = format.encode(messageFromArray([48, 1, {}, 'a', [0]])).slice(0, -1)
  return (messageToArray(format.decode(Buffer.concat([head, body])))[4] as unknown[])[0]
}

async function scene(): Promise<HttpDoorScene> {
  const door = await HttpDoorScene.open()
  await door.backend.register('com.example.echo', ({ args, kwargs }) => ({ args, kwargs }))
  return door
}

describe('the format of a request', () => {
  it.each([
    ['application/msgpack', createMsgpackSerializer()],
    ['application/cbor', createCborSerializer()],
  ])('is %s, and that of its answer too', async (type, format) => {
    const door = await scene()
    const body = valueIn(format, { args: [new Uint8Array([1, 2]), 'Zoë'], kwargs: { a: null } })
    const response = await fetch(`${door.base}/call/com.example.echo`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: body as BodyInit,
    })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type])
    const answer = valueOf(format, new Uint8Array(await response.arrayBuffer()))
    expect(answer).toEqual({ args: [{ args: [new Uint8Array([1, 2]), 'Zoë'], kwargs: { a: null } }] })
    const asked = { 'content-type': type, accept: 'application/json' }
    expect(await door.post('/call/com.example.echo', valueIn(format, [1]), asked)).toMatchObject({ body: { args: [{ args: [1] }] } })
    expect(await door.post('/call/com.example.echo', Buffer.concat([body, body]), asked)).toMatchObject({ status: 400 })
    expect(await door.post('/call/com.example.echo', body.subarray(0, -1), asked)).toMatchObject({ status: 400 })
    expect(await door.post('/call/com.example.echo', Buffer.from([0xc1, 0xff]), asked)).toMatchObject({ status: 400 })
  })

  it('may differ from that of the answer', async () => {
    const door = await scene()
    const format = createCborSerializer()
    const headers = { 'content-type': 'application/json', accept: 'text/html, application/cbor;q=0.9' }
    const response = await fetch(`${door.base}/call/com.example.echo`, { method: 'POST', headers, body: '[1]' })
    expect(response.headers.get('content-type')).toBe('application/cbor')
    expect(valueOf(format, new Uint8Array(await response.arrayBuffer()))).toEqual({ args: [{ args: [1], kwargs: {} }] })
  })
})

describe('a result in lines', () => {
  it('gives each progressive result as it comes, and the result last', async () => {
    const door = await HttpDoorScene.open()
    const go = later()
    await door.backend.register('com.example.count', async ({ progress }) => {
      progress(1, 'a\nb')
      await go.promise
      progress(2)
      return 3
    })
    const response = await fetch(`${door.base}/call/com.example.count`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/x-ndjson' },
      body: '[]',
    })
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    const lines: unknown[] = []
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString()
      go.resolve()
    }
    for (const line of text.trimEnd().split('\n')) lines.push(JSON.parse(line))
    expect(lines).toEqual([{ progress: true, args: [1, 'a\nb'] }, { progress: true, args: [2] }, { args: [3] }])
  })

  it('ends with a problem where the callee fails, and has its status where nothing came before', async () => {
    const door = await HttpDoorScene.open()
    await door.backend.register('com.example.fail', ({ args: [before], progress }) => {
      if (before === true) progress(1)
      throw new Refusal('com.example.error.broken')
    })
    const headers = { accept: 'application/x-ndjson' }
    const late = await door.post('/call/com.example.fail', [true], headers)
    expect([late.status, late.body]).toEqual([
      200,
      expect.stringMatching(/^\{"progress":true,"args":\[1\]\}\n\{.*"error":"com.example.error.broken"\}\n$/),
    ])
    expect(await door.post('/call/com.example.fail', [false], headers)).toMatchObject({ status: 422, type: 'application/problem+json' })
  })
})

describe('a batch', () => {
  it('has an answer for each, in order, and one that fails stops no other', async () => {
    const door = await scene()
    const got: unknown[] = []
    await door.backend.subscribe('com.example.ticked', ({ payload }) => got.push(payload?.args))
    const answer = await door.post('/batch', [
      { call: 'com.example.echo', args: [1] },
      { publish: 'com.example.ticked', args: [2] },
      { call: 'com.example.none' },
      { call: 'com..example' },
      { call: 'com.example.echo', options: { timeout: 'soon' } },
    ])
    expect([answer.status, answer.body]).toMatchObject([
      200,
      [
        { status: 200, args: [{ args: [1] }] },
        { status: 200, publication: expect.any(Number) as number },
        { status: 404, error: 'wamp.error.no_such_procedure' },
        { status: 400, error: 'wamp.error.invalid_uri' },
        { status: 400, error: 'wamp.error.invalid_argument' },
      ],
    ])
    await expect.poll(() => got).toEqual([[2]])
  })

  it.each([
    [[], 'a list of dicts'],
    [{ a: 1 }, 'a list of dicts'],
    [[{ call: '\0' }], 'it has neither call nor publish'],
    [[1], 'number 1 of the batch: it is not a dict'],
    [[{ call: 'a' }, {}], 'number 2 of the batch: it has neither call nor publish'],
    [[{ call: 'a', publish: 'b' }], 'or both'],
    [[{ call: 'a', kw: 1 }], "there is no key 'kw'"],
    [[{ call: 'a', args: 1 }], 'args is not a list'],
    [[{ call: 'com.example.echo' }, { publish: 'com.example.\ud800' }], 'number 2 of the batch: the URI or an option has half a character'],
    [[{ publish: 'com.example.a', options: { rkey: '\udc00' } }], 'half a character'],
    [Array.from({ length: 101 }, () => ({ call: 'a' })), 'at most 100'],
  ])('that is none is refused as a whole: %#', async (body, detail) => {
    const door = await scene()
    expect(await door.post('/batch', body)).toMatchObject({ status: 400, body: { detail: expect.stringContaining(detail) as string } })
  })

  it('gives no more than a mebibyte of answers, and of those beyond only that they are too long', async () => {
    const door = await scene()
    const { status, body } = await door.post(
      '/batch',
      Array.from({ length: 3 }, () => ({ call: 'com.example.long' })),
    )
    expect([status, body]).toMatchObject([200, [{ status: 404 }, { status: 404 }, { status: 404 }]])
    await door.backend.register('com.example.long', () => 'a'.repeat(600_000))
    const long = await door.post(
      '/batch',
      Array.from({ length: 3 }, () => ({ call: 'com.example.long' })),
    )
    expect((long.body as { status: number }[]).map((each) => each.status)).toEqual([200, 413, 413])
  })
})

describe('the key of a publication', () => {
  it('makes one event of a request that comes twice, on a durable topic', async () => {
    const topics = [{ uri: 'com.shop.**', durable: {} }]
    const door = await HttpDoorScene.open(
      {},
      { topics },
      {},
      { store: new MemoryEventStore({ scheduler: { defer: setImmediate }, ids: new SeededIds(1) }) },
    )
    const got: unknown[] = []
    await door.backend.subscribe('com.shop.orders', ({ payload }) => got.push(payload?.args))
    const key = { 'idempotency-key': '"order 17"' }
    const first = await door.post('/publish/com.shop.orders', [17], key)
    const again = await door.post('/publish/com.shop.orders', [17], key)
    expect(first.status).toBe(200)
    expect(again.body).toEqual(first.body)
    await door.post('/publish/com.shop.orders', [18], { 'idempotency-key': 'order 18' })
    await expect.poll(() => got).toEqual([[17], [18]])
  })

  it('is refused where it would promise nothing: on other topics, and for calls', async () => {
    const door = await scene()
    const key = { 'idempotency-key': 'a' }
    expect((await door.post('/publish/com.example.a', [], key)).status).toBe(400)
    expect(await door.post('/call/com.example.echo', [], key)).toMatchObject({ status: 400 })
  })
})

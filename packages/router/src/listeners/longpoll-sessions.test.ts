// Shows sessions over HTTP requests, against a real router and with plain requests.

import { createCborSerializer, messageFromArray, messageToArray } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { HELLO, LongPollScene } from '../testing/longpoll-scene.ts'

describe('a session over requests', () => {
  it('receives one message with each request, and holds a request until there is one [AP-LP-06 AP-LP-07 AP-LP-09 AP-LP-10]', async () => {
    const client = await LongPollScene.listen()
    const id = await client.open('wamp.2.json')
    const welcome = client.take(id)
    await client.say(id, ...HELLO)
    expect((await welcome)[0]).toBe(2)
    await client.say(id, 32, 1, {}, 'com.example.a')
    await client.say(id, 64, 2, {}, 'com.example.echo')
    expect([(await client.take(id))[0], (await client.take(id))[0]]).toEqual([33, 65])
  })

  it('takes several messages in one request, and gives all that wait in one, where batches were agreed on [AP-LP-08 AP-LP-09]', async () => {
    const client = await LongPollScene.listen()
    const id = await client.open('wamp.2.json.batched')
    const messages = [HELLO, [32, 1, {}, 'com.example.a'], [32, 2, {}, 'com.example.b']]
    expect((await client.post(`${id}/send`, messages.map((message) => `${JSON.stringify(message)}\u001e`).join(''))).status).toBe(202)
    const batch = await (await client.post(`${id}/receive`)).text()
    const types = batch
      .split('\u001e')
      .slice(0, -1)
      .map((text) => (JSON.parse(text) as unknown[])[0])
    expect(types).toEqual([2, 33, 33])
  })

  it('carries octets in binary protocols', async () => {
    const client = await LongPollScene.listen()
    const id = await client.open('wamp.2.cbor')
    const serializer = createCborSerializer()
    const hello = serializer.encode(messageFromArray(HELLO)).slice()
    expect((await client.post(`${id}/send`, hello)).status).toBe(202)
    const response = await client.post(`${id}/receive`)
    expect(response.headers.get('content-type')).toBe('application/octet-stream')
    expect(messageToArray(serializer.decode(new Uint8Array(await response.arrayBuffer())))[0]).toBe(2)
  })

  it('processes send requests in the order in which they came [AP-LP-14]', async () => {
    const client = await LongPollScene.listen()
    const id = await client.join()
    const subscriber = await client.join()
    await client.say(subscriber, 32, 1, {}, 'com.example.topic')
    await client.take(subscriber)
    for (let i = 1; i <= 20; i++) await client.say(id, 16, i, {}, 'com.example.topic', [i])
    const numbers: unknown[] = []
    for (let i = 1; i <= 20; i++) numbers.push(((await client.take(subscriber))[4] as unknown[])[0])
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  })

  it('answers 400 to what is no message, and the client finds the ABORT [AP-LP-10]', async () => {
    const client = await LongPollScene.listen()
    const id = await client.open('wamp.2.json.batched')
    expect((await client.post(`${id}/send`, '[1,"realm1"')).status).toBe(400)
    expect((await client.post(`${id}/send`, '[1,"realm1"')).status).toBe(404)
  })

  it('holds one receive request at a time, and knows no other ids [AP-LP-13]', async () => {
    const client = await LongPollScene.listen()
    const id = await client.join()
    const held = client.post(`${id}/receive`)
    await client.say(id, 32, 1, {}, 'com.example.a')
    await held
    const refused = await Promise.race([client.post(`${id}/receive`), client.post(`${id}/receive`)])
    expect(refused.status).toBe(409)
    expect((await client.post(`${'A'.repeat(32)}/receive`)).status).toBe(404)
  })

  it('is closed by a request [AP-LP-11]', async () => {
    const client = await LongPollScene.listen()
    const id = await client.join()
    expect((await client.post(`${id}/close`)).status).toBe(202)
    expect((await client.post(`${id}/receive`)).status).toBe(404)
    expect(client.router.counters.sessionsClosed).toBe(1)
  })

  it('has a receive request that is held answered when it is closed, or the router ends', async () => {
    const client = await LongPollScene.listen()
    for (const end of [(id: string) => client.post(`${id}/close`), () => client.router.close()]) {
      const id = await client.open('wamp.2.json')
      const { held } = await client.hold(id)
      await end(id)
      expect([200, 204]).toContain((await held)?.status)
    }
  })

  it('ends when no receive request is held for longer than the limit [AP-LP-13]', async () => {
    const client = await LongPollScene.listen({ idleMs: 40, holdMs: 10_000 })
    const watcher = await client.join()
    await client.say(watcher, 32, 1, {}, 'wamp.session.on_leave')
    expect((await client.take(watcher))[0]).toBe(33)
    const held = client.take(watcher)
    const silent = await client.join()
    expect((await held)[0]).toBe(36)
    expect((await client.post(`${silent}/receive`)).status).toBe(404)
    expect(client.router.counters.sessionsClosed).toBe(1)
  })

  it('is answered with nothing when there is nothing to say for long', async () => {
    const client = await LongPollScene.listen({ holdMs: 40 })
    const id = await client.join()
    expect((await client.post(`${id}/receive`)).status).toBe(204)
    await client.say(id, 32, 1, {}, 'com.example.a')
    expect((await client.take(id))[0]).toBe(33)
  })

  it('gets what was queued before the end, GOODBYE included', async () => {
    const client = await LongPollScene.listen()
    const id = await client.join()
    await client.say(id, 32, 1, {}, 'com.example.a')
    await client.say(id, 6, {}, 'wamp.close.close_realm')
    expect([(await client.take(id))[0], (await client.take(id))[0]]).toEqual([33, 6])
  })

  it('that sends more messages than it may has its requests answered later', async () => {
    const slow = {
      anonymousRole: 'anonymous',
      roles: { anonymous: [{ uri: '**', allow: ['publish'] as const }] },
      limits: { messageRate: { perSecond: 20, burst: 2 } },
    }
    const client = await LongPollScene.withRealms({ slow })
    const id = await client.open('wamp.2.json')
    await client.say(id, 1, 'slow', HELLO[2])
    expect((await client.take(id))[0]).toBe(2)
    for (const request of [1, 2, 3]) await client.say(id, 16, request, { acknowledge: true }, 'com.a')
    expect(client.router.counters.sessionsThrottled).toBe(1)
    let isAnswered = false
    const fourth = client.say(id, 16, 4, { acknowledge: true }, 'com.a').then(() => (isAnswered = true))
    for (const request of [1, 2, 3]) expect((await client.take(id)).slice(0, 2)).toEqual([17, request])
    expect(isAnswered).toBe(false)
    client.advance(2_000)
    await fourth
    expect((await client.take(id)).slice(0, 2)).toEqual([17, 4])
    for (const request of [5, 6]) await client.say(id, 16, request, {}, 'com.a')
    const waiting = [7, 8].map((request) => client.post(`${id}/send`, JSON.stringify([16, request, {}, 'com.a'])))
    await client.post(`${id}/close`)
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([404, 404])
  })

  it('refuses a message longer than allowed', async () => {
    const client = await LongPollScene.listen({}, { maxMessageBytes: 1000 })
    const id = await client.join()
    expect((await client.post(`${id}/send`, JSON.stringify([16, 1, {}, 'com.example.a', ['x'.repeat(2000)]]))).status).toBe(413)
  })
})

describe('what a client does not fetch', () => {
  async function subscribed(client: LongPollScene, topic: string): Promise<string> {
    const id = await client.join()
    await client.say(id, 32, 1, {}, topic)
    expect((await client.take(id))[0]).toBe(33)
    return id
  }

  it('counts for the limit of all together: it was handed over to nobody', async () => {
    const client = await LongPollScene.listen({}, {}, { outboxTotalBytes: 1_000_000 })
    for (const i of [1, 2, 3]) await subscribed(client, `com.example.${i}`)
    const publisher = await client.join()
    for (const i of [1, 2, 3]) await client.say(publisher, 16, i, {}, `com.example.${i}`, ['x'.repeat(400_000)])
    expect(client.router.counters.slowConsumersClosed).toBe(1)
  })

  it('is given up when nothing is fetched for as long as others may take nothing', async () => {
    const client = await LongPollScene.listen()
    const id = await subscribed(client, 'com.example.topic')
    const publisher = await client.join()
    await client.say(publisher, 16, 1, {}, 'com.example.topic', [1])
    client.advance(9_000)
    expect(client.router.counters.sessionsClosed).toBe(0)
    client.advance(3_000)
    await Promise.resolve()
    expect(client.router.counters).toMatchObject({ sessionsClosed: 1, slowConsumersClosed: 1 })
    expect([(await client.take(id))[0], (await client.take(id))[2]]).toEqual([36, 'trunkline.close.slow_consumer'])
  })

  it('is no more than the bound of every session', async () => {
    const client = await LongPollScene.listen({}, {}, { outboxBytes: 500_000 })
    await subscribed(client, 'com.example.topic')
    const publisher = await client.join()
    for (let i = 1; i <= 4; i++) await client.say(publisher, 16, i, {}, 'com.example.topic', ['x'.repeat(200_000)])
    client.advance(3_000)
    expect(client.router.counters.slowConsumersClosed).toBe(1)
  })
})

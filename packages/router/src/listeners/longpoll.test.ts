// Shows how transports over HTTP requests are opened, and who may open them.

import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { TransportOwner } from '../core/ports/index.ts'
import { LongPollClient, LongPollScene } from '../testing/longpoll-scene.ts'
import { createHttpListener } from './http-server.ts'

describe('opening a transport', () => {
  it('answers with the protocol chosen and an id of its own for each, whatever the query says [AP-LP-02 AP-LP-03 AP-LP-05 AP-LP-12]', async () => {
    const client = await LongPollScene.listen()
    const responses = await Promise.all(
      [1, 2].map(() => client.post('open?x=382913', '{"protocols":["wamp.2.unknown","wamp.2.cbor","wamp.2.json"]}')),
    )
    const bodies = (await Promise.all(responses.map((response) => response.json()))) as { protocol: string; transport: string }[]
    expect(bodies.map(({ protocol }) => protocol)).toEqual(['wamp.2.cbor', 'wamp.2.cbor'])
    expect(new Set(bodies.map(({ transport }) => transport)).size).toBe(2)
    for (const { transport } of bodies) expect(transport).toMatch(/^[\w-]{32}$/)
  })

  it.each(['wamp.2.json', 'wamp.2.msgpack', 'wamp.2.cbor'].flatMap((name) => [name, `${name}.batched`]))(
    'takes %s [AP-LP-04]',
    async (name) => {
      const client = await LongPollScene.listen()
      const response = await client.post('open', JSON.stringify({ protocols: [name] }))
      expect(await response.json()).toMatchObject({ protocol: name })
    },
  )

  it.each([
    ['nothing in common', '{"protocols":["wamp.1.json"]}', 400],
    ['no list', '{"protocols":"wamp.2.json"}', 400],
    ['no JSON', 'wamp.2.json', 400],
    ['null', 'null', 400],
    ['a long body', JSON.stringify({ protocols: ['x'.repeat(5000)] }), 413],
  ])('refuses %s [AP-LP-05]', async (_, body, status) => {
    const client = await LongPollScene.listen()
    expect((await client.post('open', body)).status).toBe(status)
  })

  it('refuses another method than POST, and other paths [AP-LP-01]', async () => {
    const client = await LongPollScene.listen()
    const get = await fetch(`${client.base}/open`)
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
    expect((await client.post('nobody/receive')).status).toBe(404)
    const id = await client.open('wamp.2.json')
    expect((await client.post(`${id}/else`)).status).toBe(404)
  })

  it('has room for so many', async () => {
    const client = await LongPollScene.listen({ maxConnections: 1 })
    await client.open('wamp.2.json')
    expect((await client.post('open', '{"protocols":["wamp.2.json"]}')).status).toBe(503)
  })

  it('has no more places for one address than are left for others, who find one', async () => {
    const client = await LongPollScene.listen({ maxConnections: 4 }, { trustedProxies: ['127.0.0.1'] })
    const from = async (address: string): Promise<number> =>
      (await client.post('open', '{"protocols":["wamp.2.json"]}', { 'X-Forwarded-For': address })).status
    expect([await from('192.0.2.1'), await from('192.0.2.1'), await from('192.0.2.1')]).toEqual([200, 200, 503])
    expect(await from('192.0.2.2')).toBe(200)
  })

  it('gives the place of one without a session to a newcomer where there is none left', async () => {
    const client = await LongPollScene.listen({ maxConnections: 4 }, { trustedProxies: ['127.0.0.1'] })
    const from = async (address: string): Promise<string> => {
      const response = await client.post('open', '{"protocols":["wamp.2.json"]}', { 'X-Forwarded-For': address })
      return response.status === 200 ? ((await response.json()) as { transport: string }).transport : String(response.status)
    }
    const first = await from('192.0.2.1')
    const second = await from('192.0.2.1')
    await from('192.0.2.2')
    await from('192.0.2.3')
    expect(await from('192.0.2.4')).not.toBe('503')
    expect((await client.post(`${first}/receive`)).status).toBe(404)
    await client.post(`${second}/send`, '[1,"realm1",{"roles":{"caller":{}}}]')
    expect(await from('192.0.2.5')).toBe('503')
    expect((await client.post(`${second}/receive`)).status).toBe(200)
  })

  it('has a place again when a client of the address is gone', async () => {
    const client = await LongPollScene.listen({ maxConnections: 1 })
    const id = await client.open('wamp.2.json')
    expect((await client.post(`${id}/close`)).status).toBe(202)
    expect(await client.open('wamp.2.json')).not.toBe(id)
  })

  it('works over HTTP 1.0 [AP-LP-01]', async () => {
    const client = await LongPollScene.listen()
    const socket = connectSocket({ host: '127.0.0.1', port: Number(new URL(client.base).port) })
    const body = '{"protocols":["wamp.2.json"]}'
    socket.write(`POST /lp/open HTTP/1.0\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    let text = ''
    socket.on('data', (chunk: Buffer) => void (text += chunk.toString()))
    await once(socket, 'end')
    expect(text).toMatch(/^HTTP\/1\.1 200[^]*"protocol":"wamp\.2\.json"/)
    socket.destroy()
  })
})

describe('a door that is closed', () => {
  it('lets go of the connections that were opened there, with a receive request and without one, and of requests that wait', async () => {
    const events: string[] = []
    const accept = (): TransportOwner => ({
      onMessage: () => void events.push('message'),
      onWrongKind() {},
      onDrain() {},
      onClose: () => void events.push('close'),
    })
    const never = (error: unknown): never => {
      throw error
    }
    const listener = await createHttpListener({ host: '127.0.0.1', port: 0, longPoll: { path: '/lp' }, accept, onError: never })
    const client = new LongPollClient(listener.address.replace('ws:', 'http:').replace('/ws', '/lp'))
    const [id] = [await client.open('wamp.2.json'), await client.open('wamp.2.json')]
    const { held } = await client.hold(id)
    const receiving = held?.then(
      () => 'answered',
      () => 'cut',
    )
    const closed = listener.close()
    listener.closeAll()
    await closed
    expect(events).toEqual(['close', 'close'])
    expect(await receiving).toBe('cut')
  })
})

describe('pages of other origins', () => {
  const mayUpgrade = (request: { headers: { origin?: string | undefined } }): { status: number; text: string } | undefined =>
    request.headers.origin === 'https://app.example.com' || request.headers.origin === undefined
      ? undefined
      : { status: 403, text: 'not you' }

  it('are judged as for WebSocket, and told that they may', async () => {
    const client = await LongPollScene.listen({}, { mayUpgrade })
    const refused = await client.post('open', '{"protocols":["wamp.2.json"]}', { Origin: 'https://evil.example.com' })
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([403, null])
    const allowed = await client.post('open', '{"protocols":["wamp.2.json"]}', { Origin: 'https://app.example.com' })
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([200, 'https://app.example.com'])
    const preflight = await fetch(`${client.base}/open`, { method: 'OPTIONS', headers: { Origin: 'https://app.example.com' } })
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([204, 'POST'])
  })

  it('may not read what is answered to requests with cookies, so that none uses a connection by a cookie that it does not have', async () => {
    const client = await LongPollScene.listen({}, { mayUpgrade })
    const headers = { Origin: 'https://app.example.com', Cookie: 'a=b' }
    const opened = await client.post('open', '{"protocols":["wamp.2.json"]}', headers)
    const preflight = await fetch(`${client.base}/open`, { method: 'OPTIONS', headers })
    expect([opened, preflight].map((response) => response.headers.get('access-control-allow-credentials'))).toEqual([null, null])
  })
})

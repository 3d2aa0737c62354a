// Shows who is let in as a WebSocket, and how the others are answered.

import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { Scene } from '../testing/http-scene.ts'
import { ask, bodyOf, exchange, openHttp, statusOf, UPGRADE } from '../testing/http-scene.ts'
import type { HttpListenerOptions } from './http-server.ts'
import { createHttpListener } from './http-server.ts'

const start = (options: Partial<HttpListenerOptions> = {}): Promise<Scene> => openHttp(createHttpListener, options)
const BAD_KEY = 'Sec-WebSocket-Key is missing or malformed\n'

describe('WebSocket upgrade', () => {
  it('is accepted with the proof of RFC 6455 and the subprotocol [BP-TRN-04]', async () => {
    const scene = await start()
    const answer = await ask(scene, 'GET /ws', UPGRADE)
    expect(answer.split('\r\n')).toEqual([
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
      'Sec-WebSocket-Protocol: wamp.2.json',
      '',
      '',
    ])
  })

  it('is accepted at each path, with a query, and with tokens in lists of any case', async () => {
    const scene = await start({ paths: ['/ws', '/'] })
    for (const path of ['/ws', '/', '/ws?token=x']) {
      expect(statusOf(await ask(scene, `GET ${path}`, { ...UPGRADE, Connection: 'keep-alive, upgrade', Upgrade: 'WebSocket' }))).toBe(101)
    }
    expect(statusOf(await ask(scene, 'GET /other', UPGRADE))).toBe(404)
  })

  it.each([
    ['wamp.2.json', 'json'],
    ['wamp.2.cbor,wamp.2.json', 'cbor'],
    ['soap, wamp.1.json ,wamp.2.msgpack, wamp.2.json', 'msgpack'],
  ])('takes the first subprotocol of %s that is known [BP-TRN-04]', async (offered, chosen) => {
    const scene = await start()
    expect(await ask(scene, 'GET /ws', { ...UPGRADE, 'Sec-WebSocket-Protocol': offered })).toContain(
      `Sec-WebSocket-Protocol: wamp.2.${chosen}\r\n`,
    )
    expect(scene.transports.map((transport) => transport.serializer)).toEqual([chosen])
  })

  it('is refused while an answer is outstanding on its connection, whatever came before it', async () => {
    let ended = (): void => {}
    const isOver = new Promise<void>((resolve) => (ended = resolve))
    const scene = await start({
      routes: (_request, response) => {
        response.on('close', ended)
        return true // Answers later.
      },
    })
    const lines = Object.entries(UPGRADE).map(([name, value]) => `${name}: ${value}\r\n`)
    const upgrade = `GET /ws HTTP/1.1\r\n${lines.join('')}\r\n`
    expect(await exchange(scene.port, `GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n${upgrade}`)).toBe('')
    await isOver
    expect([scene.transports, scene.errors]).toEqual([[], []])
  })

  it('is accepted on a connection whose requests have been answered', async () => {
    const scene = await start()
    const socket = connect({ port: scene.port, host: '127.0.0.1' })
    let answers = ''
    const until = async (text: string): Promise<void> => {
      while (!answers.includes(text)) answers += String((await once(socket, 'data'))[0])
    }
    socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await until('"ok"}')
    socket.write(
      `GET /ws HTTP/1.1\r\n${Object.entries(UPGRADE)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n`,
    )
    await until('HTTP/1.1 101 Switching Protocols')
    expect(scene.transports).toHaveLength(1)
    socket.destroy()
  })

  it('is restricted to the allowed serializers [BP-TRN-04]', async () => {
    const scene = await start({ serializers: ['cbor'] })
    const offered = { ...UPGRADE, 'Sec-WebSocket-Protocol': 'wamp.2.json, wamp.2.cbor' }
    expect(await ask(scene, 'GET /ws', offered)).toContain('Sec-WebSocket-Protocol: wamp.2.cbor\r\n')
    const answer = await ask(scene, 'GET /ws', UPGRADE)
    expect([statusOf(answer), bodyOf(answer)]).toEqual([400, 'no subprotocol in common; supported: wamp.2.cbor\n'])
  })

  it.each([undefined, '', 'chat', 'wamp.2.jso', 'WAMP.2.JSON', '__proto__, constructor', ','.repeat(4_000), ' '.repeat(8_000)])(
    'is refused with the supported names when no subprotocol fits [BP-TRN-04]',
    async (offered) => {
      const scene = await start()
      const answer = await ask(scene, 'GET /ws', { ...UPGRADE, 'Sec-WebSocket-Protocol': offered })
      expect([statusOf(answer), bodyOf(answer)]).toEqual([
        400,
        'no subprotocol in common; supported: wamp.2.json, wamp.2.msgpack, wamp.2.cbor\n',
      ])
      expect(scene.transports).toEqual([])
    },
  )

  const headersUpTo = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count - Object.keys(UPGRADE).length }, (_, i) => [`X-${i}`, '']))

  it.each<[string, string, Record<string, string | undefined>, number, string]>([
    ['another method', 'POST /ws', {}, 405, 'a client opens a WebSocket with GET\n'],
    ['another path', 'GET /other', {}, 404, 'no WebSocket at this path\n'],
    ['no Host', 'GET /ws', { Host: undefined }, 400, 'Host is missing\n'],
    ['another Host beside the first', 'GET /ws', { hOST: 'a' }, 400, 'there is more than one Host\n'],
    ['another upgrade', 'GET /ws', { Upgrade: 'h2c' }, 400, 'not an upgrade to websocket\n'],
    ['no key', 'GET /ws', { 'Sec-WebSocket-Key': undefined }, 400, BAD_KEY],
    ['a key that is too short', 'GET /ws', { 'Sec-WebSocket-Key': 'c2hvcnQ=' }, 400, BAD_KEY],
    ['a key that is not Base64', 'GET /ws', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25j!!==' }, 400, BAD_KEY],
    ['a body by length', 'GET /ws', { 'Content-Length': '5' }, 400, 'an upgrade request must not have a body\n'],
    ['a chunked body', 'GET /ws', { 'Transfer-Encoding': 'chunked' }, 400, 'an upgrade request must not have a body\n'],
    ['more than 100 headers', 'GET /ws', headersUpTo(101), 431, 'too many headers\n'],
    ['headers of more than 64 KiB', 'GET /ws', { 'X-Long': 'x'.repeat(66_000) }, 431, ''],
  ])('is refused with %s', async (...[, startLine, headers, status, text]) => {
    const scene = await start()
    const answer = await ask(scene, startLine, { ...UPGRADE, ...headers })
    expect([statusOf(answer), bodyOf(answer)]).toEqual([status, text])
    expect(scene.transports).toEqual([])
  })

  it('is accepted with 100 headers, and with a body of no octets', async () => {
    const scene = await start()
    expect(statusOf(await ask(scene, 'GET /ws', { ...UPGRADE, ...headersUpTo(100) }))).toBe(101)
    expect(statusOf(await ask(scene, 'GET /ws', { ...UPGRADE, 'Content-Length': '0' }))).toBe(101)
  })

  it('is accepted without a subprotocol where none is required', async () => {
    const scene = await start({ requireSubprotocol: false })
    const answer = await ask(scene, 'GET /ws', { ...UPGRADE, 'Sec-WebSocket-Protocol': 'chat' })
    expect([statusOf(answer), answer.includes('Sec-WebSocket-Protocol')]).toEqual([101, false])
  })

  it('is refused when the router stops', async () => {
    const scene = await start()
    scene.listener.drain()
    const answer = await ask(scene, 'GET /ws', UPGRADE)
    expect([statusOf(answer), bodyOf(answer)]).toEqual([503, 'the router is stopping\n'])
  })

  it('is refused over HTTP/1.0', async () => {
    const { port } = await start()
    const lines = Object.entries(UPGRADE).map(([name, value]) => `${name}: ${value}\r\n`)
    const answer = await exchange(port, `GET /ws HTTP/1.0\r\n${lines.join('')}\r\n`)
    expect([statusOf(answer), bodyOf(answer)]).toEqual([400, 'a WebSocket requires HTTP/1.1\n'])
  })

  it('is answered 426 with the version that is needed', async () => {
    const scene = await start()
    for (const version of [undefined, '8', '14', '13, 8']) {
      const answer = await ask(scene, 'GET /ws', { ...UPGRADE, 'Sec-WebSocket-Version': version })
      expect([statusOf(answer), bodyOf(answer)]).toEqual([426, 'WebSocket version 13 is required\n'])
      expect(answer).toContain('Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n')
    }
  })

  it('may be refused by the caller, who sees the request', async () => {
    const scene = await start({
      mayUpgrade: (request) => (request.headers.origin === 'http://evil.example' ? { status: 403, text: 'origin not allowed' } : undefined),
    })
    const answer = await ask(scene, 'GET /ws', { ...UPGRADE, Origin: 'http://evil.example' })
    expect([statusOf(answer), bodyOf(answer)]).toEqual([403, 'origin not allowed\n'])
    expect(statusOf(await ask(scene, 'GET /ws', { ...UPGRADE, Origin: 'http://good.example' }))).toBe(101)
  })

  it('is answered 500 when the caller throws, without a word of why', async () => {
    const scene = await start({
      mayUpgrade: () => {
        throw new Error('secret')
      },
    })
    const answer = await ask(scene, 'GET /ws', UPGRADE)
    expect([statusOf(answer), bodyOf(answer)]).toEqual([500, 'internal error\n'])
    expect(scene.errors).toEqual([new Error('secret')])
  })

  it('is refused with 503 beyond the number of connections', async () => {
    const refused: unknown[] = []
    const scene = await start({ maxConnections: 1, onRefused: (each) => refused.push(each) })
    const first = connect({ port: scene.port, host: '127.0.0.1' })
    first.write(
      `GET /ws HTTP/1.1\r\n${Object.entries(UPGRADE)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n`,
    )
    await once(first, 'data')
    const answer = await ask(scene, 'GET /ws', UPGRADE)
    expect([statusOf(answer), bodyOf(answer)]).toEqual([503, 'too many connections\n'])
    expect(refused).toMatchObject([{ address: '127.0.0.1', status: 503, text: 'too many connections' }])
    first.destroy()
  })

  it('tells the owner who is there', async () => {
    const scene = await start()
    await ask(scene, 'GET /ws', { ...UPGRADE, Origin: 'http://a.example', Cookie: 'a=b', 'User-Agent': 'test' })
    expect(scene.transports[0]?.info).toEqual({
      kind: 'websocket',
      peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      address: '127.0.0.1',
      isSecure: false,
      origin: 'http://a.example',
      cookie: 'a=b',
      userAgent: 'test',
    })
  })
})

// The HTTP port from outside: who is let in as a WebSocket, who is answered how, and the deadlines.

import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectSecurely } from 'node:tls'

import { UsageError } from '@trunkline/protocol'
import { selfSigned } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'

import type { Transport } from '../core/ports/index.ts'
import type { HttpListenerOptions } from './http-server.ts'
import { createHttpListener } from './http-server.ts'
import type { Listener } from './listener.ts'

interface Scene {
  readonly listener: Listener
  readonly port: number
  readonly transports: Transport[]
  readonly errors: unknown[]
}

const open = new Set<Listener>()
afterEach(async () => {
  const closed = [...open].map((listener) => listener.close())
  for (const listener of open) listener.closeAll()
  open.clear()
  await Promise.all(closed)
})

async function start(options: Partial<HttpListenerOptions> = {}): Promise<Scene> {
  const transports: Transport[] = []
  const errors: unknown[] = []
  const accept = (transport: Transport) => {
    transports.push(transport)
    return { onMessage() {}, onWrongKind() {}, onDrain() {}, onClose() {} }
  }
  const listener = await createHttpListener({ host: '127.0.0.1', port: 0, accept, onError: (error) => errors.push(error), ...options })
  open.add(listener)
  return { listener, port: Number(new URL(listener.address).port), transports, errors }
}

const UPGRADE: Readonly<Record<string, string>> = {
  Host: 'localhost',
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol': 'wamp.2.json',
}

/** Sends a request and gives back what came until the head of the answer (and, unless it is a 101, the end) was there. */
async function ask(scene: Scene, start_: string, headers: Readonly<Record<string, string | undefined>>, body = ''): Promise<string> {
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]))
  return exchange(scene.port, `${start_} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

async function exchange(port: number, request: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  let answer = ''
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1')
    if (answer.startsWith('HTTP/1.1 101') && answer.includes('\r\n\r\n')) socket.destroy()
  })
  if (request !== '') socket.write(request)
  await once(socket, 'close')
  return answer
}

const get = (scene: Scene, path: string, method = 'GET'): Promise<string> =>
  ask(scene, `${method} ${path}`, { Host: 'localhost', Connection: 'close' })
const statusOf = (answer: string): number => Number(answer.split(' ')[1])
const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)

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

  it.each<[string, string, Record<string, string | undefined>, number]>([
    ['another method', 'POST /ws', {}, 405],
    ['no Host', 'GET /ws', { Host: undefined }, 400],
    ['another upgrade', 'GET /ws', { Upgrade: 'h2c' }, 400],
    ['no key', 'GET /ws', { 'Sec-WebSocket-Key': undefined }, 400],
    ['a key that is too short', 'GET /ws', { 'Sec-WebSocket-Key': 'c2hvcnQ=' }, 400],
    ['a key that is not Base64', 'GET /ws', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25j!!==' }, 400],
    ['a body by length', 'GET /ws', { 'Content-Length': '5' }, 400],
    ['a chunked body', 'GET /ws', { 'Transfer-Encoding': 'chunked' }, 400],
    ['more than 100 headers', 'GET /ws', Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`X-${i}`, ''])), 431],
    ['headers of more than 64 KiB', 'GET /ws', { 'X-Long': 'x'.repeat(66_000) }, 431],
  ])('is refused with %s', async (_, startLine, headers, status) => {
    const scene = await start()
    expect(statusOf(await ask(scene, startLine, { ...UPGRADE, ...headers }))).toBe(status)
    expect(scene.transports).toEqual([])
  })

  it('is refused over HTTP/1.0', async () => {
    const { port } = await start()
    const lines = Object.entries(UPGRADE).map(([name, value]) => `${name}: ${value}\r\n`)
    expect(statusOf(await exchange(port, `GET /ws HTTP/1.0\r\n${lines.join('')}\r\n`))).toBe(400)
  })

  it('is answered 426 with the version that is needed', async () => {
    const scene = await start()
    for (const version of [undefined, '8', '14', '13, 8']) {
      const answer = await ask(scene, 'GET /ws', { ...UPGRADE, 'Sec-WebSocket-Version': version })
      expect(statusOf(answer)).toBe(426)
      expect(answer).toContain('Sec-WebSocket-Version: 13\r\n')
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
    const scene = await start({ maxConnections: 1 })
    const first = connect({ port: scene.port, host: '127.0.0.1' })
    first.write(
      `GET /ws HTTP/1.1\r\n${Object.entries(UPGRADE)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n`,
    )
    await once(first, 'data')
    expect(statusOf(await ask(scene, 'GET /ws', UPGRADE))).toBe(503)
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

describe('HTTP pages', () => {
  it('are a start page at / and a hint at the other WebSocket paths', async () => {
    const scene = await start({ startPage: '<h1>Hello</h1>' })
    const page = await get(scene, '/')
    expect([statusOf(page), bodyOf(page)]).toEqual([200, '<h1>Hello</h1>'])
    expect(page).toContain('Content-Type: text/html; charset=utf-8\r\n')
    expect(statusOf(await get(scene, '/ws'))).toBe(426)
    expect(bodyOf(await get(await start(), '/'))).toBe('A WAMP router: open a WebSocket at /ws\n')
  })

  it('say 404 and 405 in a short text', async () => {
    const scene = await start()
    const missing = await get(scene, '/no/such')
    expect([statusOf(missing), bodyOf(missing)]).toEqual([404, 'not found\n'])
    const posted = await get(scene, '/health', 'POST')
    expect([statusOf(posted), bodyOf(posted)]).toEqual([405, 'this address accepts only GET\n'])
    expect(posted).toContain('Allow: GET, HEAD\r\n')
  })

  it('tell the health as JSON', async () => {
    let isOk = true
    const scene = await start({ health: () => ({ isOk, details: { sessions: 3 } }) })
    for (const path of ['/health', '/health/ready'])
      expect(JSON.parse(bodyOf(await get(scene, path)))).toEqual({ status: 'ok', sessions: 3 })
    isOk = false
    const answer = await get(scene, '/health/ready')
    expect([statusOf(answer), JSON.parse(bodyOf(answer))]).toEqual([503, { status: 'unavailable', sessions: 3 }])
    expect(statusOf(await get(scene, '/health/live'))).toBe(200)
    expect(bodyOf(await get(scene, '/health/live', 'HEAD'))).toBe('')
  })

  it('are read in several turns of the event loop when many come at once', async () => {
    let turns = 0
    const seen: number[] = []
    const count = (): void => {
      turns++
      if (seen.length < 300) setImmediate(count)
    }
    const scene = await start({
      routes: (_request, response) => {
        if (seen.length === 0) setImmediate(count)
        seen.push(turns)
        // Longer than a slice in all, however fast the machine is.
        const end = performance.now() + 0.2
        while (performance.now() < end);
        response.end()
        return true
      },
    })
    const request = 'GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n'
    await exchange(scene.port, `${request.repeat(299)}${request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')}`)
    expect(seen).toHaveLength(300)
    expect(new Set(seen).size).toBeGreaterThan(2)
  })

  it("are the caller's first", async () => {
    const scene = await start({
      routes: (request, response) => {
        if (request.url !== '/metrics') return false
        response.end('up 1')
        return true
      },
    })
    expect(await get(scene, '/metrics')).toContain('up 1')
    expect(statusOf(await get(scene, '/other'))).toBe(404)
  })

  it('say 500 when a route throws, without a word of why', async () => {
    const scene = await start({
      routes: () => {
        throw new Error('secret')
      },
    })
    const answer = await get(scene, '/')
    expect([statusOf(answer), bodyOf(answer)]).toEqual([500, 'internal error\n'])
    expect(scene.errors).toEqual([new Error('secret')])
  })
})

describe('HTTP faults', () => {
  it('are told of once, however much follows', async () => {
    const refused: unknown[] = []
    const scene = await start({ maxHeaderBytes: 4_096, onRefused: (each) => refused.push(each) })
    const answer = await exchange(scene.port, `GET / HTTP/1.1\r\nX-Long: ${'x'.repeat(500_000)}`)
    expect([statusOf(answer), refused.length]).toEqual([431, 1])
  })

  it('are answered 400 and the connection is ended', async () => {
    const { port } = await start()
    expect(statusOf(await exchange(port, 'NONSENSE\r\n\r\n'))).toBe(400)
    expect(statusOf(await exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n'))).toBe(400)
    expect(statusOf(await exchange(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'))).toBe(
      400,
    )
    expect(statusOf(await exchange(port, '\x7f\xf1\x00\x00'))).toBe(400)
  })

  it('are answered in words of the router where node:http would answer itself, and keep what follows as a body', async () => {
    const { port } = await start()
    const unnamed = await exchange(port, 'POST /health HTTP/1.1\r\nContent-Length: 1\r\n\r\nx')
    expect([statusOf(unnamed), bodyOf(unnamed)]).toEqual([400, 'Host is missing\n'])
    const expecting = await exchange(port, 'POST /health HTTP/1.1\r\nHost: a\r\nExpect: more\r\nContent-Length: 1\r\n\r\nx')
    expect([statusOf(expecting), bodyOf(expecting)]).toEqual([417, 'the only Expect that this server knows is 100-continue\n'])
  })

  it('end a client that does not finish its request in time', async () => {
    const { port } = await start({ headersTimeoutMs: 50 })
    expect(statusOf(await exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\n'))).toBe(408)
  })

  it('end a client that says nothing at all in time', async () => {
    const { port } = await start({ headersTimeoutMs: 50 })
    expect(await exchange(port, '')).toMatch(/^(HTTP\/1\.1 408 |$)/)
  })
})

describe('HTTP listener', () => {
  it('says where it listens', async () => {
    const { listener, port } = await start()
    expect(listener.address).toBe(`ws://127.0.0.1:${port}/ws`)
    const { listener: other } = await start({ host: '::1', paths: ['/'] })
    expect(other.address).toMatch(/^ws:\/\/\[::1\]:\d+\/$/)
  })

  it('refuses an address that is in use or not of this machine', async () => {
    const { port } = await start()
    await expect(start({ port })).rejects.toThrow(new UsageError(`port ${port} on 127.0.0.1 is in use`, 'TL_LISTEN'))
    await expect(start({ host: '192.0.2.1' })).rejects.toThrow(
      new UsageError('cannot listen on port 0 on 192.0.2.1: not an address of this machine', 'TL_LISTEN'),
    )
  })

  it('closes when its connections are gone, and closeAll ends those that stay', async () => {
    const { listener, port } = await start()
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('error', () => {})
    socket.write(
      `GET /ws HTTP/1.1\r\n${Object.entries(UPGRADE)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n`,
    )
    await once(socket, 'data')
    let isClosed = false
    const closed = listener.close().then(() => (isClosed = true))
    const refused = connect({ port, host: '127.0.0.1' })
    await once(refused, 'error')
    expect(isClosed).toBe(false)
    listener.closeAll()
    await closed
    await listener.close()
  })

  it('serves wss and https [BP-SEC-01]', async () => {
    const tls = selfSigned()
    const { listener, port, transports } = await start({ tls, headersTimeoutMs: 300 })
    expect(listener.address).toBe(`wss://127.0.0.1:${port}/ws`)
    const socket = connectSecurely({ port, host: '127.0.0.1', ca: tls.cert, servername: 'localhost' })
    let received = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => (received = Buffer.concat([received, chunk])))
    socket.write(
      `GET /ws HTTP/1.1\r\n${Object.entries(UPGRADE)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n`,
    )
    await once(socket, 'data')
    const start_ = received.indexOf('\r\n\r\n') + 4
    expect(transports[0]?.info.isSecure).toBe(true)
    const message = new Uint8Array(300_000).fill(0x20)
    for (let i = 0; i < 5; i++) transports[0]?.send(message)
    transports[0]?.send(Buffer.from('[1]'))
    while (received.length < start_ + 5 * 300_010 + 5) await once(socket, 'data')
    expect(received.subarray(-5).toString('hex')).toBe('81035b315d')
    expect(transports[0]?.isWritable).toBe(true)
    // Neither a client without TLS nor one without a word stays.
    expect(await exchange(port, 'GET / HTTP/1.1\r\n\r\n')).toBe('')
    expect(await exchange(port, '')).toBe('')
    socket.destroy()
  })
})

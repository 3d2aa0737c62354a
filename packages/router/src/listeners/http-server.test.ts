// The HTTP port from outside: pages, faults, deadlines, and the port itself.

import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { UsageError } from '@trunkline/protocol'
import { selfSigned } from '@trunkline/testkit'
import { describe, expect, it, vi } from 'vitest'
import type { Scene } from '../testing/http-scene.ts'
import { ask, bodyOf, exchange, get, openHttp, statusOf, UPGRADE } from '../testing/http-scene.ts'
import type { HttpListenerOptions } from './http-server.ts'
import { createHttpListener } from './http-server.ts'

const start = (options: Partial<HttpListenerOptions> = {}): Promise<Scene> => openHttp(createHttpListener, options)

describe('HTTP pages', () => {
  it('are a start page at / and a hint at the other WebSocket paths', async () => {
    const scene = await start({ startPage: '<h1>Hello</h1>' })
    const page = await get(scene, '/')
    expect([statusOf(page), bodyOf(page)]).toEqual([200, '<h1>Hello</h1>'])
    expect(page).toContain('Content-Type: text/html; charset=utf-8\r\n')
    const hint = await get(scene, '/ws')
    expect([statusOf(hint), bodyOf(hint)]).toEqual([426, 'this is a WebSocket endpoint\n'])
    expect(hint).toMatch(/\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n/)
    expect(bodyOf(await get(await start(), '/'))).toBe('A WAMP router: open a WebSocket at /ws\n')
  })

  it('have the octets of the start page once for all who ask, however many do not read it', async () => {
    const startPage = `<h1>${'a'.repeat(5_000)}</h1>`
    const made = vi.spyOn(Buffer, 'from')
    const scene = await start({ startPage })
    for (let i = 0; i < 3; i++) expect(bodyOf(await get(scene, '/'))).toBe(startPage)
    const texts = made.mock.calls as unknown as readonly (readonly unknown[])[]
    expect(texts.filter(([text]) => text === startPage)).toHaveLength(1)
    made.mockRestore()
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
    expect(answer).toMatch(/\r\nCache-Control: no-store\r\n/)
    const plain = await start()
    for (const path of ['/health', '/health/live', '/health/ready'])
      expect(JSON.parse(bodyOf(await get(plain, path)))).toEqual({ status: 'ok' })
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

  it('are cut off when a route throws in the middle of its answer', async () => {
    const scene = await start({
      routes: (_request, response) => {
        response.write('begun')
        throw new Error('secret')
      },
    })
    const answer = await get(scene, '/')
    expect(answer).not.toContain('internal error')
    expect(answer).not.toContain('\r\n0\r\n\r\n')
    expect(scene.errors).toEqual([new Error('secret')])
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
    expect(answer).toMatch(/^HTTP\/1.1 431 Request Header Fields Too Large\r\n/)
    expect(refused).toMatchObject([{ address: '127.0.0.1', status: 431, text: 'the headers are longer than maxHeaderBytes' }])
  })

  it('by too many headers are told of', async () => {
    const refused: unknown[] = []
    const scene = await start({ onRefused: (each) => refused.push(each) })
    const headers = (count: number): Record<string, string> => ({
      Host: 'a',
      Connection: 'close',
      ...Object.fromEntries(Array.from({ length: count - 2 }, (_, i) => [`X-${i}`, ''])),
    })
    expect(statusOf(await ask(scene, 'GET /health', headers(100)))).toBe(200)
    const answer = await ask(scene, 'GET /health', headers(101))
    expect([statusOf(answer), bodyOf(answer)]).toEqual([431, 'too many headers\n'])
    expect(refused).toMatchObject([{ address: '127.0.0.1', status: 431, text: 'too many headers' }])
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

  it('with more than one Host are refused: a proxy may go by another of them than the router', async () => {
    const { port } = await start()
    for (const path of ['/health', '/none']) {
      const answer = await exchange(port, `GET ${path} HTTP/1.1\r\nHost: a\r\nX: y\r\nhOST: a\r\n\r\n`)
      expect([statusOf(answer), bodyOf(answer)]).toEqual([400, 'there is more than one Host\n'])
    }
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

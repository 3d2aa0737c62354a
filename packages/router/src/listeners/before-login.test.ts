// Shows what a client may send before it has logged in, and how it is refused when there is no room, over every transport.

import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { createJsonSerializer, messageFromArray, rawSocketRequest } from '@trunkline/protocol'
import type { Listener, Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { OPEN_REALM } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { REQUEST } from '../testing/websocket-scene.ts'

const json = createJsonSerializer()
const HELLO = json.encode(messageFromArray([1, 'realm1', { roles: { caller: {}, publisher: {} } }])).slice()
const TOLD = 'a message before the end of the login is longer than 65536 octets'

let router: Router
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await router.close()
})

function start(limits = {}): void {
  router = createRouter({ realms: { realm1: OPEN_REALM }, limits })
}

function portOf({ address }: Listener): number {
  return Number(new URL(address.replace(/^\w+:/, 'http:')).port)
}

/** What a connection of bare octets gets, until a text is in it. */
async function exchange(port: number, until: string, ...octets: Uint8Array[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  sockets.push(socket)
  socket.on('error', () => {})
  socket.write(Buffer.concat(octets))
  let all = ''
  while (!all.includes(until) && !socket.readableEnded) {
    const [chunk] = (await Promise.race([once(socket, 'data'), once(socket, 'end')])) as [Buffer?]
    if (chunk === undefined) break
    all += chunk.toString('latin1')
  }
  return all
}

const upgrade = (subprotocol: string): Buffer => Buffer.from(`${REQUEST}Sec-WebSocket-Protocol: ${subprotocol}\r\n\r\n`)

/** The head of a masked text frame, the key 00 00 00 00. */
function frameHead(length: number): Buffer {
  const head = Buffer.alloc(14)
  head.set([0x81, 0xff])
  head.writeUInt32BE(length, 6)
  return head
}

function rawSocketHead(length: number): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(length)
  return head
}

describe('before a session is open', () => {
  it.each([
    ['WebSocket', false, upgrade('wamp.2.json'), frameHead(65_537)],
    ['WebSocket with batches', false, upgrade('wamp.2.json.batched'), frameHead(65_537)],
    ['RawSocket', true, rawSocketRequest('json', 24), rawSocketHead(65_537)],
  ])('a message of more than 64 KiB is refused as soon as its length is known (%s)', async (_, isRaw, opening, head) => {
    start()
    const listener = await (isRaw
      ? router.listenRawSocket({ listen: { host: '127.0.0.1', port: 0 } })
      : router.listenHttp({ host: '127.0.0.1', port: 0 }))
    expect(await exchange(portOf(listener), TOLD, opening, head)).toContain(TOLD)
  })

  it('what is kept of long headers counts among the octets of all', async () => {
    start({ beforeLoginTotalBytes: 65_536 })
    const port = portOf(await router.listenHttp({ host: '127.0.0.1', port: 0 }))
    const request = `${REQUEST}Cookie: ${'x'.repeat(20_000)}\r\nSec-WebSocket-Protocol: wamp.2.json\r\n\r\n`
    expect(await exchange(port, '101 Switching', Buffer.from(request))).not.toContain('limit_exceeded')
    // The address has half of the octets: another head ends its connection while it waits for its turn.
    expect(await exchange(port, '101 Switching', Buffer.from(request))).toBe('')
  })

  it('a message in fragments is refused when they are too many', async () => {
    start()
    const port = portOf(await router.listenHttp({ host: '127.0.0.1', port: 0 }))
    const fragment = Buffer.concat([frameHead(40_000), Buffer.alloc(40_000, 0x20)])
    fragment[0] = 0x01
    const more = Buffer.from(fragment)
    more[0] = 0x00
    expect(await exchange(port, TOLD, upgrade('wamp.2.json'), fragment, more)).toContain(TOLD)
  })

  it('a long message that follows the HELLO is taken once the session is open', async () => {
    start()
    const listener = await router.listenRawSocket({ listen: { host: '127.0.0.1', port: 0 } })
    const long = json.encode(messageFromArray([16, 1, { acknowledge: true }, 'com.a', ['x'.repeat(100_000)]])).slice()
    const hello = [rawSocketRequest('json', 24), rawSocketHead(HELLO.length), HELLO]
    expect(await exchange(portOf(listener), '[17,1,', ...hello, rawSocketHead(long.length), long)).toContain('[17,1,')
  })

  it('a body of more than 64 KiB is refused over long-poll, and a long one is taken once the session is open', async () => {
    start()
    const port = portOf(await router.listenHttp({ host: '127.0.0.1', port: 0, longPoll: { path: '/lp' }, closeTimeoutMs: 100 }))
    const post = (path: string, body: string | Uint8Array<ArrayBuffer>): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}/lp/${path}`, { method: 'POST', body })
    const { transport } = (await (await post('open', '{"protocols":["wamp.2.json"]}')).json()) as { transport: string }
    expect((await post(`${transport}/send`, ' '.repeat(65_537))).status).toBe(413)
    expect((await post(`${transport}/send`, new Uint8Array(HELLO))).status).toBe(202)
    expect(await (await post(`${transport}/receive`, '')).text()).toContain('[2,')
    expect((await post(`${transport}/send`, `[16,1,{"acknowledge":true},"com.a",["${'x'.repeat(100_000)}"]]`)).status).toBe(202)
    expect(await (await post(`${transport}/receive`, '')).text()).toContain('[17,1,')
    // It does not answer a GOODBYE.
    router.setLimits({ goodbyeMs: 100 })
  })

  it('a batch of a million empty messages ends the connection at the first', async () => {
    start()
    const port = portOf(await router.listenHttp({ host: '127.0.0.1', port: 0 }))
    const batch = Buffer.alloc(60_000, 0x1e)
    const answer = await exchange(port, 'protocol_violation', upgrade('wamp.2.json.batched'), frameHead(batch.length), batch)
    expect(answer.split('protocol_violation').length).toBe(2)
  })

  it('a connection too many is refused with 503, and may come again', async () => {
    start({ connectionsBeforeLogin: 1 })
    const listener = await router.listenHttp({ host: '127.0.0.1', port: 0, longPoll: { path: '/lp' } })
    const port = portOf(listener)
    await exchange(port, '\r\n\r\n', upgrade('wamp.2.json'))
    const refused = await exchange(port, 'yet\n', upgrade('wamp.2.json'))
    expect(refused).toMatch(/^HTTP\/1.1 503 [^]*Retry-After: 1\r\n[^]*too many connections that have not logged in yet\n/)
    const open = Buffer.from('POST /lp/open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    expect(await exchange(port, 'yet\n', open)).toMatch(/^HTTP\/1.1 503 [^]*Retry-After: 1\r\n/)
    expect(router.counters.connectionsRefused).toBe(2)
    const [first] = sockets
    if (first === undefined) throw new Error('nobody came')
    first.write(Buffer.concat([frameHead(HELLO.length), HELLO]))
    await once(first, 'data')
    expect(await exchange(port, '\r\n\r\n', upgrade('wamp.2.json'))).toContain('101 Switching')
  })

  it('a connection too many is refused over RawSocket', async () => {
    start({ connectionsBeforeLogin: 1 })
    const port = portOf(await router.listenRawSocket({ listen: { host: '127.0.0.1', port: 0 } }))
    await exchange(port, '\x7f', rawSocketRequest('json', 24))
    expect(await exchange(port, '\x7f\x40', rawSocketRequest('json', 24))).toBe('\x7f\x40\0\0')
    expect(router.counters.connectionsRefused).toBe(1)
  })
})

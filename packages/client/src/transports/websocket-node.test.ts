// Shows the WebSocket of Node octet by octet: what it asks for, which answers it takes, which frames it refuses, and how it ends.

import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Answer, RawClient, Told } from '../testing/raw-websocket.ts'
import { openTold, RawWebSocketServer } from '../testing/raw-websocket.ts'

let server: RawWebSocketServer
let url: string

async function start(answer?: Answer, behind?: Uint8Array): Promise<void> {
  server = new RawWebSocketServer(answer, behind)
  url = await server.listen()
}

async function connected(): Promise<Told & RawClient> {
  const told = openTold(url)
  const client = await server.client()
  await told.opened
  return { ...told, ...client }
}

const octets = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const text = (payload: string): Buffer => Buffer.concat([Buffer.of(0x81, Buffer.byteLength(payload)), Buffer.from(payload)])

describe('the request', () => {
  beforeEach(() => start())
  afterEach(() => server.close())

  it('asks for the subprotocol, without extensions, with a new key each time', async () => {
    const keys = new Set<string>()
    for (let i = 0; i < 2; i++) {
      const own = new RawWebSocketServer()
      const { opened, socket } = openTold((await own.listen()).replace('/ws', '/bus?a=b'))
      const { request } = await own.client()
      await opened
      socket.destroy()
      expect(request).toMatch(/^GET \/bus\?a=b HTTP\/1\.1\r\n/)
      for (const line of ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: wamp.2.json'])
        expect(request).toContain(`${line}\r\n`)
      expect(request).not.toMatch(/extensions|authorization/i)
      const key = /Sec-WebSocket-Key: (.*)\r\n/.exec(request)?.[1] ?? ''
      expect(Buffer.from(key, 'base64')).toHaveLength(16)
      keys.add(key)
      await own.close()
    }
    expect(keys.size).toBe(2)
  })

  it('logs in with the name and password of the URL, and carries headers, which cannot replace its own', async () => {
    const headers = { 'x-gateway': 'a', upgrade: 'h2c', 'sec-websocket-protocol': 'other' }
    const { opened, socket } = openTold(url.replace('//', '//joe:a%3Ab%zz@'), { headers })
    const { request } = await server.client()
    await opened
    socket.destroy()
    expect(request).toContain(`Authorization: Basic ${Buffer.from('joe:a:b%zz').toString('base64')}\r\n`)
    expect(request).toContain('x-gateway: a\r\n')
    expect(request).not.toMatch(/h2c|other/)
  })
})

describe('an answer', () => {
  afterEach(() => server.close())

  it.each<[string, Answer, string]>([
    ['with another Upgrade', { Upgrade: 'h2c' }, 'Invalid Upgrade header'],
    ['to another key', { 'Sec-WebSocket-Accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' }, 'Invalid Sec-WebSocket-Accept header'],
    ['without a proof that it read the key', { 'Sec-WebSocket-Accept': undefined }, 'Invalid Sec-WebSocket-Accept header'],
    ['with an extension', { 'Sec-WebSocket-Extensions': 'permessage-deflate' }, 'Server chose an extension, but none was offered'],
    ['with another subprotocol', { 'Sec-WebSocket-Protocol': 'wamp.2.cbor' }, 'Server sent an invalid subprotocol'],
    ['without a subprotocol', { 'Sec-WebSocket-Protocol': undefined }, 'Server sent no subprotocol'],
  ])('%s opens nothing', async (_, answer, error) => {
    await start(answer)
    const { lines, closed, socket } = openTold(url)
    await closed
    expect([lines, socket.isOpen]).toEqual([[`error ${error}`, 'close 1006  not clean'], false])
    const { peer } = await server.client()
    if (!peer.closed) await once(peer, 'close')
  })

  it('without the word that the connection is upgraded opens nothing', async () => {
    await start({ Connection: 'keep-alive' })
    const { lines, closed } = openTold(url)
    await closed
    expect(lines.map((line) => line.slice(0, 5))).toEqual(['error', 'close'])
  })

  it('with a subprotocol that was not asked for opens nothing', async () => {
    await start()
    const { lines, closed } = openTold(url, {}, '')
    await closed
    expect(lines[0]).toMatch(/subprotocol/)
  })

  it('may come with frames, and its headers in any case', async () => {
    await start({ Upgrade: 'WebSocket', Connection: 'keep-alive, upgrade' }, Buffer.concat([text('one'), text('ü')]))
    const { lines, socket, closed } = openTold(url)
    const { peer } = await server.client()
    peer.write(text('two'))
    peer.end(octets('88 02 0f a0'))
    await closed
    expect(lines).toEqual(['open wamp.2.json', 'one', 'ü', 'two', 'close 4000  clean'])
    expect(socket.isOpen).toBe(false)
  })
})

describe('what comes', () => {
  beforeEach(() => start())
  afterEach(() => server.close())

  it.each([
    ['a masked frame', '81 81 00 00 00 00 61', '1002', 'frame of a router is masked'],
    ['a reserved bit', 'c1 00', '1002', 'a frame has reserved bits set'],
    ['a long PING', '89 7e 00 7e', '1002', 'a control frame is longer than 125 octets'],
    ['a text that is not UTF-8', '81 02 c3 28', '1007', 'a text is not UTF-8'],
    ['a long text that is not UTF-8', `81 7e 00 c8 ${'61'.repeat(199)} c3`, '1007', 'a text is not UTF-8'],
    ['a message of more than 100 MiB', '82 7f 00 00 00 00 06 40 00 01', '1009', 'at least 104857601 octets'],
  ])('%s ends the connection with a code', async (_, frame, code, fault) => {
    const { peer, frames, lines, closed } = await connected()
    peer.write(Buffer.concat([text('before'), octets(frame), text('behind')]))
    await closed
    if (!peer.closed) await once(peer, 'close')
    expect(lines).toEqual([
      'open wamp.2.json',
      'before',
      expect.stringMatching(new RegExp(`^error Invalid WebSocket frame: .*${fault}`)) as string,
      'close 1006  not clean',
    ])
    expect(frames).toEqual([`close ${code} `])
  })

  it('is text of any length, cut anywhere, and octets that stay as they are', async () => {
    const { peer, lines, closed } = await connected()
    const long = 'ä'.repeat(40_000)
    const plain = 'a'.repeat(70_000)
    const whole = Buffer.concat([
      octets('82 03 01 02 03'),
      ...[long, plain].map((each) => Buffer.concat([octets('81 7f 00 00 00 00'), lengthOf(each), Buffer.from(each)])),
      text('\ufeffend'),
    ])
    for (let at = 0; at < whole.length; at += 9_973) peer.write(whole.subarray(at, at + 9_973))
    peer.end()
    await closed
    expect(lines.slice(1)).toEqual(['octets 1,2,3', long, plain, '\ufeffend', 'close 1006  not clean'])
  })

  it('gets a PONG for each PING with the same octets, also between fragments', async () => {
    const { peer, frames, lines, closed } = await connected()
    peer.write(octets('01 01 61 89 02 68 69 00 00 89 00 80 01 62'))
    peer.write(octets('88 00'))
    await closed
    expect(frames).toEqual(['pong hi', 'pong ', 'close undefined '])
    expect(lines.slice(1)).toEqual(['ab', 'close 1005  clean'])
  })

  it('gets a PONG for the last of many PINGs that come at once, and for each of a few', async () => {
    const { peer, frames } = await connected()
    peer.write(Buffer.concat(Array.from({ length: 500 }, (_, i) => Buffer.of(0x89, 2, 48 + Math.floor(i / 50), 48 + (i % 50)))))
    while (frames.length < 17) await once(peer, 'data')
    expect(frames.slice(0, 2)).toEqual(['pong 00', 'pong 01'])
    expect([frames.length, frames.at(-1)]).toEqual([17, `pong 9${String.fromCharCode(48 + 49)}`])
  })

  it.each([
    ['PINGs', '89 00'],
    ['PONGs', '8a 00'],
    ['fragments', '00 00'],
  ])('is refused when it is thousands of %s at once', async (_, frame) => {
    const { peer, lines, closed } = await connected()
    peer.write(Buffer.concat([octets('01 01 61'), ...Array.from({ length: 2_000 }, () => octets(frame))]))
    await closed
    expect(lines.slice(1)).toEqual([
      'error Invalid WebSocket frame: more than 1000 PINGs, PONGs and fragments at once',
      'close 1006  not clean',
    ])
  })

  it('ends the session with an error that the system reports', async () => {
    const { peer, lines, closed } = await connected()
    peer.resetAndDestroy()
    await closed
    expect(lines.slice(1)).toEqual(['error read ECONNRESET', 'close 1006  not clean'])
  })
})

describe('what is sent', () => {
  beforeEach(() => start())
  afterEach(() => server.close())

  it('is text and octets, in order, then a CLOSE; nothing after it', async () => {
    const { socket, peer, frames, lines, closed } = await connected()
    const long = 'ä€'.repeat(30_000)
    socket.send('a')
    socket.send(long)
    socket.send(Buffer.from('octets'))
    socket.close()
    socket.close()
    socket.send('late')
    expect(socket.isOpen).toBe(false)
    peer.on('end', () => undefined)
    while (frames.length < 4) await once(peer, 'data')
    peer.write(Buffer.concat([text('ignored by its owner'), octets('88 02 03 e8')]))
    await closed
    expect(frames).toEqual(['text a', `text ${long}`, 'binary octets', 'close 1000 '])
    expect(lines.slice(1)).toEqual(['ignored by its owner', 'close 1000  clean'])
  })

  it('is cut by an end at once, before and after the opening', async () => {
    const { socket, lines, closed } = await connected()
    socket.send('lost')
    socket.destroy()
    await closed
    expect(lines.slice(1)).toEqual(['close 1006  not clean'])
    const early = openTold(url)
    early.socket.destroy()
    await early.closed
    expect(early.lines.at(-1)).toBe('close 1006  not clean')
  })

  it('is answered by a CLOSE with the code and reason of a router that closes', async () => {
    const { peer, frames, lines, closed } = await connected()
    peer.write(octets('88 05 0f a1 62 79 65'))
    await closed
    expect([lines.slice(1), frames]).toEqual([['close 4001 bye clean'], ['close 4001 ']])
  })

  it('is given up when the router does not close in time', async () => {
    const { socket, peer, lines, closed } = await connected()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      socket.close()
      await once(peer, 'data')
      vi.advanceTimersByTime(29_999)
      expect(lines).toHaveLength(1)
      vi.advanceTimersByTime(1)
      await closed
    } finally {
      vi.useRealTimers()
    }
    expect(lines.slice(1)).toEqual(['close 1006  not clean'])
  })

  it('is the PONG for the last PING only, where the router does not read', async () => {
    const { socket, peer, frames, lines, closed } = await connected()
    peer.pause()
    const much = 'x'.repeat(8_000_000)
    socket.send(much)
    const pings = ['one', 'two', 'three'].map((each) => Buffer.concat([Buffer.of(0x89, each.length), Buffer.from(each)]))
    peer.write(Buffer.concat([...pings, text('read')]))
    await new Promise<void>((resolve) => {
      const look = (): void => void (lines.includes('read') ? resolve() : setImmediate(look))
      look()
    })
    peer.resume()
    while (!frames.includes('pong three')) await once(peer, 'data')
    expect(frames.map((line) => line.slice(0, 10))).toEqual(['text xxxxx', 'pong three'])
    peer.end(octets('88 00'))
    await closed
  })
})

/** The last four octets of a length of 64 bits. */
function lengthOf(payload: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(Buffer.byteLength(payload))
  return length
}

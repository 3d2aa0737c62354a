// Shows that what connections hold of messages that never come whole is bounded over all of them, on every transport.

import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Transport, TransportOwner } from '../core/ports/index.ts'
import { RawSocketClient, WebSocketClient, webSocketFrame } from '../testing/bare-clients.ts'
import { HeldInput, HeldInputs } from './held-input.ts'
import { createHttpListener } from './http-server.ts'
import { EVENT_LOOP, ReadTurns } from './read-turns.ts'

const MOST = 108_000
const LENGTH = 60_000

/** An owner in whose name what is held counts. */
class Owner implements TransportOwner {
  readonly holder: string
  readonly messages: number[] = []
  isToldOfTooMuch = false
  isClosed = false

  constructor(holder: string) {
    this.holder = holder
  }

  onMessage({ length }: Uint8Array): void {
    this.messages.push(length)
  }
  onTooMuchHeld(): void {
    this.isToldOfTooMuch = true
  }
  onWrongKind(): void {}
  onDrain(): void {}
  onClose(): void {
    this.isClosed = true
  }
}

/** A client that sends a message of 60,000 octets in parts. */
type Send = (from: number, to: number) => void

const message = Buffer.from(`[${' '.repeat(LENGTH - 2)}]`)

async function overWebSocket(port: number): Promise<Send> {
  const { socket } = await WebSocketClient.open(port)
  const frame = webSocketFrame(0x81, message)
  const head = frame.length - LENGTH
  return (from, to) => void socket.write(frame.subarray(from === 0 ? 0 : head + from, head + to))
}

async function inFragments(port: number): Promise<Send> {
  const { socket } = await WebSocketClient.open(port)
  const first = (from: number, to: number): number => (from === 0 ? 0x01 : 0x00) | (to === LENGTH ? 0x80 : 0)
  return (from, to) => void socket.write(webSocketFrame(first(from, to), message.subarray(from, to)))
}

async function overRawSocket(port: number): Promise<Send> {
  const { socket } = await RawSocketClient.open(port)
  return (from, to) => {
    if (from === 0) socket.write(Uint8Array.of(0, LENGTH >> 16, (LENGTH >> 8) & 255, LENGTH & 255))
    socket.write(message.subarray(from, to))
  }
}

async function overLongPoll(port: number): Promise<Send> {
  const base = `http://127.0.0.1:${port}/lp`
  const response = await fetch(`${base}/open`, { method: 'POST', body: '{"protocols":["wamp.2.json"]}' })
  const { transport } = (await response.json()) as { transport: string }
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  await once(socket, 'connect')
  onTestFinished(() => void socket.destroy())
  return (from, to) => {
    if (from === 0) socket.write(`POST /lp/${transport}/send HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${LENGTH}\r\n\r\n`)
    socket.write(message.subarray(from, to))
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate)
}

describe('octets of messages that have not come whole', () => {
  it.each([
    ['a WebSocket', overWebSocket],
    ['fragments of a WebSocket', inFragments],
    ['RawSocket', overRawSocket],
    ['long-poll', overLongPoll],
  ])('are bounded over all connections; of whom has most the largest ends: %s', async (_, open) => {
    const held = new HeldInputs(MOST)
    const owners = ['one', 'many', 'many'].map((holder) => new Owner(holder))
    const waiting = [...owners]
    const listener = await createHttpListener({
      host: '127.0.0.1',
      port: 0,
      rawSocket: true,
      longPoll: { path: '/lp' },
      turns: new ReadTurns(EVENT_LOOP, held),
      onError: (error) => expect.unreachable(String(error)),
      accept: (_transport: Transport) => waiting.shift() ?? expect.unreachable(),
    })
    onTestFinished(() => listener.closeAll())
    const port = Number(new URL(listener.address).port)
    const [innocent, first, second] = [await open(port), await open(port), await open(port)]
    innocent(0, 50_000)
    await until(() => held.octets >= 50_000)
    first(0, 25_000)
    await until(() => held.octets >= 75_000)
    second(0, 40_000)
    await until(() => owners[2]?.isToldOfTooMuch === true)
    await until(() => held.octets < 90_000)
    innocent(50_000, LENGTH)
    await until(() => owners[0]?.messages.length === 1)
    expect(owners.map(({ isToldOfTooMuch }) => isToldOfTooMuch)).toEqual([false, false, true])
    expect(owners[0]?.messages).toEqual([LENGTH])
    await until(() => held.octets < 30_000)
  })

  it('do not count while they are few', () => {
    const held = new HeldInputs(MOST)
    for (let i = 0; i < 100; i++) new HeldInput(held, { holder: 'any', giveUp: () => expect.unreachable() }).set(16_384)
    expect(held.octets).toBe(0)
  })
})

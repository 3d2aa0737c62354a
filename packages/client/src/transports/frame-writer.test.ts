// Shows when frames are written and what of them is kept, over a stream that takes octets when the test says so.

import { Writable } from 'node:stream'
import type { WebSocketSink } from '@trunkline/protocol'
import { WEBSOCKET_BINARY, WebSocketReader } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { FrameWriter } from './frame-writer.ts'

/** Takes each write at once, as a kernel with room does, or when the test says so. */
class Taker extends Writable {
  readonly writes: Buffer[] = []
  isSlow = false
  take: () => void = () => undefined

  override _write(octets: Buffer, _encoding: string, done: () => void): void {
    const take = (): void => {
      // What was taken may be changed afterwards, and only that.
      this.writes.push(Buffer.from(octets))
      done()
    }
    if (this.isSlow) this.take = take
    else take()
  }
}

const turn = (): Promise<void> => new Promise(setImmediate)

function made(): { socket: Taker; writer: FrameWriter; messages: () => string[] } {
  const socket = new Taker()
  return { socket, writer: new FrameWriter(socket), messages: () => messagesIn(Buffer.concat(socket.writes)) }
}

/** Long texts as their length and end: a comparison of whole ones would print them. */
function shown(text: string): string {
  return text.length < 100 ? text : `${text.length} ${text.slice(-9)}`
}

function messagesIn(stream: Uint8Array): string[] {
  const found: string[] = []
  const other = (): void => void found.push('something else')
  const sink: WebSocketSink = {
    onMessage: (message, isText) => found.push(isText ? Buffer.from(message).toString() : `octets ${message.join()}`),
    onPing: other,
    onPong: other,
    onFragment: other,
    onClose: other,
    onFault: other,
  }
  new WebSocketReader(sink, 2 ** 24, 'client').receive(new Uint8Array(stream))
  return found
}

describe('FrameWriter', () => {
  it('writes the frames of one turn together, at its end, also those of promises', async () => {
    const { socket, writer, messages } = made()
    writer.addText('a')
    writer.add(WEBSOCKET_BINARY, Uint8Array.of(1, 2))
    await Promise.resolve()
    await Promise.resolve()
    writer.addText('b')
    expect(socket.writes).toEqual([])
    await turn()
    expect(socket.writes).toHaveLength(1)
    expect(messages()).toEqual(['a', 'octets 1,2', 'b'])
    writer.addText('c')
    await turn()
    expect(socket.writes).toHaveLength(2)
  })

  it.each([
    ['empty', ''],
    ['short', 'abc'],
    ['as long as is written one by one', 'a'.repeat(72)],
    ['longer', 'a'.repeat(73)],
    ['of a length of 16 bits', 'a'.repeat(126)],
    ['long', 'a'.repeat(20_000)],
    ['short, beyond ASCII', 'aü€😀'],
    ['longer, beyond ASCII', '€'.repeat(5_000)],
    ['long, beyond ASCII', '😀'.repeat(40_000)],
  ])('writes a text that is %s', async (_, text) => {
    const { writer, messages } = made()
    writer.addText('before')
    writer.addText(text)
    writer.addText('behind')
    await turn()
    expect(messages().map(shown)).toEqual(['before', text, 'behind'].map(shown))
  })

  it('writes a lone surrogate as the character for what cannot be shown', async () => {
    const { writer, messages } = made()
    writer.addText('a\ud800')
    await turn()
    expect(messages()).toEqual(['a\ufffd'])
  })

  it('masks each frame by another key', async () => {
    const { socket, writer } = made()
    for (let i = 0; i < 3_000; i++) writer.add(WEBSOCKET_BINARY, new Uint8Array(0))
    await turn()
    const stream = Buffer.concat(socket.writes)
    const keys = new Set(Array.from({ length: 3_000 }, (_, i) => stream.readUInt32LE(6 * i + 2)))
    // Of 3,000 values of 32 bits two are the same once in a thousand times; ten never.
    expect(keys.size).toBeGreaterThan(2_990)
  })

  it('collects no more than 64 KiB, and does not copy what is long', async () => {
    const { socket, writer, messages } = made()
    for (let i = 0; i < 20; i++) writer.addText('x'.repeat(10_000))
    writer.addText('y'.repeat(100_000))
    writer.addText('z')
    await turn()
    expect(messages().map((message) => `${message[0]} ${message.length}`)).toEqual([
      ...Array.from({ length: 20 }, () => 'x 10000'),
      'y 100000',
      'z 1',
    ])
    expect(Math.max(...socket.writes.map(({ length }) => length).filter((length) => length < 100_000))).toBeLessThanOrEqual(65_536)
  })

  it('changes no octets that the socket has not handed on yet', async () => {
    const { socket, writer, messages } = made()
    socket.isSlow = true
    for (const each of ['a', 'b', 'c', 'd']) {
      writer.addText(each.repeat(50))
      await turn()
    }
    for (let i = 0; i < 4; i++) {
      socket.take()
      await turn()
    }
    expect(messages()).toEqual(['a', 'b', 'c', 'd'].map((each) => each.repeat(50)))
  })

  it('is full while the socket holds more than it likes to', async () => {
    const { socket, writer } = made()
    socket.isSlow = true
    writer.addText('a'.repeat(100_000))
    expect(writer.isFull).toBe(true)
    socket.take()
    await turn()
    expect(writer.isFull).toBe(false)
  })

  it('drops what comes after the socket has ended', async () => {
    const { socket, writer, messages } = made()
    writer.addText('a')
    writer.flush()
    socket.end()
    writer.addText('b')
    writer.addText('c'.repeat(20_000))
    await turn()
    expect(messages()).toEqual(['a'])
  })
})

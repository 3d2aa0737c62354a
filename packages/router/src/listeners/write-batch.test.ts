// The gathered write: pieces, order, buffers given back, and what a socket keeps.

import { Duplex } from 'node:stream'

import { describe, expect, it } from 'vitest'

import { WriteBatch, WriteScheduler } from './write-batch.ts'
import { WriteTurns } from './write-turns.ts'

/** A socket that takes what it is given at once, or keeps it until the test says so. */
class FakeSocket extends Duplex {
  readonly written: Buffer[] = []
  isStuck = false
  #release: (() => void) | undefined

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(Buffer.from(chunk))
    if (this.isStuck) this.#release = done
    else done()
  }

  release(): void {
    this.isStuck = false
    this.#release?.()
  }

  get text(): string {
    return Buffer.concat(this.written).toString()
  }
}

function makeBatch(
  slack = 0,
  scheduler = new WriteScheduler(),
  holder = 'one',
): { socket: FakeSocket; scheduler: WriteScheduler; batch: WriteBatch; drained: () => Promise<void> } {
  const socket = new FakeSocket()
  let tell: () => void = () => {}
  const happened = new Promise<void>((resolve) => (tell = resolve))
  const batch = new WriteBatch(socket, scheduler, slack, { holder, onBatchFull: () => void 0, onBatchDrained: () => tell() })
  return { socket, scheduler, batch, drained: () => happened }
}

function add(batch: WriteBatch, text: string): void {
  const at = batch.reserve(text.length)
  batch.buffer.write(text, at)
}

describe('very many batches of a turn', () => {
  it('are written in several turns, those that come later beside the rest, and each in its order', async () => {
    const scheduler = new WriteScheduler()
    const many = Array.from({ length: 700 }, () => makeBatch(0, scheduler))
    const written = (): number => many.filter(({ socket }) => socket.written.length > 0).length
    for (const { batch } of many) add(batch, 'one')
    const counts: number[] = []
    for (let turn = 0; turn < 3; turn++) {
      const newcomer = makeBatch(0, scheduler)
      if (turn > 0) add(newcomer.batch, 'short')
      for (const { batch } of many.slice(-100)) add(batch, ` ${turn}`)
      await new Promise(setImmediate)
      counts.push(written())
      expect(newcomer.socket.text).toBe(turn > 0 ? 'short' : '')
    }
    expect(counts).toEqual([256, 512, 700])
    expect(new Set(many.map(({ socket }) => socket.text))).toEqual(new Set(['one', 'one 0 1 2']))
  })

  it('are written owner after owner, so that an event for thousands of sessions of one is not before what others get', async () => {
    const scheduler = new WriteScheduler()
    const many = Array.from({ length: 2_000 }, () => makeBatch(0, scheduler))
    const others = ['other', 'third', 'third'].map((holder) => makeBatch(0, scheduler, holder))
    const unwritten = (): number => many.filter(({ socket }) => socket.written.length === 0).length
    for (const { batch } of [...many, ...others]) add(batch, 'one')
    await new Promise(setImmediate)
    expect(others.map(({ socket }) => socket.text)).toEqual(['one', 'one', 'one'])
    expect(unwritten()).toBe(2_000 - (256 - 3))
    const late = makeBatch(0, scheduler, 'late')
    for (const { batch } of [...many, late]) add(batch, ' two')
    await new Promise(setImmediate)
    expect([late.socket.text, unwritten()]).toEqual([' two', 2_000 - (256 - 3) - 256])
    await expect.poll(() => many.every(({ socket }) => socket.text === 'one two')).toBe(true)
  })

  it('are written when their connection ends, without a turn', async () => {
    const scheduler = new WriteScheduler()
    const many = Array.from({ length: 700 }, () => makeBatch(0, scheduler))
    for (const { batch } of many) add(batch, 'one')
    await new Promise(setImmediate)
    const last = many.at(-1)
    let end = ''
    last?.batch.finish(() => (end = last.socket.text))
    expect(end).toBe('one')
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
    expect(last?.socket.text).toBe('one')
  })
})

describe('WriteBatch', () => {
  it('writes once at the end of the turn what was added in it', async () => {
    const { socket, batch } = makeBatch()
    add(batch, 'one ')
    add(batch, 'two')
    expect(socket.written).toEqual([])
    await new Promise(setImmediate)
    expect(socket.written.map(String)).toEqual(['one two'])
    add(batch, ' three')
    await new Promise(setImmediate)
    expect(socket.text).toBe('one two three')
  })

  it('keeps no buffer while it is silent, and uses the same one again', async () => {
    const { scheduler, batch } = makeBatch()
    add(batch, 'x')
    const { buffer } = batch
    await new Promise(setImmediate)
    expect(batch.buffer.length).toBe(0)
    expect(scheduler.take(1)).toBe(buffer)
  })

  it('grows with what is added, and writes before the turn ends when that is much', async () => {
    const { socket, batch } = makeBatch()
    let expected = ''
    for (let i = 0; i < 300; i++) {
      const text = String(i).padEnd(i * 3, '.')
      expected += text
      add(batch, text)
    }
    expect(socket.written.length).toBeGreaterThan(0)
    await new Promise(setImmediate)
    expect(socket.text).toBe(expected)
  })

  it('writes large octets behind the gathered ones without copying them', () => {
    const { socket, batch } = makeBatch()
    let given: unknown
    const write = socket.write.bind(socket)
    socket.write = ((chunk: Uint8Array) => {
      given = chunk
      return write(chunk)
    }) as typeof socket.write
    const large = new Uint8Array(20_000).fill(0x61)
    add(batch, 'head ')
    batch.writeLarge(large)
    expect(socket.text).toBe(`head ${'a'.repeat(20_000)}`)
    expect(given).toBe(large)
  })

  it('gives a slow socket no more than 256 KiB at a time, and what comes behind it in order', async () => {
    const { socket, batch, drained } = makeBatch()
    socket.isStuck = true
    const large = new Uint8Array(1_000_000).fill(0x61)
    batch.writeLarge(large)
    add(batch, ' behind')
    batch.flush()
    batch.writeLarge(new Uint8Array(300_000).fill(0x62))
    expect([batch.isFull, socket.writableLength, batch.waitingOctets]).toEqual([true, 262_144, 1_300_007])
    socket.release()
    await drained()
    expect(socket.text).toBe(`${'a'.repeat(1_000_000)} behind${'b'.repeat(300_000)}`)
    expect([batch.isFull, batch.waitingOctets]).toEqual([false, 0])
  })

  it('gives TLS no more than 64 KiB at a time beside its slack, since TLS copies what it is given', async () => {
    const { socket, batch, drained } = makeBatch(65_536)
    socket.isStuck = true
    batch.writeLarge(new Uint8Array(1_000_000).fill(0x61))
    expect([batch.isFull, socket.writableLength, batch.waitingOctets]).toEqual([true, 131_072, 1_000_000])
    socket.release()
    await drained()
    expect(socket.text).toBe('a'.repeat(1_000_000))
  })

  it('gives the socket all of it, piece by piece, before the socket is ended', async () => {
    const { socket, batch } = makeBatch()
    socket.isStuck = true
    batch.writeLarge(new Uint8Array(1_000_000).fill(0x61))
    add(batch, ' end')
    const ended = new Promise<void>((resolve) => {
      batch.finish(() => void socket.end(resolve))
    })
    expect([socket.writableLength, batch.waitingOctets, socket.writableEnded]).toEqual([262_144, 1_000_004, false])
    socket.release()
    await ended
    expect(socket.text).toBe(`${'a'.repeat(1_000_000)} end`)
  })

  it('ends the socket at once where it holds nothing', () => {
    const { socket, batch } = makeBatch()
    add(batch, 'end')
    batch.finish(() => void socket.end())
    expect([socket.text, socket.writableEnded]).toEqual(['end', true])
  })

  it('holds nothing for a socket that is destroyed while the batch waits for its turn', async () => {
    const { socket, batch } = makeBatch(0, new WriteScheduler(new WriteTurns(1)))
    batch.writeLarge(new Uint8Array(1_000_000))
    socket.destroy()
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    expect([socket.written.length, batch.waitingOctets]).toEqual([1, 0])
  })

  it('is full while the socket keeps something, and says when it is not', async () => {
    const { socket, batch, drained } = makeBatch()
    socket.isStuck = true
    add(batch, 'one ')
    batch.flush()
    expect([batch.isFull, batch.waitingOctets]).toEqual([true, 4])
    add(batch, 'two')
    expect(batch.waitingOctets).toBe(7)
    await new Promise(setImmediate)
    expect(batch.isFull).toBe(true)
    socket.release()
    await drained()
    expect([batch.isFull, socket.text]).toEqual([false, 'one two'])
  })

  it('gives no buffer back that the socket still keeps', () => {
    const { socket, scheduler, batch } = makeBatch()
    socket.isStuck = true
    add(batch, 'kept')
    const { buffer } = batch
    batch.flush()
    expect(scheduler.take(1)).not.toBe(buffer)
  })

  it('gives the socket a copy of what it keeps behind other octets, and the buffer to the next', () => {
    const { socket, scheduler, batch } = makeBatch()
    socket.isStuck = true
    add(batch, 'one ')
    batch.flush()
    add(batch, 'two')
    const { buffer } = batch
    batch.flush()
    expect(scheduler.take(1)).toBe(buffer)
    buffer.fill('x')
    socket.release()
    expect(socket.text).toBe('one two')
  })

  it('gives its buffer back when it takes a larger one, when the octets are held, and when the socket has ended', () => {
    const { socket, scheduler, batch } = makeBatch()
    add(batch, 'small')
    const { buffer: small } = batch
    add(batch, 'large'.padEnd(2_000, '.'))
    expect([batch.buffer.length, scheduler.take(1) === small]).toEqual([8_192, true])
    batch.flush()
    socket.isStuck = true
    batch.writeLarge(new Uint8Array(1_000_000))
    add(batch, 'held')
    const { buffer: held } = batch
    batch.flush()
    expect(scheduler.take(1)).toBe(held)
    socket.destroy()
    add(batch, 'late')
    const { buffer: late } = batch
    batch.flush()
    expect(scheduler.take(1)).toBe(late)
    expect(batch.waitingOctets).toBe(socket.writableLength)
  })

  it('drops what is added after the socket has ended', async () => {
    const { socket, batch } = makeBatch()
    socket.end()
    add(batch, 'late')
    await new Promise(setImmediate)
    expect(socket.text).toBe('')
  })
})

describe('one long event for many connections', () => {
  const MEGABYTE = 1_048_576

  it('is given to them piece by piece, all in turn, with a bound for each turn of the event loop', async () => {
    const scheduler = new WriteScheduler()
    const made = Array.from({ length: 6 }, () => makeBatch(65_536, scheduler))
    const given = (): number[] => made.map(({ socket }) => socket.written.reduce((sum, { length }) => sum + length, 0) / MEGABYTE)
    for (const { batch } of made) batch.writeLarge(new Uint8Array(MEGABYTE))
    // Nobody waits yet, so that the first two have all at once.
    expect(given()).toEqual([1, 1, 0, 0, 0, 0])
    expect(made.map(({ batch }) => batch.isFull)).toEqual([false, false, true, true, true, true])
    await new Promise(setImmediate)
    expect(given()).toEqual([1, 1, 0.5, 0.5, 0.5, 0.5])
    await Promise.all(made.slice(2).map(({ drained }) => drained()))
    expect(given()).toEqual([1, 1, 1, 1, 1, 1])
  })

  it('may be four times as long without TLS, which costs less', () => {
    const scheduler = new WriteScheduler()
    const made = Array.from({ length: 6 }, () => makeBatch(0, scheduler))
    for (const { batch } of made) batch.writeLarge(new Uint8Array(2 * MEGABYTE))
    expect(made.map(({ batch }) => batch.isFull)).toEqual([false, false, false, false, true, true])
  })

  it('leaves in order with what comes behind it, while short messages of others leave at once', async () => {
    const scheduler = new WriteScheduler(new WriteTurns(1))
    const [one, two, other] = [makeBatch(0, scheduler), makeBatch(0, scheduler), makeBatch(0, scheduler)]
    one.batch.writeLarge(new Uint8Array(300_000).fill(0x61))
    two.batch.writeLarge(new Uint8Array(20_000).fill(0x62))
    add(two.batch, ' behind')
    add(other.batch, 'short')
    await new Promise(setImmediate)
    expect(other.socket.text).toBe('short')
    await Promise.all([one.drained(), two.drained()])
    expect(one.socket.text).toBe('a'.repeat(300_000))
    expect(two.socket.text).toBe(`${'b'.repeat(20_000)} behind`)
  })
})

describe('WriteScheduler', () => {
  it('has each batch flushed once for each turn in which it had something to write, and keeps none', async () => {
    const scheduler = new WriteScheduler()
    const flushed: string[] = []
    const [a, b] = ['a', 'b'].map((name) => ({ flush: () => void flushed.push(name) }) as WriteBatch) as [WriteBatch, WriteBatch]
    scheduler.add(a)
    scheduler.add(b)
    await new Promise(setImmediate)
    scheduler.add(b)
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    expect(flushed).toEqual(['a', 'b', 'b'])
  })

  it('flushes in the next turn what is added while it flushes', async () => {
    const { socket, scheduler, batch } = makeBatch()
    const other = { flush: () => add(batch, 'behind') } as WriteBatch
    scheduler.add(other)
    await new Promise(setImmediate)
    expect(socket.text).toBe('')
    await new Promise(setImmediate)
    expect(socket.text).toBe('behind')
  })

  it.each([
    [1_024, 2_048],
    [8_192, 256],
    [65_536, 32],
  ])('keeps no more than 2 MiB of free buffers of %i octets', (size, most) => {
    const scheduler = new WriteScheduler()
    const given = new Set<Buffer>(Array.from({ length: most + 10 }, () => Buffer.alloc(size)))
    for (const buffer of given) scheduler.putBack(buffer)
    const taken = Array.from({ length: most + 10 }, () => scheduler.take(size))
    expect(taken.filter((buffer) => given.has(buffer)).length).toBe(most)
    expect(new Set(taken.map(({ length }) => length))).toEqual(new Set([size]))
  })
})

// Shows what counts as a sign of life of a peer: octets that leave too, where the link was full.

import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { ConnectionContext } from './connection.ts'
import { StreamConnection } from './connection.ts'
import { ReadTurns } from './read-turns.ts'
import { WriteScheduler } from './write-batch.ts'

/** A socket whose kernel takes one write when the test says so. */
class SlowSocket extends Duplex {
  #taken = 0
  #take: (() => void) | undefined

  get bytesWritten(): number {
    return this.#taken + this.writableLength
  }

  takeOne(): void {
    this.#take?.()
  }

  override _read(): void {}

  override _write(octets: Buffer, _: BufferEncoding, done: () => void): void {
    this.#take = () => {
      this.#taken += octets.length
      done()
    }
    if (octets.length === 0) this.#take()
  }
}

/** Counts how long its peer has been silent. */
class Silent extends StreamConnection {
  readonly silences: number[] = []
  protected readonly reader = {
    heldOctets: 0,
    receive: (chunk: Uint8Array) => chunk.length,
    hold() {},
    release() {},
    stop() {},
    limit() {},
  }

  send(message: Uint8Array): void {
    this.batch.writeLarge(message)
  }

  protected sendClose(): boolean {
    return false
  }

  protected onSilence(ticks: number): void {
    this.silences.push(ticks)
  }

  protected onWritableAgain(): void {}
}

function opened(): { socket: SlowSocket; connection: Silent; ticks: (count: number) => void } {
  const socket = new SlowSocket()
  const context = {
    accept: () => ({ onMessage() {}, onWrongKind() {}, onDrain() {}, onClose() {} }),
    onError: (error: unknown) => expect.unreachable(String(error)),
    connections: { tickMs: 1_000, add() {}, remove() {} },
    scheduler: new WriteScheduler(),
    turns: new ReadTurns(),
    maxMessageBytes: 1_000,
    closeTicks: 1,
    linger: undefined,
  } as unknown as ConnectionContext
  const info = { kind: 'websocket', peer: 'p', isSecure: false } as const
  const connection = new Silent(socket as unknown as Socket, { serializer: 'json', maxSendBytes: 1_000_000, info }, context)
  connection.open(new Uint8Array(), undefined)
  const ticks = (count: number): void => {
    for (let i = 0; i < count; i++) connection.onTick()
  }
  return { socket, connection, ticks }
}

describe('a peer of which nothing comes', () => {
  it('is silent from tick to tick', () => {
    const { connection, ticks } = opened()
    ticks(3)
    expect(connection.silences).toEqual([1, 2, 3])
  })

  it.each([
    ['a few octets of it', 10_000, 1],
    // At 32 KiB a second they are in transit for two ticks more.
    ['many octets of it', 100_000, 3],
  ])('has given a sign of life when %s leave a full link', (_, octets, quietTicks) => {
    const { socket, connection, ticks } = opened()
    connection.send(new Uint8Array(octets))
    connection.send(new Uint8Array(octets))
    expect(connection.isWritable).toBe(false)
    ticks(2)
    socket.takeOne()
    ticks(quietTicks)
    expect(connection.silences).toEqual([1, 2])
    ticks(2)
    expect(connection.silences).toEqual([1, 2, 1, 2])
  })

  it('may not have read yet what left, for a second for each 32 KiB', () => {
    const { socket, connection, ticks } = opened()
    connection.send(new Uint8Array(100_000))
    ticks(1)
    expect(connection.octetsOnTheWay).toBe(0)
    socket.takeOne()
    const seen: number[] = []
    for (let i = 0; i < 4; i++) {
      ticks(1)
      seen.push(connection.octetsOnTheWay)
    }
    expect(seen).toEqual([67_232, 34_464, 1_696, 0])
  })

  it('has given none when a few octets leave a link with room, which a dead peer would take too', () => {
    const { socket, connection, ticks } = opened()
    ticks(2)
    connection.send(new Uint8Array(1_000))
    socket.takeOne()
    ticks(1)
    expect(connection.silences).toEqual([1, 2, 3])
  })
})

// Shows how a long answer to a receive request leaves, and what becomes of one that is never read.

import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { LONGPOLL_TRAITS } from '../testing/longpoll-scene.ts'
import { Connections } from './connections.ts'
import { LongPollConnection } from './longpoll-connection.ts'
import { WriteTurns } from './write-turns.ts'

describe('an answer of many octets', () => {
  /** A response whose client takes a piece when the test says so. */
  class SlowResponse extends EventEmitter {
    readonly req = { rawHeaders: [] }
    readonly pieces: Uint8Array[] = []
    isDestroyed = false
    takeOne = (): void => {}

    writeHead(): void {}

    write(piece: Uint8Array, onTaken: () => void): void {
      this.pieces.push(piece)
      this.takeOne = onTaken
    }

    end(piece: Uint8Array): void {
      this.pieces.push(piece)
      this.takeOne = () => this.emit('close')
    }

    destroy(): void {
      this.isDestroyed = true
      this.emit('close')
    }
  }

  function answering(
    isBatched: boolean,
    ...messages: Uint8Array[]
  ): { connection: LongPollConnection; response: SlowResponse; gone: () => boolean } {
    return answeringIn(new WriteTurns(), isBatched, ...messages)
  }

  function answeringIn(
    writing: WriteTurns,
    isBatched: boolean,
    ...messages: Uint8Array[]
  ): { connection: LongPollConnection; response: SlowResponse; gone: () => boolean } {
    let isGone = false
    const connection = new LongPollConnection(
      { ...LONGPOLL_TRAITS, isBatched },
      new Connections([1_000]),
      { onGone: () => (isGone = true), onError() {} },
      { writing },
    )
    const response = new SlowResponse()
    for (const message of messages) connection.send(message)
    connection.receive(response as never)
    return { connection, response, gone: () => isGone }
  }

  const event = new Uint8Array(200_000).fill(0x61)

  it('leaves piece by piece, and what is left counts', async () => {
    const { connection, response, gone } = answering(false, event)
    expect([response.pieces.length, connection.pendingBytes, connection.isWritable]).toEqual([1, 200_000, false])
    response.takeOne()
    await new Promise(setImmediate)
    expect([response.pieces.length, connection.pendingBytes]).toEqual([2, 200_000 - 65_536])
    connection.close('normal')
    await Promise.resolve()
    expect(gone()).toBe(false)
    for (let i = 0; i < 3; i++) {
      response.takeOne()
      await new Promise(setImmediate)
    }
    expect(Buffer.concat(response.pieces).length).toBe(200_000)
    expect([gone(), response.isDestroyed]).toEqual([true, false])
  })

  it('shares its octets with all others that send the same event, also in a batch', () => {
    const answers = [answering(true, event), answering(true, event)]
    const [one, other] = answers.map(({ response: { pieces } }) => pieces[0]?.buffer)
    expect(one).toBe(other)
    expect(answering(false, event).response.pieces[0]?.buffer).toBe(event.buffer)
  })

  it('gives its pieces in turn with those of others, within a bound for each turn of the event loop; short ones leave at once', async () => {
    const turns = new WriteTurns(1)
    const given = [event, event, event.subarray(0, 10)].map((message) => answeringIn(turns, false, message).response.pieces)
    expect(given.map(({ length }) => length)).toEqual([1, 0, 1])
    await new Promise(setImmediate)
    expect(given.map(({ length }) => length)).toEqual([1, 1, 1])
  })

  it('is cut off when its connection is destroyed, or is over and nothing is taken: it would stay for ever', () => {
    const destroyed = answering(false, event)
    destroyed.connection.destroy()
    expect(destroyed.response.isDestroyed).toBe(true)
    const over = answering(false, event)
    over.connection.close('normal')
    over.connection.onTick()
    over.connection.onTick()
    expect([over.response.isDestroyed, over.gone()]).toEqual([true, true])
  })

  it('is no silence while the client takes it', () => {
    const { connection, gone } = answering(false, event)
    for (let i = 0; i < 9; i++) connection.onTick()
    expect(gone()).toBe(false)
  })

  it('has the messages behind a large one follow in further answers', () => {
    const small = new Uint8Array(10).fill(0x62)
    const { connection, response } = answering(true, small, event, small)
    expect(response.pieces.map(({ length }) => length)).toEqual([11])
    response.takeOne()
    const next = new SlowResponse()
    connection.receive(next as never)
    expect(next.pieces[0]?.length).toBe(65_536)
  })
})

// Shows that a client does not read on while its router takes nothing of what is sent to it.

import { PassThrough } from 'node:stream'
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { MOST_UNTAKEN } from './transport.ts'
import { readOnlyIfTaken } from './untaken-node.ts'

/** A stream that takes what is written when the test says so. */
class Stream extends PassThrough {
  timeout: [milliseconds: number, onTimeout: () => void] | undefined
  #taken: (() => void)[] = []

  override _write(_chunk: unknown, _encoding: unknown, taken: () => void): void {
    this.#taken.push(taken)
  }

  setTimeout(milliseconds: number, onTimeout: () => void): void {
    this.timeout = milliseconds === 0 ? undefined : [milliseconds, onTimeout]
  }

  takeAll(): void {
    for (let taken = this.#taken.shift(); taken !== undefined; taken = this.#taken.shift()) taken()
  }
}

function behind(octets: number): Stream {
  const stream = new Stream()
  stream.write(Buffer.alloc(octets))
  return stream
}

describe('a connection on which more than 16 MiB wait to be taken', () => {
  it('is read again when the router has taken them', async () => {
    const stream = behind(MOST_UNTAKEN + 1)
    for (let chunk = 0; chunk < 3; chunk++) readOnlyIfTaken(stream as unknown as Socket)
    expect([stream.isPaused(), stream.timeout?.[0], stream.listenerCount('drain')]).toEqual([true, 60_000, 1])
    stream.takeAll()
    await new Promise((resolve) => setImmediate(resolve))
    expect([stream.isPaused(), stream.timeout, stream.destroyed]).toEqual([false, undefined, false])
  })

  it('ends with an error when nothing of them is taken for a minute', async () => {
    const stream = behind(MOST_UNTAKEN + 1)
    readOnlyIfTaken(stream as unknown as Socket)
    const failed = new Promise((resolve) => stream.once('error', resolve))
    stream.timeout?.[1]()
    expect(String(await failed)).toContain('the router sends and takes nothing of what is sent to it')
    expect(stream.destroyed).toBe(true)
  })
})

it('a connection on which less waits is read on', () => {
  const stream = behind(MOST_UNTAKEN)
  readOnlyIfTaken(stream as unknown as Socket)
  expect([stream.isPaused(), stream.timeout]).toEqual([false, undefined])
})

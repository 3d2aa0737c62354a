// Shows how the first octets of a connection are looked at, on sockets that are none.

import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { FirstLook } from './first-octets.ts'
import { FirstLooks } from './first-octets.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

interface Look {
  readonly socket: Socket
  readonly seen: string[]
  readonly went: string[]
}

/** Goes on without the first octet when it has seen three. */
function begin(looks: FirstLooks, answer?: FirstLook): Look {
  const socket = new PassThrough() as unknown as Socket
  const [seen, went]: [string[], string[]] = [[], []]
  looks.begin(socket, (octets) => {
    seen.push(octets.toString())
    return octets.length < 3 ? 'more' : (answer ?? { taken: 1, goOn: () => void went.push(String(socket.read())) })
  })
  return { socket, seen, went }
}

/** Lets a stream say that it is readable. */
const turn = (): Promise<void> => new Promise(setImmediate)

describe('a first look', () => {
  it('waits for as many octets as it needs, hands on the rest, and leaves neither timer nor listener', async () => {
    const { socket, seen, went } = begin(new FirstLooks(1_000))
    for (const octets of ['a', 'bcd']) {
      socket.write(octets)
      await turn()
    }
    expect([seen, went]).toEqual([['a', 'abcd'], ['bcd']])
    expect([vi.getTimerCount(), socket.listenerCount('readable'), socket.listenerCount('error')]).toEqual([0, 0, 0])
    vi.advanceTimersByTime(10_000)
    expect(socket.destroyed).toBe(false)
  })

  it('ends a connection at the end of its time', () => {
    const { socket } = begin(new FirstLooks(1_000))
    vi.advanceTimersByTime(999)
    expect(socket.destroyed).toBe(false)
    vi.advanceTimersByTime(1)
    expect(socket.destroyed).toBe(true)
  })

  it.each([
    ['it refuses', (socket: Socket) => void socket.write('abc')],
    ['its peer ends', (socket: Socket) => void socket.end()],
    ['it breaks', (socket: Socket) => void socket.destroy(new Error('broken'))],
  ])('leaves no timer behind a connection when %s', async (_, end) => {
    const { socket } = begin(new FirstLooks(1_000), 'refuse')
    end(socket)
    while (!socket.closed) await turn()
    await turn()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is over for all that wait when the listener is, and for no other', async () => {
    const looks = new FirstLooks(1_000)
    const [waiting, gone] = [begin(looks), begin(looks)]
    gone.socket.write('abc')
    await turn()
    looks.destroyAll()
    expect([waiting.socket.destroyed, gone.socket.destroyed]).toEqual([true, false])
  })
})

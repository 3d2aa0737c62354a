// Shows loops over events: what waits, what is dropped, how a loop ends, and that it goes on over sessions; with scripted routers.

import { describe, expect, it } from 'vitest'
import type { ScriptedNetwork } from './testing/scripted-network.ts'
import { openNetwork } from './testing/scripted-network.ts'
import { turn } from './testing/scripted-router.ts'
import type { EventStream, StreamedEvent, StreamOptions } from './event-stream.ts'

const TOPIC = 'com.example.ticked'

interface Loop {
  readonly network: ScriptedNetwork
  readonly stream: EventStream
}

async function loop(options?: StreamOptions): Promise<Loop> {
  const network = await openNetwork()
  const stream = network.client.subscribe(TOPIC, options)
  expect(network.router.take()).toEqual([[32, 1, {}, TOPIC]])
  network.router.says([33, 1, 500])
  return { network, stream: await stream }
}

function event(id: number, details = {}): unknown[] {
  return [36, 500, id, details, [id]]
}

/** The next events, with their `lost` counts. */
async function take(stream: EventStream, count: number): Promise<unknown[]> {
  const taken: unknown[] = []
  for (let i = 0; i < count; i++) {
    const { value } = await stream.next()
    const { args, lost, reconnected } = value as StreamedEvent
    taken.push([args[0], lost, reconnected])
  }
  return taken
}

describe('a loop over events', () => {
  it('subscribes at once, and gives what comes in order', async () => {
    const { network, stream } = await loop()
    network.router.says(event(1), event(2))
    const seen: unknown[] = []
    for await (const { args, topic, publication } of stream) if (seen.push([args, topic, publication]) === 2) break
    expect(seen).toEqual([
      [[1], TOPIC, 1],
      [[2], TOPIC, 2],
    ])
    expect(network.router.take()).toEqual([[34, 2, 500]])
  })

  it('takes the options of the subscription, and refuses others', async () => {
    const { client, router } = await openNetwork()
    client.subscribe('com.example.', { match: 'prefix', getRetained: true, buffer: 5, overflow: 'latest' })
    expect(router.take()).toEqual([[32, 1, { match: 'prefix', get_retained: true }, 'com.example.']])
    for (const [bad, text] of [
      [{ buffr: 5 }, 'buffr'],
      [{ buffer: 0 }, 'buffer'],
      [{ buffer: 'much' }, 'buffer'],
      [{ overflow: 'drop' }, 'overflow'],
    ] as const)
      expect(() => client.subscribe(TOPIC, bad as never)).toThrow(text)
    expect(() => client.subscribe(TOPIC, undefined as never, {})).toThrow('handler: expected function')
    expect(router.take()).toEqual([])
  })

  it('ends on overflow, behind what waits', async () => {
    const { network, stream } = await loop({ buffer: 2 })
    network.router.says(event(1), event(2), event(3))
    expect(network.router.take()).toEqual([[34, 2, 500]])
    expect(await take(stream, 2)).toEqual([
      [1, undefined, undefined],
      [2, undefined, undefined],
    ])
    await expect(stream.next()).rejects.toMatchObject({ name: 'OverflowError', code: 'TL_OVERFLOW' })
    expect(await stream.next()).toEqual({ value: undefined, done: true })
  })

  it.each([
    [
      'drop_oldest',
      [
        [3, 2, undefined],
        [4, undefined, undefined],
        [5, undefined, undefined],
      ],
    ],
    [
      'drop_newest',
      [
        [1, undefined, undefined],
        [2, undefined, undefined],
        [5, 2, undefined],
      ],
    ],
    [
      'latest',
      [
        [4, 3, undefined],
        [5, undefined, undefined],
      ],
    ],
  ] as const)('by %s tells of what it drops', async (overflow, expected) => {
    const { network, stream } = await loop({ buffer: 2, overflow })
    network.router.says(event(1), event(2), event(3), event(4))
    const first = await take(stream, overflow === 'latest' ? 1 : 2)
    network.router.says(event(5))
    expect([...first, ...(await take(stream, 1))]).toEqual(expected)
  })

  it('counts what the router dropped', async () => {
    const { network, stream } = await loop({ buffer: 1, overflow: 'drop_oldest' })
    network.router.says(event(1, { _gap: 3 }), event(2))
    expect(await take(stream, 1)).toEqual([[2, 4, undefined]])
  })

  it('ends with the reason of its signal', async () => {
    const stop = new AbortController()
    const { network, stream } = await loop({ signal: stop.signal })
    const next = stream.next()
    stop.abort(new Error('enough'))
    await expect(next).rejects.toThrow('enough')
    expect(network.router.take()).toEqual([[34, 2, 500]])
    const late = network.client.subscribe(TOPIC, { signal: stop.signal })
    await expect(late.next()).rejects.toThrow('enough')
  })

  it('goes on in the next session, whose first event says so', async () => {
    const { network, stream } = await loop()
    await network.lose()
    await network.pass()
    expect(await network.welcome()).toEqual([[32, 1, {}, TOPIC]])
    network.router.says([33, 1, 500], event(1), event(2))
    expect(await take(stream, 2)).toEqual([
      [1, undefined, true],
      [2, undefined, undefined],
    ])
  })

  it('goes on when the router has taken the subscription away', async () => {
    const { network, stream } = await loop()
    network.router.says([35, 0, { subscription: 500, reason: 'com.example.reason' }])
    await turn()
    await network.lose()
    await network.pass()
    await network.welcome()
    network.router.says([33, 1, 500], event(1))
    expect(await take(stream, 1)).toEqual([[1, undefined, true]])
  })

  it('ends with its client, and does not begin again with it', async () => {
    const { network, stream } = await loop()
    network.router.says(event(1))
    const stopping = network.client.stop()
    expect(await take(stream, 1)).toHaveLength(1)
    expect(await stream.next()).toEqual({ value: undefined, done: true })
    network.router.says([6, {}, 'wamp.close.goodbye_and_out'])
    network.router.lose()
    await stopping
    network.client.start()
    expect(await network.welcome()).toEqual([])
  })

  it('throws what stopped the client for good', async () => {
    const { network, stream } = await loop()
    await network.lose()
    await network.pass()
    network.router.says([3, {}, 'wamp.error.no_such_realm'])
    await turn()
    expect(network.client.state.status).toBe('stopped')
    await expect(stream.next()).rejects.toMatchObject({ cause: { reason: 'wamp.error.no_such_realm' } })
  })

  it('is given back by await using', async () => {
    const { network, stream } = await loop()
    {
      await using events = stream
      expect(events).toBe(stream)
    }
    expect(network.router.take()).toEqual([[34, 2, 500]])
  })
})

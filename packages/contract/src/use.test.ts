// Shows the caller's side of a contract with a client made by hand: what is sent, what is checked, and what comes of results and events.

import { ApplicationError } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { contract, error, procedure, topic, type } from './index.ts'
import type { Peer, RawEvent, RawPayload } from './peer.ts'
import { use } from './use.ts'

type Sent = { readonly to: string; readonly args: unknown; readonly options: Record<string, unknown> }

/** A client that keeps what it sends; the test answers for the router. */
class Sender {
  readonly sent: Sent[] = []
  answers: (() => Promise<RawPayload>)[] = []
  onEvent: ((event: RawEvent) => unknown) | undefined

  readonly peer = {
    callResult: (to: string, args: unknown, options: Record<string, unknown>) => {
      this.sent.push({ to, args, options })
      return (this.answers.shift() ?? (() => result()))()
    },
    publish: async (to: string, args: unknown, options: Record<string, unknown>) => {
      this.sent.push({ to, args, options })
      return 5
    },
    subscribe: (to: string, first: unknown, options: Record<string, unknown>) => {
      this.onEvent = first as never
      this.sent.push({ to, args: [], options })
      return { ready: Promise.resolve(), unsubscribe: async () => undefined }
    },
  } as unknown as Peer

  takes(event: Partial<RawEvent>): unknown {
    return this.onEvent?.({ args: [], kwargs: {}, details: {}, topic: 'com.example.ticked', publication: 1, ...event })
  }
}

const result = async (...args: readonly unknown[]): Promise<RawPayload> => ({ args, kwargs: {} })

const number = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: (value: unknown) => (typeof value === 'number' ? { value } : { issues: [{ message: 'no number' }] }),
  },
}

const broken = error('com.example.error.broken', { args: [number] })
const tools = contract('com.example', {
  add: procedure({ args: [number, number], result: number, errors: { broken } }),
  safe: procedure({ args: [number], result: number, idempotent: true }),
  count: procedure({ args: [number], progress: number, result: number }),
  ticked: topic({ args: [number] }),
  price: topic({ uri: 'price.{symbol}', args: [number] }),
  said: topic({ args: [type<string>()], kwargs: { by: type<string>() } }),
  broken,
})

describe('a call', () => {
  it('sends its values, and the options of the use and its own behind them', async () => {
    const sender = new Sender()
    sender.answers = [() => result(3), () => result(4)]
    const { add } = use(sender.peer, tools, { timeout: 5, discloseMe: true })
    expect([await add(1, 2), await add(1, 3, { timeout: 6 })]).toEqual([3, 4])
    expect(sender.sent).toEqual([
      { to: 'com.example.add', args: [1, 2], options: { timeout: 5, discloseMe: true, kwargs: {} } },
      { to: 'com.example.add', args: [1, 3], options: { timeout: 6, discloseMe: true, kwargs: {} } },
    ])
  })

  it('checks its result, its values only where all is checked, and nothing where nothing is', async () => {
    const sender = new Sender()
    const wrong = (): Promise<RawPayload> => result('x')
    sender.answers = [wrong, wrong]
    await expect(use(sender.peer, tools).add(1, 'y')).rejects.toMatchObject({ code: 'TL_CONTRACT', uri: 'com.example.add' })
    expect(await use(sender.peer, tools, { check: 'none' }).add(1, 'y')).toBe('x')
    expect(sender.sent.map(({ args }) => args)).toEqual([
      [1, 'y'],
      [1, 'y'],
    ])
    await expect(use(sender.peer, tools, { check: 'both' }).add(1, 'y')).rejects.toThrow('the arguments')
    expect(sender.sent).toHaveLength(2)
  })

  it('gives a declared error its values, and a violation for wrong ones unless nothing is checked', async () => {
    const sender = new Sender()
    const failing = (value: unknown) => () => Promise.reject(new ApplicationError('com.example.error.broken', [value]))
    sender.answers = [failing(5), failing('x'), failing('x'), () => Promise.reject(new ApplicationError('com.example.error.other', ['x']))]
    const { add } = use(sender.peer, tools)
    await expect(add(1, 2)).rejects.toMatchObject({ uri: 'com.example.error.broken', args: [5] })
    await expect(add(1, 2)).rejects.toMatchObject({ code: 'TL_CONTRACT', cause: { args: ['x'] } })
    await expect(use(sender.peer, tools, { check: 'none' }).add(1, 2)).rejects.toMatchObject({
      uri: 'com.example.error.broken',
      args: ['x'],
    })
    await expect(add(1, 2)).rejects.toMatchObject({ uri: 'com.example.error.other' })
  })

  it('is repeated once by retry where it may have run, and only then', async () => {
    const lost = (mayHaveRun: boolean) => () => Promise.reject(Object.assign(new Error('lost'), { mayHaveRun }))
    const tried = async (mayHaveRun: boolean, useRetry: boolean | undefined, retry: boolean | undefined): Promise<number> => {
      const sender = new Sender()
      sender.answers = [lost(mayHaveRun), lost(mayHaveRun), () => result(1)]
      const { safe } = use(sender.peer, tools, useRetry === undefined ? {} : { retry: useRetry })
      await safe(1, retry === undefined ? {} : { retry }).catch(() => undefined)
      for (const { options } of sender.sent) expect(options).not.toHaveProperty('retry')
      return sender.sent.length
    }
    expect([await tried(true, true, undefined), await tried(true, undefined, true), await tried(true, false, true)]).toEqual([2, 2, 2])
    expect([await tried(true, true, false), await tried(true, undefined, undefined), await tried(false, true, true)]).toEqual([1, 1, 1])
  })
})

describe('a call with progress', () => {
  type Progress = (raw: RawPayload) => void

  /** A stream whose call is answered by the test. */
  function streaming(options: { readonly signal?: AbortSignal } = {}) {
    const sender = new Sender()
    let settle: (value: Promise<RawPayload>) => void = () => undefined
    sender.answers = [
      () =>
        new Promise((resolve) => {
          settle = resolve
        }),
    ]
    const stream = use(sender.peer, tools).count.stream(3, options)
    stream.result.catch(() => undefined)
    return { sender, stream, settle: (value: Promise<RawPayload>) => settle(value) }
  }

  const sentBy = async (sender: Sender): Promise<{ signal: AbortSignal; onProgress: Progress }> => {
    await expect.poll(() => sender.sent.length).toBe(1)
    return sender.sent[0]?.options as never
  }

  it('gives each value to its loop, and the result apart', async () => {
    const { sender, stream, settle } = streaming()
    const { onProgress } = await sentBy(sender)
    for (const value of [1, 2]) onProgress({ args: [value], kwargs: {} })
    settle(result(9))
    const values: unknown[] = []
    for await (const value of stream) values.push(value)
    expect([values, await stream.result]).toEqual([[1, 2], 9])
  })

  it('is cancelled by a value that is not as declared, and by more than its loop can hold', async () => {
    const { sender } = streaming()
    const { signal, onProgress } = await sentBy(sender)
    onProgress({ args: ['x'], kwargs: {} })
    expect([signal.aborted, signal.reason]).toMatchObject([true, { code: 'TL_CONTRACT', uri: 'com.example.count' }])
    const other = await sentBy(streaming().sender)
    for (let i = 0; i < 1000; i++) other.onProgress({ args: [i], kwargs: {} })
    expect(other.signal.aborted).toBe(false)
    other.onProgress({ args: [1000], kwargs: {} })
    expect(other.signal.reason).toMatchObject({ message: 'too many results unread' })
  })

  it('is cancelled by leaving its loop, and by the signal of its options', async () => {
    const left = streaming()
    const { signal, onProgress } = await sentBy(left.sender)
    onProgress({ args: [1], kwargs: {} })
    for await (const value of left.stream) if (value === 1) break
    expect(signal.aborted).toBe(true)
    const own = new AbortController()
    const options = await sentBy(streaming({ signal: own.signal }).sender)
    expect(options.signal.aborted).toBe(false)
    own.abort(new Error('enough'))
    expect(options.signal.reason).toEqual(new Error('enough'))
  })

  it('throws in its loop what the call fails with', async () => {
    const { stream, settle, sender } = streaming()
    await sentBy(sender)
    settle(Promise.reject(new Error('failed')))
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toThrow('failed')
  })
})

describe('an event', () => {
  it('is published with its parameters, values, keywords and options', async () => {
    const sender = new Sender()
    const api = use(sender.peer, tools)
    expect(await api.price.publish({ symbol: 'PEAR' }, 2, { acknowledge: true })).toBe(5)
    await api.said.publish('hello', { by: 'joe' })
    expect(sender.sent).toEqual([
      { to: 'com.example.price.PEAR', args: [2], options: { acknowledge: true, kwargs: {} } },
      { to: 'com.example.said', args: ['hello'], options: { kwargs: { by: 'joe' } } },
    ])
    await expect(use(sender.peer, tools, { check: 'both' }).ticked.publish('x')).rejects.toThrow('the event')
    expect(sender.sent).toHaveLength(2)
  })

  it('comes with its value, its parameters, and what was lost before it', async () => {
    const sender = new Sender()
    const seen: unknown[] = []
    await use(sender.peer, tools).price.subscribe({}, (event) => seen.push(event), { getRetained: true })
    expect(sender.sent).toMatchObject([{ options: { match: 'wildcard', getRetained: true } }])
    void sender.takes({ topic: 'com.example.price.PEAR', args: [2], publication: 7, details: { a: 1 } })
    void sender.takes({ topic: 'com.example.price.PLUM', args: [3], lost: 4, reconnected: true })
    void sender.takes({ topic: 'com.example.other', args: [3] })
    expect(seen).toEqual([
      {
        value: 2,
        args: [2],
        kwargs: {},
        params: { symbol: 'PEAR' },
        topic: 'com.example.price.PEAR',
        publication: 7,
        details: { a: 1 },
      },
      expect.objectContaining({ value: 3, lost: 4, reconnected: true }),
    ])
    expect(seen[0]).not.toHaveProperty('lost')
  })

  it('that is not as declared is reported and dropped, unless nothing is checked', async () => {
    const sender = new Sender()
    const [seen, reported]: [unknown[], unknown[]] = [[], []]
    const onError = (reason: unknown): void => void reported.push(reason)
    await use(sender.peer, tools, { onError }).ticked.subscribe(({ value }) => seen.push(value))
    void sender.takes({ args: ['x'] })
    void sender.takes({ args: [1] })
    await use(sender.peer, tools).ticked.subscribe(({ value }) => seen.push(value))
    void sender.takes({ args: ['y'] })
    await use(sender.peer, tools, { check: 'none' }).ticked.subscribe(({ value }) => seen.push(value))
    void sender.takes({ args: ['z'] })
    expect(seen).toEqual([1, 'z'])
    expect(reported).toMatchObject([{ code: 'TL_CONTRACT', uri: 'com.example.ticked' }])
  })
})

describe('the functions of a contract', () => {
  it('are made once, each when it is used first; an error is itself', () => {
    const api = use(new Sender().peer, tools)
    expect(Object.keys(api)).toEqual(['add', 'safe', 'count', 'ticked', 'price', 'said', 'broken'])
    expect(api.add).toBe(api.add)
    expect([api.broken, api.add.uri, api.price.uri]).toEqual([broken, 'com.example.add', 'com.example.price.{symbol}'])
    expect([Object.hasOwn(api.add, 'stream'), Object.hasOwn(api.count, 'stream')]).toEqual([false, true])
  })
})

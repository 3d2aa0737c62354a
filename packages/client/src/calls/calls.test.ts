// Shows calls with limits, signals, progress and chunks, on the caller's side, with a scripted router.

import { describe, expect, it } from 'vitest'
import { isCanceled } from '../errors.ts'
import type { CallOptions } from '../options.ts'
import { openScripted } from '../testing/scripted-router.ts'
import { openCalls, outcomeOf, withoutFeature } from '../testing/call-world.ts'

describe('a call', () => {
  it('asks for progress only when it takes it, and gives it in order before the result [AP-RPC-PCR-04 AP-RPC-PCR-11 AP-RPC-PCR-19]', async () => {
    const { session, router } = await openCalls()
    const seen: unknown[] = []
    const call = session.callResult('com.example.a', [3], { onProgress: ({ args, kwargs }) => seen.push([args, kwargs]) })
    void session.call('com.example.b').catch(() => undefined)
    expect(router.take()).toEqual([
      [48, 1, { receive_progress: true }, 'com.example.a', [3]],
      [48, 2, {}, 'com.example.b'],
    ])
    router.says([50, 1, { progress: true }, [1], { a: 1 }], [50, 1, { progress: true }], [50, 1, {}])
    expect(await call).toMatchObject({ args: [], kwargs: {} })
    expect(seen).toEqual([
      [[1], { a: 1 }],
      [[], {}],
    ])
  })

  it('goes on when its listener for progress throws; onError is told', async () => {
    const { session, router, told } = await openCalls()
    const call = session.call('com.example.a', [], {
      onProgress: () => {
        throw new Error('listener')
      },
    })
    router.says([50, 1, { progress: true }], [50, 1, {}, ['done']])
    expect(await call).toBe('done')
    expect(told).toEqual([['event_handler', 'Error: listener']])
  })

  it('is cancelled by its signal, and rejects with the reason of the abort at once', async () => {
    const { session, router, clock, told } = await openCalls()
    const stop = new AbortController()
    const call = session.call('com.example.a', [], { signal: stop.signal, timeout: 1000 })
    router.take()
    stop.abort(new Error('enough'))
    await expect(call).rejects.toThrow('enough')
    expect(router.take()).toEqual([[49, 1, { mode: 'killnowait' }]])
    expect(clock.openTimers).toBe(0)
    router.says([8, 48, 1, {}, 'wamp.error.canceled'])
    expect(told).toEqual([])
  })

  it.each(['skip', 'kill', 'killnowait'] as const)(
    'is cancelled by its signal with the mode %s when that is chosen [AP-RPC-CAN-02]',
    async (cancelMode) => {
      const { session, router } = await openCalls()
      const stop = new AbortController()
      const call = session.call('com.example.a', [], { signal: stop.signal, cancelMode }).catch(() => undefined)
      router.take()
      stop.abort()
      expect(router.take()).toEqual([[49, 1, { mode: cancelMode }]])
      router.says([8, 48, 1, {}, 'wamp.error.canceled'])
      await call
    },
  )

  it('is not sent when its signal has aborted before', async () => {
    const { session, router } = await openCalls()
    const call = session.call('com.example.a', [], { signal: AbortSignal.abort(new Error('before')) })
    await expect(call).rejects.toThrow('before')
    expect(router.take()).toEqual([])
  })

  it('lets go of its signal', async () => {
    const { session, router } = await openCalls()
    const stop = new AbortController()
    const call = session.call('com.example.a', [], { signal: stop.signal })
    await expect(session.call('com.example.a', [() => 1], { signal: stop.signal })).rejects.toMatchObject({ code: 'TL_PAYLOAD' })
    router.says([50, 1, {}, ['done']])
    await call
    router.take()
    stop.abort()
    expect(router.take()).toEqual([])
  })

  it('gives the router its limit in milliseconds, and keeps it itself should the router not [AP-RPC-TMO-03]', async () => {
    const { session, router, clock } = await openCalls()
    const outcome = outcomeOf(session.call('com.example.a', [], { timeout: 300 }))
    expect(router.take()).toEqual([[48, 1, { timeout: 300 }, 'com.example.a']])
    clock.advance(300)
    expect(router.take()).toEqual([])
    router.says([8, 48, 1, {}, 'wamp.error.timeout'])
    expect(await outcome).toBe('wamp.error.timeout')
    expect(clock.openTimers).toBe(0)
  })

  it('keeps the limit alone where the router did not announce call_timeout [AP-FEAT-05 AP-RPC-TMO-13]', async () => {
    const { session, router, clock } = await openCalls(withoutFeature('call_timeout'))
    const outcome = outcomeOf(session.call('com.example.a', [], { timeout: 300 }))
    expect(router.take()).toEqual([[48, 1, {}, 'com.example.a']])
    clock.advance(300)
    expect(router.take()).toEqual([[49, 1, { mode: 'killnowait' }]])
    expect(await outcome).toBe('wamp.error.timeout')
  })

  it('counts its limit anew from each progressive result', async () => {
    const { session, router, clock } = await openCalls(withoutFeature('call_timeout'))
    const call = session.call('com.example.a', [], { timeout: 300, onProgress: () => undefined })
    const outcome = outcomeOf(call)
    for (let i = 0; i < 3; i++) {
      clock.advance(299)
      router.says([50, 1, { progress: true }])
    }
    router.says([50, 1, {}, ['done']])
    expect(await outcome).toBe('result done')
  })

  it('has no limit with a timeout of 0, and refuses what is no number of milliseconds', async () => {
    const { session, router, clock } = await openCalls()
    void session.call('com.example.a', [], { timeout: 0 }).catch(() => undefined)
    expect(router.take()).toEqual([[48, 1, {}, 'com.example.a']])
    expect(clock.openTimers).toBe(0)
    for (const timeout of [-1, 0.5, NaN, '5' as unknown as number]) {
      await expect(session.call('com.example.a', [], { timeout })).rejects.toMatchObject({ code: 'TL_USAGE' })
    }
    expect(router.take()).toEqual([])
  })

  it('asks for no progress where the router did not announce it: then there is one result [AP-FEAT-05 AP-FEAT-06]', async () => {
    const { session, router } = await openCalls(withoutFeature('progressive_call_results'))
    const call = session.call('com.example.a', [], { onProgress: () => undefined })
    expect(router.take()).toEqual([[48, 1, {}, 'com.example.a']])
    router.says([50, 1, {}, ['one']])
    expect(await call).toBe('one')
  })

  it('sends no CANCEL to a router that did not announce it: the caller alone stops waiting [AP-FEAT-05 AP-FEAT-06 AP-RPC-CAN-01]', async () => {
    const { session, router } = await openCalls(withoutFeature('call_canceling'))
    const stop = new AbortController()
    const outcome = outcomeOf(session.call('com.example.a', [], { signal: stop.signal, cancelMode: 'kill' }))
    router.take()
    stop.abort(new Error('x'))
    expect(await outcome).toBe('Error')
    expect(router.take()).toEqual([])
  })

  it('remembers no more than 1,000 cancelled calls that the router never answers', async () => {
    const { session, router, told } = await openCalls()
    for (let i = 0; i < 1001; i++) {
      const call = session.openCall('com.example.a')
      call.end()
      call.result.catch(() => undefined)
      call.cancel('skip')
    }
    router.says([8, 48, 2, {}, 'wamp.error.canceled'], [8, 48, 1, {}, 'wamp.error.canceled'])
    expect(told).toEqual([['router', expect.stringContaining('ERROR 1 fits no request')]])
  })
})

describe('tolerates', () => {
  it('tolerates a router that announces call_cancelling with two l [AP-FEAT-07]', async () => {
    const { session, router } = await openCalls({ roles: { dealer: { features: { call_cancelling: true } } } })
    const stop = new AbortController()
    const call = session.call('com.example.a', [], { signal: stop.signal })
    router.take()
    stop.abort(new Error('x'))
    await expect(call).rejects.toThrow('x')
    expect(router.take()).toEqual([[49, 1, { mode: 'killnowait' }]])
  })

  it('tolerates a router that says wamp.error.cancelled with two l', async () => {
    const { session, router } = await openCalls()
    const call = session.call('com.example.a').catch((error: unknown) => error)
    router.says([8, 48, 1, {}, 'wamp.error.cancelled'])
    expect(isCanceled(await call)).toBe(true)
  })

  it.each(['skip', 'killnowait'] as const)('tolerates a router that never answers CANCEL with %s', async (mode) => {
    const { session, router, clock } = await openCalls()
    const call = session.openCall('com.example.a')
    call.end()
    call.cancel(mode, new Error('gone'))
    await expect(call.result).rejects.toThrow('gone')
    expect(router.take()).toContainEqual([49, 1, { mode }])
    expect(clock.openTimers).toBe(0)
  })

  it('tolerates a callee or router that never answers CANCEL with kill: after 10 s the call settles', async () => {
    const { session, clock } = await openCalls()
    const call = session.openCall('com.example.a')
    call.end()
    call.cancel('kill', new Error('gone'))
    const outcome = outcomeOf(call.result)
    clock.advance(9999)
    expect(await outcomeOf(call.result)).toBe('open')
    clock.advance(1)
    expect(await outcomeOf(call.result)).toBe('Error')
    await outcome
  })

  it('tolerates a router that counts a timeout in seconds: the client ends the call 2 s after its limit', async () => {
    const { session, router, clock } = await openCalls()
    const call = session.call('com.example.a', [], { timeout: 500 })
    const outcome = outcomeOf(call)
    clock.advance(2499)
    router.take()
    clock.advance(1)
    expect(router.take()).toEqual([[49, 1, { mode: 'killnowait' }]])
    await outcome
    expect(await outcomeOf(call)).toBe('wamp.error.timeout')
  })

  it('tolerates a router that closes without ABORT or GOODBYE: every call settles', async () => {
    const { session, router } = await openCalls()
    const call = session.openCall('com.example.a')
    call.send([1])
    router.lose({ wasClean: true, code: 1000 })
    await expect(call.result).rejects.toMatchObject({ code: 'TL_DISCONNECTED', mayHaveRun: true })
    expect(call.send([2])).toBe(false)
  })
})

describe('a call in chunks', () => {
  it('sends each chunk under one id, options but progress only once, and ends without progress [AP-RPC-PCI-06 AP-RPC-PCI-09 AP-RPC-PCI-25]', async () => {
    const { session, router } = await openCalls()
    const options: CallOptions = { discloseMe: true, timeout: 1000, onProgress: () => undefined }
    const call = session.openCall('com.example.sum', options)
    expect([call.send([1]), call.send([2], { kwargs: { a: 1 } }), call.end([3])]).toEqual([true, true, true])
    void session.call('com.example.b').catch(() => undefined)
    expect(router.take()).toEqual([
      [48, 1, { disclose_me: true, receive_progress: true, timeout: 1000, progress: true }, 'com.example.sum', [1]],
      [48, 1, { progress: true }, 'com.example.sum', [2], { a: 1 }],
      [48, 1, {}, 'com.example.sum', [3]],
      [48, 2, {}, 'com.example.b'],
    ])
    router.says([50, 1, {}, [6]])
    expect((await call.result).value).toBe(6)
  })

  it('stops sending when the answer came early, and says so [AP-RPC-PCI-26 AP-RPC-PCI-27]', async () => {
    const { session, router } = await openCalls()
    const call = session.openCall('com.example.sum')
    call.send([1])
    router.says([50, 1, {}, ['enough']])
    expect((await call.result).value).toBe('enough')
    router.take()
    expect([call.send([2]), call.end()]).toEqual([false, false])
    expect(router.take()).toEqual([])
  })

  it('is refused here when the router did not announce it [AP-FEAT-05 AP-RPC-PCI-01]', async () => {
    const { session, router } = await openCalls(withoutFeature('progressive_call_invocations'))
    const call = session.openCall('com.example.sum')
    expect(() => call.send([1])).toThrow(/progressive_call_invocations/)
    await expect(call.result).rejects.toMatchObject({ code: 'TL_NOT_ANNOUNCED' })
    expect(router.take()).toEqual([])
  })

  it('goes on after a chunk that cannot be sent, and takes no id for it', async () => {
    const { session, router } = await openCalls()
    const call = session.openCall('com.example.sum')
    call.send([1])
    expect(() => call.send([() => 1])).toThrow(/function/)
    call.end([2])
    expect(router.take().map((list) => list.at(-1))).toEqual([[1], [2]])
    router.says([50, 1, {}, [3]])
    expect((await call.result).value).toBe(3)
  })

  it('counts its limit of time anew from each chunk', async () => {
    const { session, router, clock } = await openCalls(withoutFeature('call_timeout'))
    const call = session.openCall('com.example.sum', { timeout: 300 })
    for (let i = 0; i < 3; i++) {
      call.send([i])
      clock.advance(299)
    }
    router.says([50, 1, {}, ['done']])
    expect((await call.result).value).toBe('done')
  })
})

describe('without calls()', () => {
  it('what needs it is refused by name, and nothing is sent or announced', async () => {
    const { session, router } = await openScripted()
    const { signal } = new AbortController()
    for (const options of [{ signal }, { cancelMode: 'kill' as const }, { onProgress: () => undefined }]) {
      await expect(session.call('com.example.a', [], options)).rejects.toThrow(/needs calls\(\)/)
    }
    expect(() => session.openCall('com.example.a')).toThrow(/needs calls\(\)/)
    expect(router.take()).toEqual([])
  })

  it("a timeout is the router's business", async () => {
    const { session, router } = await openScripted()
    void session.call('com.example.a', [], { timeout: 5 }).catch(() => undefined)
    expect(router.take()).toEqual([[48, 1, { timeout: 5 }, 'com.example.a']])
  })
})

// Shows a callee with calls(): stopping, progress, chunks and limits of time, with a scripted router.

import { ApplicationError } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import type { InvocationHandler } from '../invocation.ts'
import type { Invocation } from '../invocation.ts'
import { Result } from '../results.ts'
import type { Session } from '../session.ts'
import type { ManualClock, ScriptedRouter } from '../testing/scripted-router.ts'
import { openScripted, turn } from '../testing/scripted-router.ts'
import { calls } from './calls.ts'

interface World {
  readonly session: Session
  readonly router: ScriptedRouter
  readonly clock: ManualClock
  readonly told: unknown[]
  readonly seen: Invocation[]
}

/** A session with a procedure; its invocations are kept for the test. */
async function open(handler: InvocationHandler): Promise<World> {
  const told: unknown[] = []
  const seen: Invocation[] = []
  const made = await openScripted({ calls: calls(), onError: (error, source) => told.push([source, String(error)]) })
  const registering = made.session.register('com.example.proc', (invocation) => {
    seen.push(invocation)
    return handler(invocation)
  })
  made.router.says([65, 1, 900])
  await registering
  made.router.take()
  return { ...made, told, seen }
}

function untilStopped({ signal }: Invocation): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
}

const CANCELED = [8, 68, 1, {}, 'wamp.error.canceled']

describe('INTERRUPT', () => {
  it('with kill stops the handler, which answers by its ERROR [AP-RPC-CAN-09 AP-MSG-04]', async () => {
    const { router, told, seen } = await open(untilStopped)
    router.says([68, 1, 900, {}], [69, 1, { mode: 'kill' }])
    await turn()
    expect(seen[0]?.signal.aborted).toBe(true)
    expect(router.take()).toEqual([CANCELED])
    expect(told).toEqual([])
  })

  it.each<[string, (invocation: Invocation) => unknown]>([
    [
      'an AbortError',
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))),
    ],
    ['any error', ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))))],
  ])('with kill is answered by canceled when the handler throws %s', async (_what, handler) => {
    const { router, told } = await open(handler)
    router.says([68, 1, 900, {}], [69, 1, { mode: 'kill' }])
    await turn()
    expect(router.take()).toEqual([CANCELED])
    expect(told).toEqual([])
  })

  it('with kill lets a handler that was faster, or that does not look, give its result', async () => {
    const { router } = await open(() => turn().then(() => 'done'))
    router.says([68, 1, 900, {}], [69, 1, { mode: 'kill' }])
    await turn()
    await turn()
    expect(router.take()).toEqual([[70, 1, {}, ['done']]])
  })

  it('with killnowait has no answer follow, whatever a handler that does not look gives later', async () => {
    const outcomes = ['done', new Result(['done']), new ApplicationError('com.example.failed'), new Error('failed')]
    const { router, told } = await open(() =>
      turn().then(() => {
        const outcome = outcomes.shift()
        if (outcome instanceof Error) throw outcome
        return outcome
      }),
    )
    for (let request = 1; request <= 4; request++) router.says([68, request, 900, {}], [69, request, { mode: 'killnowait' }])
    await turn()
    await turn()
    expect([router.take(), told, outcomes]).toEqual([[], [], []])
  })

  it('with killnowait stops the handler, and nothing is answered any more [AP-RPC-CAN-08]', async () => {
    const { router, seen, told } = await open(untilStopped)
    router.says([68, 1, 900, { receive_progress: true }], [69, 1, { mode: 'killnowait', reason: 'wamp.error.timeout' }])
    await turn()
    expect(seen[0]?.signal.reason).toMatchObject({ uri: 'wamp.error.timeout' })
    expect(seen[0]?.progress('late')).toBe(false)
    expect(router.take()).toEqual([])
    expect(told).toEqual([])
  })

  it('without a mode waits for the handler', async () => {
    const { router } = await open(untilStopped)
    router.says([68, 1, 900, {}], [69, 1, {}])
    await turn()
    expect(router.take()).toEqual([CANCELED])
  })

  it('for an unknown or finished invocation is ignored [AP-RPC-CAN-13]', async () => {
    const { session, router, told } = await open(() => 'done')
    router.says([69, 7, { mode: 'kill' }], [68, 1, 900, {}], [69, 1, { mode: 'kill' }], [69, 1, { mode: 'killnowait' }])
    expect(router.take()).toEqual([[70, 1, {}, ['done']]])
    expect(session.isOpen).toBe(true)
    expect(told).toEqual([])
  })

  it('reaches a handler that asks for its signal only later', async () => {
    const { router, seen } = await open(() => new Promise(() => undefined))
    router.says([68, 1, 900, {}], [69, 1, { mode: 'kill' }])
    expect(seen[0]?.signal.aborted).toBe(true)
  })

  it.each(['lose', 'leave'] as const)('is not needed when the session ends (%s): all handlers are stopped', async (how) => {
    const { session, router, seen } = await open(() => new Promise(() => undefined))
    router.says([68, 1, 900, {}], [68, 2, 900, { progress: true }])
    const signals = seen.map(({ signal }) => signal)
    if (how === 'lose') router.lose()
    else void session.leave()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
    expect(signals[0]?.reason).toMatchObject({ code: 'TL_DISCONNECTED' })
  })
})

describe('progress', () => {
  it('goes out in order, before the result, as long as the call is open [AP-RPC-PCR-06 AP-RPC-PCR-08 AP-RPC-PCR-10 AP-RPC-PCR-11]', async () => {
    const sent: boolean[] = []
    const { router, seen } = await open(async ({ progress }) => {
      sent.push(progress(1), progress(new Result([2, 3], { a: 4 })), progress())
      await turn()
      return 'done'
    })
    router.says([68, 1, 900, { receive_progress: true }])
    await turn()
    await turn()
    expect(router.take()).toEqual([
      [70, 1, { progress: true }, [1]],
      [70, 1, { progress: true }, [2, 3], { a: 4 }],
      [70, 1, { progress: true }],
      [70, 1, {}, ['done']],
    ])
    expect([...sent, seen[0]?.progress('late')]).toEqual([true, true, true, false])
    expect(router.take()).toEqual([])
  })

  it('is not sent to a caller that did not ask [AP-RPC-PCR-12]', async () => {
    const { router } = await open(({ progress }) => progress(1))
    router.says([68, 1, 900, {}])
    expect(router.take()).toEqual([[70, 1, {}, [false]]])
  })

  it('is what an async generator yields; what it returns is the result', async () => {
    const { router } = await open(async function* ({ args }) {
      for (let i = 1; i <= Number(args[0]); i++) yield i
      await turn()
      return 'done'
    })
    router.says([68, 1, 900, { receive_progress: true }, [2]], [68, 2, 900, {}, [2]])
    for (let i = 0; i < 3; i++) await turn()
    expect(router.take()).toEqual([
      [70, 1, { progress: true }, [1]],
      [70, 1, { progress: true }, [2]],
      [70, 1, {}, ['done']],
      [70, 2, {}, ['done']],
    ])
  })

  it.each([
    { mode: 'kill', sent: [CANCELED] },
    { mode: 'killnowait', sent: [] },
  ])('of an async generator stops at INTERRUPT with $mode, and the generator cleans up', async ({ mode, sent }) => {
    let isClean = false
    const { router } = await open(async function* () {
      try {
        for (;;) {
          await turn()
          yield 1
        }
      } finally {
        isClean = true
      }
    })
    router.says([68, 1, 900, {}], [69, 1, { mode }])
    for (let i = 0; i < 3; i++) await turn()
    expect(router.take()).toEqual(sent)
    expect(isClean).toBe(true)
  })

  it('that cannot be sent ends a generator with an error, cleaned up', async () => {
    let isClean = false
    const { router } = await open(async function* () {
      try {
        yield () => 1
      } finally {
        isClean = true
      }
    })
    router.says([68, 1, 900, { receive_progress: true }])
    await turn()
    expect(router.take()).toEqual([[8, 68, 1, {}, 'wamp.error.runtime_error', [expect.any(String)], { id: expect.any(String) }]])
    expect(isClean).toBe(true)
  })
})

describe('chunks', () => {
  async function sum({ chunks }: Invocation): Promise<number> {
    let total = 0
    for await (const { args } of chunks) total += Number(args[0])
    return total
  }

  it('of a call come in one loop, the first included [AP-RPC-PCI-14 AP-RPC-PCI-22 AP-RPC-PCI-29]', async () => {
    const { router, seen } = await open(sum)
    router.says([68, 1, 900, { progress: true, caller: 5 }, [1]], [68, 1, 900, { progress: true }, [2]])
    await turn()
    expect(router.take()).toEqual([])
    router.says([68, 1, 900, {}, [3]])
    await turn()
    expect(router.take()).toEqual([[70, 1, {}, [6]]])
    // The details of the first hold for all.
    expect(seen.map(({ details }) => details)).toEqual([{ progress: true, caller: 5 }])
  })

  it('are one for a call that is not made in chunks', async () => {
    const { router } = await open(sum)
    router.says([68, 1, 900, {}, [4]])
    await turn()
    expect(router.take()).toEqual([[70, 1, {}, [4]]])
  })

  it('end with an empty last one, which is none', async () => {
    const { router } = await open(sum)
    router.says([68, 1, 900, { progress: true }, [4]], [68, 1, 900, {}])
    await turn()
    expect(router.take()).toEqual([[70, 1, {}, [4]]])
  })

  it('and progress go both ways, and the callee may finish first; late chunks are discarded [AP-RPC-PCI-14 AP-RPC-PCI-26 AP-RPC-PCI-30]', async () => {
    const { session, router, seen, told } = await open(async ({ chunks, progress }) => {
      for await (const { args } of chunks) {
        if (args[0] === 'stop') return 'stopped'
        progress(args[0])
      }
      return 'end'
    })
    router.says([68, 1, 900, { progress: true, receive_progress: true }, ['a']], [68, 1, 900, { progress: true }, ['stop']])
    await turn()
    router.says([68, 1, 900, { progress: true }, ['late']], [68, 1, 900, {}, ['last']])
    expect(router.take()).toEqual([
      [70, 1, { progress: true }, ['a']],
      [70, 1, {}, ['stopped']],
    ])
    // Behind the last chunk the id is free.
    router.says([68, 1, 900, {}, ['stop']])
    await turn()
    expect(router.take()).toEqual([[70, 1, {}, ['stopped']]])
    expect(seen).toHaveLength(2)
    expect(session.isOpen).toBe(true)
    expect(told).toEqual([])
  })

  it('of a call that is cancelled end the loop with the reason', async () => {
    const { router } = await open(sum)
    router.says([68, 1, 900, { progress: true }, [1]], [69, 1, { mode: 'kill' }])
    await turn()
    expect(router.take()).toEqual([CANCELED])
    router.says([68, 1, 900, { progress: true }, [2]], [68, 1, 900, {}, [3]])
    expect(router.take()).toEqual([])
  })

  it('that nobody reads end the call when 1,000 wait', async () => {
    const { router, seen } = await open(() => new Promise(() => undefined))
    for (let i = 0; i < 1000; i++) router.says([68, 1, 900, { progress: true }, [i]])
    expect(router.take()).toEqual([])
    router.says([68, 1, 900, { progress: true }, [1000]], [68, 1, 900, { progress: true }, [1001]])
    expect(router.take()).toEqual([[8, 68, 1, {}, 'trunkline.error.limit_exceeded', ['too many chunks wait unread']]])
    expect(seen[0]?.signal.aborted).toBe(true)
  })

  it('beyond the last one are a protocol violation while the call is open', async () => {
    const { session, router } = await open(() => new Promise(() => undefined))
    router.says([68, 1, 900, { progress: true }], [68, 1, 900, {}], [68, 1, 900, {}])
    expect(router.take()).toEqual([[3, { message: expect.any(String) as string }, 'wamp.error.protocol_violation']])
    expect(session.isOpen).toBe(false)
  })
})

describe('a limit of time that the router left to the callee', () => {
  it('ends the call with wamp.error.timeout and stops the handler [AP-RPC-TMO-12]', async () => {
    const { router, clock, seen } = await open(untilStopped)
    router.says([68, 1, 900, { timeout: 100 }])
    clock.advance(99)
    expect(router.take()).toEqual([])
    clock.advance(1)
    await turn()
    expect(router.take()).toEqual([[8, 68, 1, {}, 'wamp.error.timeout', ['no answer within 100 ms']]])
    expect(seen[0]?.signal.reason).toBeInstanceOf(ApplicationError)
    expect(clock.openTimers).toBe(0)
  })

  it('holds to the first result and then between results [AP-RPC-PCR-17]', async () => {
    const { router, clock, seen } = await open(() => new Promise(() => undefined))
    router.says([68, 1, 900, { timeout: 100, receive_progress: true }])
    for (let i = 0; i < 3; i++) {
      clock.advance(99)
      seen[0]?.progress(i)
    }
    expect(router.take()).toHaveLength(3)
    clock.advance(100)
    expect(router.take()).toEqual([[8, 68, 1, {}, 'wamp.error.timeout', ['no answer within 100 ms']]])
  })

  it('is over with the answer', async () => {
    const { router, clock } = await open(() => 1)
    router.says([68, 1, 900, { timeout: 100 }])
    expect(clock.openTimers).toBe(0)
  })
})

describe('an unavailable callee', () => {
  it('says so, for the router to ask another [AP-RPC-RRT-02]', async () => {
    const { router } = await open(() => Promise.reject(new ApplicationError('wamp.error.unavailable')))
    router.says([68, 1, 900, {}])
    await turn()
    expect(router.take()).toEqual([[8, 68, 1, {}, 'wamp.error.unavailable']])
  })
})

it('without calls() INTERRUPT is ignored, for an open invocation too: nothing of the kind was announced [AP-RPC-CAN-13]', async () => {
  const { session, router } = await openScripted()
  let finish = (_: string): void => undefined
  const registering = session.register('com.example.proc', () => new Promise((resolve) => (finish = resolve)))
  router.says([65, 1, 900])
  await registering
  router.take()
  router.says([69, 7, {}], [68, 1, 900, {}], [69, 1, { mode: 'kill' }])
  finish('done')
  await turn()
  expect(router.take()).toEqual([[70, 1, {}, ['done']]])
  expect(session.isOpen).toBe(true)
})

it('without calls() receive_progress is ignored, and an invocation refuses by name what it cannot do [AP-RPC-PCR-13]', async () => {
  const { session, router } = await openScripted({ onError: () => undefined })
  const registering = session.register('com.example.proc', (invocation) => {
    expect(() => invocation.signal).toThrow(/needs calls\(\)/)
    expect(() => invocation.progress).toThrow(/needs calls\(\)/)
    expect(() => invocation.chunks).toThrow(/needs calls\(\)/)
    return 'done'
  })
  router.says([65, 1, 900])
  await registering
  router.take()
  router.says([68, 1, 900, { receive_progress: true }])
  expect(router.take()).toEqual([[70, 1, {}, ['done']]])
})

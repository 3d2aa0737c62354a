// Shows what a callee does with invocations, with a scripted router.

import { describe, expect, it, vi } from 'vitest'
import { ApplicationError } from '@trunkline/protocol'
import type { Invocation, InvocationHandler, Registration } from './invocation.ts'
import type { OpenSessionOptions } from './open-session.ts'
import type { OnError } from './report.ts'
import { CallResult, Result } from './results.ts'
import type { Session } from './session.ts'
import type { ScriptedRouter } from './testing/scripted-router.ts'
import { openScripted, turn } from './testing/scripted-router.ts'

async function callee(
  handler: InvocationHandler,
  options: Partial<OpenSessionOptions> = {},
): Promise<{ session: Session; router: ScriptedRouter; registration: Registration }> {
  const { session, router } = await openScripted(options)
  const registering = session.register('com.example.proc', handler)
  router.says([65, 1, 900])
  const registration = await registering
  router.take()
  return { session, router, registration }
}

/** Throws, also what no error class is. */
function fail(reason: unknown): never {
  throw reason as Error
}

describe('register', () => {
  it('sends REGISTER with its options and gives the registration [BP-MSG-30 BP-MSG-31]', async () => {
    const { session, router } = await openScripted()
    const registering = session.register('com.example.', () => undefined, { match: 'prefix', invoke: 'roundrobin', _mine: 1 })
    expect(router.take()).toEqual([[64, 1, { match: 'prefix', invoke: 'roundrobin', _mine: 1 }, 'com.example.']])
    router.says([65, 1, 900])
    expect(await registering).toMatchObject({ id: 900, procedure: 'com.example.', options: { match: 'prefix', invoke: 'roundrobin' } })
  })

  it('rejects with the ERROR of the router', async () => {
    const { session, router } = await openScripted()
    const registering = session.register('com.example.a', () => undefined)
    router.says([8, 64, 1, {}, 'wamp.error.procedure_already_exists'])
    await expect(registering).rejects.toMatchObject({ uri: 'wamp.error.procedure_already_exists' })
  })

  it.each(['wamp.session.count', 'wamp'])('refuses the reserved %s [BP-URI-07]', async (procedure) => {
    const { session, router } = await openScripted()
    await expect(session.register(procedure, () => undefined)).rejects.toMatchObject({ code: 'TL_RESERVED_URI' })
    expect(router.take()).toEqual([])
  })

  it('judges a pattern by its policy [BP-URI-02]', async () => {
    const { session, router } = await openScripted()
    await expect(session.register('com..a', () => undefined)).rejects.toMatchObject({ code: 'TL_INVALID_URI' })
    await expect(session.register('com..a', () => undefined, { match: 'prefix' })).rejects.toMatchObject({ code: 'TL_INVALID_URI' })
    void session.register('com..a', () => undefined, { match: 'wildcard' }).catch(() => undefined)
    expect(router.take()).toEqual([[64, 1, { match: 'wildcard' }, 'com..a']])
  })

  it('is ready for an invocation that comes in the same turn as REGISTERED', async () => {
    const { session, router } = await openScripted()
    void session.register('com.example.a', () => 'ready')
    router.take()
    router.says([65, 1, 900], [68, 1, 900, {}])
    expect(router.take()).toEqual([[70, 1, {}, ['ready']]])
  })
})

describe('unregister', () => {
  it('sends UNREGISTER once, and answers invocations until the router agreed [BP-MSG-32 BP-MSG-33]', async () => {
    const { router, registration } = await callee(() => 'late')
    const unregistering = [registration.unregister(), registration.unregister()]
    expect(router.take()).toEqual([[66, 2, 900]])
    router.says([68, 1, 900, {}], [67, 2])
    await Promise.all(unregistering)
    expect(router.take()).toEqual([[70, 1, {}, ['late']]])
  })

  it('resolves when the session ends first, since that took the registration away', async () => {
    const { router, registration } = await callee(() => undefined)
    const unregistering = registration.unregister()
    router.lose()
    await expect(unregistering).resolves.toBeUndefined()
  })
})

describe('an invocation', () => {
  it('reaches the handler with all that came with it [BP-MSG-34]', async () => {
    const seen: Invocation[] = []
    const { router, registration } = await callee((invocation) => void seen.push(invocation))
    router.says([68, 1, 900, { caller: 5 }, [1], { a: 2 }], [68, 2, 900, { procedure: 'com.example.proc.sub' }])
    expect(seen).toEqual([
      { args: [1], kwargs: { a: 2 }, details: { caller: 5 }, procedure: 'com.example.proc', registration },
      { args: [], kwargs: {}, details: { procedure: 'com.example.proc.sub' }, procedure: 'com.example.proc.sub', registration },
    ])
  })

  it('tolerates null in the place of args and kwargs, which routers pass on from other clients', async () => {
    const seen: unknown[] = []
    const { router } = await callee(({ args, kwargs }) => void seen.push([args, kwargs]))
    router.says([68, 1, 900, {}, null, { a: 2 }], [68, 2, 900, {}, [1], null], [68, 3, 900, {}, null])
    expect(seen).toEqual([
      [[], { a: 2 }],
      [[1], {}],
      [[], {}],
    ])
  })

  it.each<[string, unknown, unknown[]]>([
    ['a value', 5, [[5]]],
    ['null', null, [[null]]],
    ['an empty list', [], [[[]]]],
    ['undefined', undefined, []],
    ['a Result', new Result([1, 2], { a: 3 }), [[1, 2], { a: 3 }]],
    ['an empty Result', new Result(), []],
    ['a Result of kwargs alone', new Result([], { a: 3 }), [[], { a: 3 }]],
    ['the result of another call', new CallResult(undefined, {}), []],
    ['a promise', Promise.resolve('later'), [['later']]],
    ['a promise of a Result', Promise.resolve(new Result(['a', 'b'])), [['a', 'b']]],
  ])('is answered by YIELD with %s [BP-RPC-11 BP-MSG-35 BP-ID-08]', async (_what, value, payload) => {
    const { router } = await callee(() => value)
    router.says([68, 44, 900, {}])
    await turn()
    expect(router.take()).toEqual([[70, 44, {}, ...payload]])
  })

  it.each<[string, () => unknown]>([
    ['thrown', () => fail(new ApplicationError('com.example.no_funds', ['sorry'], { missing: 5 }))],
    ['as a rejection', () => Promise.reject(new ApplicationError('com.example.no_funds', ['sorry'], { missing: 5 }))],
  ])('is answered by the ApplicationError %s, under its own URI [BP-RPC-11 BP-RPC-18 BP-RPC-19 BP-MSG-20]', async (_how, handler) => {
    const told: unknown[] = []
    const { router } = await callee(handler, { onError: (error) => told.push(error) })
    router.says([68, 1, 900, {}])
    await turn()
    expect(router.take()).toEqual([[8, 68, 1, {}, 'com.example.no_funds', ['sorry'], { missing: 5 }]])
    expect(told).toEqual([])
  })

  it.each<[string, () => unknown, string]>([
    ['an exception', () => fail(new TypeError('x is not a function')), 'x is not a function'],
    ['a rejection', () => Promise.reject(new Error('broken')), 'broken'],
    ['a thrown string', () => fail('text'), 'text'],
    ['a thrown undefined', () => fail(undefined), 'undefined'],
    ['a thrown object without a text', () => fail(Object.create(null)), 'an object'],
    ['an AggregateError', () => fail(Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })), 'AggregateError ECONNREFUSED'],
    ['a result that cannot be sent', () => () => 1, "'0' is a function"],
    ['a Result made of a string', () => new Result('text' as unknown as unknown[]), 'args: expected list'],
    [
      'a Result with keyword values in a Map',
      () => new Result([], new Map() as unknown as Record<string, unknown>),
      'kwargs: expected dict',
    ],
    [
      'a Result with an option of the wrong type',
      () => new Result([new Uint8Array()], {}, { pptScheme: 5 }),
      'YIELD: pptScheme is not of the type string',
    ],
  ])(
    'is answered by runtime_error after %s, whose text callers get by `exposeErrors` alone [BP-RPC-18 BP-RPC-19]',
    async (_what, handler, text) => {
      for (const exposeErrors of [true, false]) {
        const told: unknown[] = []
        const onError: OnError = (_error, source, about) => told.push([source, about])
        const { session, router } = await callee(handler, { onError, exposeErrors, random: () => 0.1 })
        router.says([68, 1, 900, {}])
        await turn()
        const id = '3lllllll'
        const said = exposeErrors ? text : `com.example.proc failed; its own log says why, under ${id}`
        expect(router.take()).toEqual([[8, 68, 1, {}, 'wamp.error.runtime_error', [said], { id }]])
        expect(told).toEqual([['procedure', { uri: 'com.example.proc', id }]])
        expect(session.isOpen).toBe(true)
      }
    },
  )

  it('prints an exception, with its id, where no onError takes it', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const error = new Error('broken')
    const { router } = await callee(() => fail(error), { random: () => 0.1 })
    router.says([68, 1, 900, {}])
    expect(printed.mock.calls).toEqual([['com.example.proc failed (3lllllll):', error]])
    printed.mockRestore()
  })

  it('is answered by errorUri where one is set', async () => {
    const { router } = await callee(() => fail(new Error('x')), {
      errorUri: 'com.example.bug',
      exposeErrors: true,
      onError: () => undefined,
    })
    router.says([68, 1, 900, {}])
    expect(router.take()).toEqual([[8, 68, 1, {}, 'com.example.bug', ['x'], { id: expect.any(String) }]])
  })

  it('never puts an invalid URI or an unsendable argument of an error on the wire', async () => {
    const errors = [new ApplicationError('not a uri', ['a']), new ApplicationError('com.example.a', [() => 1])]
    const sources: string[] = []
    const onError: OnError = (_error, source) => sources.push(source)
    const { router } = await callee(() => fail(errors.shift()), { onError, exposeErrors: true })
    router.says([68, 1, 900, {}], [68, 2, 900, {}])
    expect(router.take()).toEqual([
      [8, 68, 1, {}, 'wamp.error.runtime_error', ['not a uri: a'], { id: expect.any(String) }],
      [8, 68, 2, {}, 'com.example.a'],
    ])
    expect(sources).toEqual(['procedure', 'procedure'])
  })

  it('starts in the order of arrival and runs beside the others [BP-ORD-08]', async () => {
    const started: unknown[] = []
    const release: (() => void)[] = []
    const { router } = await callee(({ args }) => {
      started.push(args[0])
      return new Promise((resolve) => release.push(() => resolve(args[0])))
    })
    router.says([68, 1, 900, {}, ['a']], [68, 2, 900, {}, ['b']], [68, 3, 900, {}, ['c']])
    expect(started).toEqual(['a', 'b', 'c'])
    for (const index of [2, 0, 1]) {
      release[index]?.()
      await turn()
    }
    expect(router.take()).toEqual([
      [70, 3, {}, ['c']],
      [70, 1, {}, ['a']],
      [70, 2, {}, ['b']],
    ])
  })

  it('may have any id that is not running, in any order', async () => {
    const { session, router } = await callee(() => 1)
    router.says([68, 90, 900, {}], [68, 7, 900, {}], [68, 90, 900, {}])
    expect(router.take().map(([type, id]) => [type, id])).toEqual([
      [70, 90],
      [70, 7],
      [70, 90],
    ])
    expect(session.isOpen).toBe(true)
  })

  it('with the id of one that is running is a protocol violation', async () => {
    const { session, router } = await callee(() => new Promise(() => undefined))
    router.says([68, 1, 900, {}], [68, 1, 900, {}])
    expect(router.take()).toEqual([[3, { message: expect.any(String) as string }, 'wamp.error.protocol_violation']])
    expect(session.isOpen).toBe(false)
  })

  it('of an unknown registration is refused and told to onError', async () => {
    const sources: string[] = []
    const { router } = await callee(() => 1, { onError: (_error, source) => sources.push(source) })
    router.says([68, 1, 901, {}])
    expect(router.take()).toEqual([[8, 68, 1, {}, 'wamp.error.no_such_registration']])
    expect(sources).toEqual(['router'])
  })

  it('is not answered after the session has ended', async () => {
    const release: ((value: unknown) => void)[] = []
    const { session, router } = await callee(() => new Promise((resolve) => release.push(resolve)))
    router.says([68, 1, 900, {}])
    void session.leave()
    router.take()
    release[0]?.('too late')
    await turn()
    expect(router.take()).toEqual([])
  })

  it.each<[string, (session: Session, router: ScriptedRouter) => void]>([
    ['leave', (session) => void session.leave()],
    ['the GOODBYE of the router', (_, router) => router.says([6, {}, 'wamp.close.system_shutdown'])],
    ['the loss of the connection', (_, router) => router.lose()],
  ])('whose handler throws after the session has ended by %s says nothing of it', async (_, end) => {
    const stop: ((reason: unknown) => void)[] = []
    const told: unknown[] = []
    const { session, router } = await callee(() => new Promise((_resolve, reject) => stop.push(reject)), {
      onError: (error) => told.push(error),
    })
    router.says([68, 1, 900, {}], [68, 2, 900, {}])
    end(session, router)
    router.take()
    stop[0]?.(new Error('the connection is gone'))
    stop[1]?.(new ApplicationError('com.example.gone'))
    await turn()
    expect([router.take(), router.sentAfterClose, told]).toEqual([[], 0, []])
  })
})

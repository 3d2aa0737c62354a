// Shows registrations by prefix and by wildcard: which of them a call goes to (specification: "Pattern-based Registration").

import { World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const PROCEDURE = 'com.example.procedure'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

describe('pattern-based registration', () => {
  /** Registers everything at one callee and says to which of the registrations each call goes; undefined for none. */
  function routes(registrations: readonly (readonly [match: string, uri: string])[], calls: readonly string[]): (number | undefined)[] {
    const [callee, caller] = [world.join(), world.join()]
    const ids = registrations.map(([match, uri]) => callee.register(uri, { match }))
    return calls.map((procedure, i) => {
      caller.say(48, i + 1, {}, procedure)
      const [invocation, ...more] = callee.take()
      expect(more).toEqual([])
      if (invocation === undefined) expect(caller.takeOne()[4]).toBe('wamp.error.no_such_procedure')
      return invocation === undefined ? undefined : ids.indexOf(invocation[2] as number) + 1
    })
  }

  it('matches exactly when no policy is given [AP-RPC-PAT-02]', () => {
    const [callee, caller] = [world.join(), world.join()]
    const id = callee.register(PROCEDURE)
    callee.say(64, 2, { match: 'exact' }, PROCEDURE)
    expect(callee.takeOne()[4]).toBe('wamp.error.procedure_already_exists')
    caller.say(48, 1, {}, `${PROCEDURE}.more`)
    expect(caller.takeOne()[4]).toBe('wamp.error.no_such_procedure')
    caller.say(48, 2, {}, PROCEDURE)
    expect(callee.takeOne()).toEqual([68, 1, id, {}])
  })

  it('takes a prefix as a prefix of the string, itself included [AP-RPC-PAT-03 AP-RPC-PAT-04]', () => {
    const calls = ['com.myapp.myobject1', 'com.myapp.myobject1-mysubobject1', 'com.myapp.myobject1.x', 'com.myapp.myobject']
    expect(routes([['prefix', 'com.myapp.myobject1']], calls)).toEqual([1, 1, 1, undefined])
  })

  it('takes a wildcard for exactly one whole component [AP-RPC-PAT-05]', () => {
    const calls = ['com.myapp.a.p', 'com.myapp.b.p', 'com.myapp.p', 'com.myapp.a.b.p', 'com.myapp.a.q']
    expect(routes([['wildcard', 'com.myapp..p']], calls)).toEqual([1, 1, undefined, undefined, undefined])
  })

  it('looks for exact, then the longest prefix, then the best wildcard, as in the example of the specification [AP-RPC-PAT-06 AP-RPC-PAT-07 AP-RPC-PAT-08 AP-RPC-PAT-09 AP-RPC-PAT-10]', () => {
    const registrations = [
      ['exact', 'a1.b2.c3.d4.e55'],
      ['prefix', 'a1.b2.c3'],
      ['prefix', 'a1.b2.c3.d4'],
      ['wildcard', 'a1.b2..d4.e5'],
      ['wildcard', 'a1.b2.c33..e5'],
      ['wildcard', 'a1.b2..d4.e5..g7'],
      ['wildcard', 'a1.b2..d4..f6.g7'],
    ] as const
    const calls = [
      'a1.b2.c3.d4.e55',
      'a1.b2.c3.d98.e74',
      'a1.b2.c3.d4.e325',
      'a1.b2.c55.d4.e5',
      'a1.b2.c33.d4.e5',
      'a1.b2.c88.d4.e5.f6.g7',
      'a2.b2.c2.d2.e2',
    ]
    expect(routes(registrations, calls)).toEqual([1, 2, 3, 4, 2, 6, undefined])
  })

  it('prefers the literal at the first component where wildcards differ [AP-RPC-PAT-10]', () => {
    const registrations = [
      ['wildcard', '..c.d'],
      ['wildcard', '.b..'],
      ['wildcard', 'a...'],
    ] as const
    expect(routes(registrations, ['a.b.c.d', 'x.b.c.d', 'x.y.c.d', 'x.y.z.d'])).toEqual([3, 2, 1, undefined])
  })

  it('lets even a short prefix beat every wildcard [AP-RPC-PAT-09]', () => {
    const registrations = [
      ['prefix', 'a'],
      ['wildcard', 'a.b.'],
    ] as const
    expect(routes(registrations, ['a.b.c', 'b.b.c'])).toEqual([1, undefined])
  })

  it('names the called procedure in invocations of patterns only [AP-RPC-PAT-12]', () => {
    const [callee, caller] = [world.join(), world.join()]
    const ids = [
      callee.register('exact.a'),
      callee.register('prefix.', { match: 'prefix' }),
      callee.register('wildcard.', { match: 'wildcard' }),
    ]
    caller.sayAll([48, 1, {}, 'exact.a'], [48, 2, {}, 'prefix.a', [1]], [48, 3, {}, 'wildcard.a'])
    expect(callee.take()).toEqual([
      [68, 1, ids[0], {}],
      [68, 2, ids[1], { procedure: 'prefix.a' }, [1]],
      [68, 3, ids[2], { procedure: 'wildcard.a' }],
    ])
  })

  it('keeps the same URI under different policies apart [AP-RPC-PAT-13 AP-RPC-PAT-14 BP-ID-04]', () => {
    const [callee, caller] = [world.join(), world.join()]
    const exact = callee.register('com.a')
    const prefix = callee.register('com.a', { match: 'prefix' })
    const wildcard = callee.register('com.a', { match: 'wildcard' })
    expect(new Set([exact, prefix, wildcard]).size).toBe(3)
    for (const [i, id] of [exact, prefix, wildcard].entries()) {
      caller.say(48, i + 1, {}, 'com.a')
      expect(callee.takeOne()[2]).toBe(id)
      callee.say(66, i + 4, id)
      expect(callee.takeOne()).toEqual([67, i + 4])
    }
    caller.say(48, 4, {}, 'com.a')
    expect(caller.takeOne()[4]).toBe('wamp.error.no_such_procedure')
  })

  it('falls back to the next best pattern when the callees of a better one are gone [AP-RPC-PAT-15]', () => {
    const [first, second, caller] = [world.join(), world.join(), world.join()]
    first.register(PROCEDURE)
    const prefix = second.register('com.', { match: 'prefix' })
    first.drop()
    caller.say(48, 1, {}, PROCEDURE)
    expect(second.takeOne()).toEqual([68, 1, prefix, { procedure: PROCEDURE }])
  })

  it('refuses patterns that would make each call visit more of the others than may be; what takes the place of one costs nothing more', () => {
    const ALL = ['call', 'register', 'publish', 'subscribe'] as const
    const roles = { anonymous: [{ uri: '**', allow: ALL, options: ['force_reregister'] as const }] }
    world = World.of({ limits: { wildcardNodes: 40 }, roles })
    const [callee, rival] = [world.join(), world.join()]
    callee.register('a.....never', { match: 'wildcard' })
    callee.say(64, 2, { match: 'wildcard' }, '.a....never')
    expect(callee.takeOne()).toEqual([
      8,
      64,
      2,
      { limit: 'wildcardNodes', value: 40 },
      'trunkline.error.limit_exceeded',
      ['more than 40 wildcardNodes'],
    ])
    rival.register('a.....never', { match: 'wildcard', force_reregister: true })
    rival.drop()
    callee.take()
    callee.register('.a....never', { match: 'wildcard' })
  })
})

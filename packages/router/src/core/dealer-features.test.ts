// Shows the dealer's advanced features: canceling, progressive results, patterns, shared registrations, identification.

import { OPEN_REALM, World } from '@trunkline/testkit'
import type { TestPeer } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const PROCEDURE = 'com.example.procedure'
const PROGRESSING = { callee: ['call_canceling', 'progressive_call_results'] }

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

/** A caller with request 1 open as invocation 1 at a callee. */
function calling(features: readonly string[], options: Record<string, unknown> = {}): { caller: TestPeer; callee: TestPeer } {
  const [callee, caller] = [world.join({ features: { callee: features } }), world.join()]
  callee.register(PROCEDURE)
  caller.say(48, 1, options, PROCEDURE)
  expect(callee.takeOne().slice(0, 2)).toEqual([68, 1])
  return { caller, callee }
}

const CANCELED = [8, 48, 1, {}, 'wamp.error.canceled']
const interrupt = (mode: string): unknown[] => [69, 1, { mode, reason: 'wamp.error.canceled' }]

describe('call canceling', () => {
  it('skip: answers the caller at once, sends no INTERRUPT, discards the late answer [AP-RPC-CAN-03 BP-ERR-06]', () => {
    const { caller, callee } = calling(['call_canceling'])
    caller.say(49, 1, { mode: 'skip' })
    expect(caller.take()).toEqual([CANCELED])
    callee.say(70, 1, {}, ['late'])
    expect(callee.take()).toEqual([])
    expect(caller.take()).toEqual([])
    expect(callee.isClosed).toBe(false)
  })

  it.each([
    ['YIELD', [70, 1, {}, ['faster']], [50, 1, {}, ['faster']]],
    ['ERROR', [8, 68, 1, {}, 'com.example.stopped', ['half done']], [8, 48, 1, {}, 'com.example.stopped', ['half done']]],
  ])('kill: interrupts the callee and passes its %s, nothing before [AP-RPC-CAN-04 AP-RPC-CAN-05 AP-RPC-CAN-14]', (_, answer, passed) => {
    const { caller, callee } = calling(['call_canceling'])
    caller.say(49, 1, { mode: 'kill' })
    expect(callee.take()).toEqual([interrupt('kill')])
    expect(caller.take()).toEqual([])
    callee.say(...answer)
    expect(caller.take()).toEqual([passed])
  })

  it.each([{ mode: 'killnowait' }, {}, { mode: null }])(
    'killnowait (%j): answers at once, interrupts, discards the late answer [AP-RPC-CAN-06 AP-RPC-CAN-10 AP-RPC-CAN-14]',
    (options) => {
      const { caller, callee } = calling(['call_canceling'])
      caller.say(49, 1, options)
      expect(caller.take()).toEqual([CANCELED])
      expect(callee.take()).toEqual([interrupt('killnowait')])
      callee.say(8, 68, 1, {}, 'wamp.error.canceled')
      expect(caller.take()).toEqual([])
      expect(callee.take()).toEqual([])
    },
  )

  it.each(['skip', 'kill', 'killnowait'])('treats %s as skip for a callee without the feature [AP-RPC-CAN-07]', (mode) => {
    const { caller, callee } = calling([])
    caller.say(49, 1, { mode })
    expect(caller.take()).toEqual([CANCELED])
    expect(callee.take()).toEqual([])
  })

  it('knows the misspelt feature too [AP-RPC-CAN-07]', () => {
    const { caller, callee } = calling(['call_cancelling'])
    caller.say(49, 1, {})
    expect(callee.take()).toEqual([interrupt('killnowait')])
    expect(caller.take()).toEqual([CANCELED])
  })

  it("ignores a CANCEL for an unknown call, a finished call and another's call [AP-RPC-CAN-11]", () => {
    const { caller, callee } = calling(['call_canceling'])
    const other = world.join()
    other.say(49, 1, {})
    caller.say(49, 7, { mode: 'kill' })
    callee.say(70, 1, {}, ['done'])
    caller.say(49, 1, {})
    expect(caller.take()).toEqual([[50, 1, {}, ['done']]])
    expect(callee.take()).toEqual([])
    expect(other.take()).toEqual([])
    expect([caller.isClosed, other.isClosed]).toEqual([false, false])
  })

  it('uses the ids of call and invocation, and no new one [AP-MSG-03 AP-MSG-04]', () => {
    const { caller, callee } = calling(['call_canceling'])
    caller.sayAll([48, 2, {}, PROCEDURE], [49, 2, { mode: 'killnowait' }], [48, 3, {}, PROCEDURE])
    expect(callee.take().map((message) => message.slice(0, 2))).toEqual([
      [68, 2],
      [69, 2],
      [68, 3],
    ])
    expect(caller.take()).toEqual([[8, 48, 2, {}, 'wamp.error.canceled']])
  })

  it('sends one INTERRUPT however often CANCEL is said [AP-RPC-CAN-12]', () => {
    const { caller, callee } = calling(['call_canceling'])
    caller.say(49, 1, { mode: 'kill' })
    caller.say(49, 1, { mode: 'kill' })
    expect(callee.take()).toEqual([interrupt('kill')])
    expect(caller.take()).toEqual([])
    callee.say(70, 1, {})
    expect(caller.take()).toEqual([[50, 1, {}]])
  })

  it.each(['skip', 'killnowait'])('ends the wait of a kill when %s follows [AP-RPC-CAN-12]', (mode) => {
    const { caller, callee } = calling(['call_canceling'])
    caller.say(49, 1, { mode: 'kill' })
    caller.say(49, 1, { mode })
    expect(callee.take()).toEqual([interrupt('kill')])
    expect(caller.take()).toEqual([CANCELED])
    callee.say(70, 1, {})
    expect(caller.take()).toEqual([])
  })

  it('gives the caller of a killed call canceled when the callee leaves instead of answering [BP-RPC-28]', () => {
    const { caller, callee } = calling(['call_canceling'])
    caller.say(49, 1, { mode: 'kill' })
    callee.drop()
    expect(caller.take()).toEqual([[...CANCELED, [expect.any(String)]]])
  })

  it('does not interrupt twice when the caller of a killed call leaves', () => {
    const { caller, callee } = calling(['call_canceling'])
    caller.say(49, 1, { mode: 'kill' })
    caller.drop()
    expect(callee.take()).toEqual([interrupt('kill')])
  })
})

describe('progressive call results', () => {
  it('passes each progressive YIELD at once and in order, then the final one [AP-RPC-PCR-05 AP-RPC-PCR-07 AP-RPC-PCR-09 AP-RPC-PCR-10 BP-RPC-23]', () => {
    const [callee, caller] = [world.join({ features: PROGRESSING }), world.join()]
    const registration = callee.register(PROCEDURE)
    caller.say(48, 1, { receive_progress: true }, PROCEDURE)
    expect(callee.takeOne()).toEqual([68, 1, registration, { receive_progress: true }])
    callee.say(70, 1, { progress: true }, [1])
    expect(caller.takeOne()).toEqual([50, 1, { progress: true }, [1]])
    callee.say(70, 1, { progress: true }, [2])
    expect(caller.takeOne()).toEqual([50, 1, { progress: true }, [2]])
    callee.say(70, 1, {}, ['end'])
    expect(caller.takeOne()).toEqual([50, 1, {}, ['end']])
    callee.say(70, 1, { progress: true }, [3])
    expect(caller.take()).toEqual([])
    expect(callee.isClosed).toBe(false)
  })

  it('passes empty progress and an empty end [AP-RPC-PCR-11]', () => {
    const { caller, callee } = calling(PROGRESSING.callee, { receive_progress: true })
    callee.say(70, 1, { progress: true })
    callee.say(70, 1, { progress: true }, [], { a: 1 })
    callee.say(70, 1, {})
    expect(caller.take()).toEqual([
      [50, 1, { progress: true }],
      [50, 1, { progress: true }, [], { a: 1 }],
      [50, 1, {}],
    ])
  })

  it('passes an ERROR after progress as the end, with type CALL [AP-RPC-PCR-09]', () => {
    const { caller, callee } = calling(PROGRESSING.callee, { receive_progress: true })
    callee.say(70, 1, { progress: true }, [1])
    callee.say(8, 68, 1, {}, 'com.example.failed')
    expect(caller.take()).toEqual([
      [50, 1, { progress: true }, [1]],
      [8, 48, 1, {}, 'com.example.failed'],
    ])
  })

  it.each([
    ['neither', []],
    ['call canceling alone', ['call_canceling']],
  ])('does not ask a callee that announced %s for progress [AP-RPC-PCR-05 AP-FEAT-04]', (_, features) => {
    const [callee, caller] = [world.join({ features: { callee: features } }), world.join()]
    const registration = callee.register(PROCEDURE)
    caller.say(48, 1, { receive_progress: true }, PROCEDURE)
    expect(callee.takeOne()).toEqual([68, 1, registration, {}])
    callee.say(70, 1, {}, ['end'])
    expect(caller.take()).toEqual([[50, 1, {}, ['end']]])
  })

  it('drops progress for which the caller did not ask, and waits for the end [AP-RPC-PCR-18]', () => {
    const { caller, callee } = calling(PROGRESSING.callee)
    callee.say(70, 1, { progress: true }, [1])
    expect(caller.take()).toEqual([])
    callee.say(70, 1, {}, ['end'])
    expect(caller.take()).toEqual([[50, 1, {}, ['end']]])
    expect(world.router.counters.unaskedProgressDropped).toBe(1)
  })

  it('keeps passing progress after CANCEL kill, until the callee answers [AP-RPC-CAN-05]', () => {
    const { caller, callee } = calling(PROGRESSING.callee, { receive_progress: true })
    caller.say(49, 1, { mode: 'kill' })
    callee.say(70, 1, { progress: true }, [1])
    callee.say(70, 1, {}, ['end'])
    expect(caller.take()).toEqual([
      [50, 1, { progress: true }, [1]],
      [50, 1, {}, ['end']],
    ])
  })

  it('interrupts the callee when the caller leaves in the middle [AP-RPC-PCR-14]', () => {
    const { caller, callee } = calling(PROGRESSING.callee, { receive_progress: true })
    callee.say(70, 1, { progress: true }, [1])
    caller.drop()
    expect(callee.take()).toEqual([interrupt('killnowait')])
    callee.say(70, 1, { progress: true }, [2])
    callee.say(70, 1, {})
    expect(callee.take()).toEqual([])
    expect(callee.isClosed).toBe(false)
  })

  it('gives the caller canceled when the callee leaves in the middle [AP-RPC-PCR-15]', () => {
    const { caller, callee } = calling(PROGRESSING.callee, { receive_progress: true })
    callee.say(70, 1, { progress: true }, [1])
    callee.drop()
    expect(caller.take()).toEqual([
      [50, 1, { progress: true }, [1]],
      [...CANCELED, [expect.any(String)]],
    ])
  })
})

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
})

describe('shared registration', () => {
  /** Callees 0, 1, 2 register in this order. */
  function shared(invoke: string): { callees: TestPeer[]; caller: TestPeer; called: (count: number) => number[]; id: number } {
    const callees = [world.join(), world.join(), world.join()]
    const ids = callees.map((callee) => callee.register(PROCEDURE, { invoke }))
    expect(new Set(ids).size).toBe(1)
    const caller = world.join()
    let request = 0
    const called = (count: number): number[] =>
      Array.from({ length: count }, () => {
        caller.say(48, ++request, {}, PROCEDURE)
        const at = callees.findIndex((callee) => callee.take().length > 0)
        caller.take()
        return at
      })
    return { callees, caller, called, id: ids[0] ?? 0 }
  }

  it('roundrobin: gives calls to the callees in turn, in the order of registration [AP-RPC-SHR-06 AP-RPC-SHR-10]', () => {
    const { callees, called } = shared('roundrobin')
    expect(called(7)).toEqual([0, 1, 2, 0, 1, 2, 0])
    callees[0]?.drop()
    expect(called(4)).toEqual([1, 2, 1, 2])
  })

  it('first: gives all calls to the oldest living callee [AP-RPC-SHR-08]', () => {
    const { callees, called } = shared('first')
    expect(called(2)).toEqual([0, 0])
    callees[0]?.drop()
    expect(called(2)).toEqual([1, 1])
  })

  it('last: gives all calls to the newest living callee [AP-RPC-SHR-09]', () => {
    const { callees, called } = shared('last')
    expect(called(2)).toEqual([2, 2])
    callees[2]?.drop()
    expect(called(2)).toEqual([1, 1])
  })

  it('random: gives calls to all callees, some time [AP-RPC-SHR-07]', () => {
    const { called } = shared('random')
    expect(new Set(called(60))).toEqual(new Set([0, 1, 2]))
  })

  it('lets the first callee set the policy, anew when all have gone [AP-RPC-SHR-02]', () => {
    const [first, second, caller] = [world.join(), world.join(), world.join()]
    const invokeOf = (id: number, request: number): unknown => {
      caller.say(48, request, {}, 'wamp.registration.get', [id])
      return (caller.takeOne()[3] as { invoke: string }[])[0]?.invoke
    }
    expect(invokeOf(first.register(PROCEDURE, { invoke: 'random' }), 1)).toBe('random')
    first.drop()
    expect(invokeOf(second.register(PROCEDURE, { invoke: 'last' }), 2)).toBe('last')
  })

  it('refuses another policy while the registration lives [AP-RPC-SHR-05]', () => {
    const { callees, id } = shared('roundrobin')
    const other = world.join()
    other.say(64, 1, { invoke: 'first' }, PROCEDURE)
    other.say(64, 2, {}, PROCEDURE)
    expect(other.take()).toEqual([
      [8, 64, 1, {}, 'wamp.error.procedure_already_exists', ["registered with invoke 'roundrobin'"]],
      [8, 64, 2, {}, 'wamp.error.procedure_already_exists', ["registered with invoke 'roundrobin'"]],
    ])
    for (const callee of callees) callee.say(66, 2, id)
    expect(other.register(PROCEDURE, { invoke: 'first' })).not.toBe(id)
  })

  it('answers a repeated REGISTER of a callee with the same id and lists it once [AP-RPC-SHR-11]', () => {
    const { callees, called, id } = shared('roundrobin')
    callees[0]?.say(64, 2, { invoke: 'roundrobin' }, PROCEDURE)
    expect(callees[0]?.takeOne()).toEqual([65, 2, id])
    expect(called(4)).toEqual([0, 1, 2, 0])
  })

  it('lets one callee unregister without the others', () => {
    const { callees, called, id } = shared('first')
    callees[0]?.say(66, 2, id)
    expect(callees[0]?.takeOne()).toEqual([67, 2])
    expect(called(1)).toEqual([1])
  })
})

describe('caller identification', () => {
  const named = (caller: TestPeer): Record<string, unknown> => ({
    caller: caller.session,
    caller_authid: expect.stringMatching(/^anonymous-/),
    caller_authrole: 'anonymous',
  })

  it('discloses the caller when it asks, from its session alone, whatever it says of others [AP-RPC-CID-03 AP-RPC-CID-04 AP-R2R-03]', () => {
    const [callee, caller] = [world.join(), world.join()]
    const id = callee.register(PROCEDURE)
    const forged = { forward_for: [{ session: 1, authid: 'root', authrole: 'trusted' }], caller: 1, caller_authid: 'root' }
    caller.say(48, 1, { disclose_me: true, ...forged }, PROCEDURE)
    caller.say(48, 2, forged, PROCEDURE)
    expect(callee.take()).toEqual([
      [68, 1, id, named(caller)],
      [68, 2, id, {}],
    ])
  })

  it('discloses every caller to a callee that registered for it, and to no other of the same registration [AP-RPC-CID-08]', () => {
    const [curious, other, caller] = [world.join(), world.join(), world.join()]
    const id = curious.register(PROCEDURE, { disclose_caller: true, invoke: 'roundrobin' })
    other.register(PROCEDURE, { invoke: 'roundrobin' })
    caller.sayAll([48, 1, {}, PROCEDURE], [48, 2, {}, PROCEDURE], [48, 3, { disclose_me: false }, PROCEDURE])
    expect(curious.take()).toEqual([
      [68, 1, id, named(caller)],
      [68, 2, id, named(caller)],
    ])
    expect(other.take()).toEqual([[68, 1, id, {}]])
  })

  it('refuses disclosure where the realm does not allow it [AP-RPC-CID-06 AP-RPC-CID-09]', () => {
    world.router.addRealm('private', { ...OPEN_REALM, allowsDisclosure: false })
    const [callee, caller] = [world.join({ realm: 'private' }), world.join({ realm: 'private' })]
    callee.say(64, 1, { disclose_caller: true }, PROCEDURE)
    expect(callee.takeOne()).toEqual([8, 64, 1, {}, 'wamp.error.option_not_allowed'])
    callee.register(PROCEDURE)
    caller.say(48, 1, { disclose_me: true }, PROCEDURE)
    expect(caller.takeOne()).toEqual([8, 48, 1, {}, 'wamp.error.option_disallowed.disclose_me'])
    expect(callee.take()).toEqual([])
  })
})

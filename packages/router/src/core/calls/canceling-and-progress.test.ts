// Shows what may happen to a call before its answer: it is canceled, or gets results in parts.

import { World } from '@trunkline/testkit'
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

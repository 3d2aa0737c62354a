// Shows how the context of a trace travels: from a call to its invocation, from a publication to its events, and nothing else with it.

import { World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const CONTEXT = { _traceparent: `00-${TRACE}-b7ad6b7169203331-01`, _tracestate: 'congo=t61rcWkgMzE' }

let world: World
afterEach(() => world.end())

describe('the context of a trace', () => {
  it('goes from a call to its callee, with nothing else that begins with an underscore', () => {
    world = new World()
    const [callee, caller] = [world.join(), world.join()]
    callee.register('com.add')
    caller.say(48, 1, { ...CONTEXT, _other: 1 }, 'com.add')
    expect(callee.take()).toMatchObject([[68, expect.anything(), expect.anything(), CONTEXT]])
    caller.say(48, 2, { _traceparent: 'what', _tracestate: 'a=1' }, 'com.add')
    expect(callee.take().map((invocation) => invocation[3])).toEqual([{}])
  })

  it('goes with every chunk of a progressive call, and to the callee that a call is passed on to', () => {
    world = new World()
    const features = {
      caller: ['progressive_call_invocations'],
      callee: ['progressive_call_invocations', 'call_canceling', 'call_reroute'],
    }
    const [first, second, caller] = [world.join({ features }), world.join({ features }), world.join({ features })]
    for (const callee of [first, second]) callee.register('com.shared', { invoke: 'first' })
    caller.say(48, 1, CONTEXT, 'com.shared')
    const [invocation] = first.take()
    first.say(8, 68, invocation?.[1], {}, 'wamp.error.unavailable')
    expect(second.take().map((each) => each[3])).toEqual([CONTEXT])
    caller.say(48, 2, { ...CONTEXT, progress: true }, 'com.shared', [1])
    caller.say(48, 2, {}, 'com.shared', [2])
    expect(first.take().map((each) => each[3])).toEqual([{ ...CONTEXT, progress: true }, CONTEXT])
  })

  it('goes from a publication to its events, also to those that are kept', () => {
    world = new World()
    const [publisher, subscriber, late] = [world.join(), world.join(), world.join()]
    subscriber.subscribe('com.topic')
    publisher.say(16, 1, { ...CONTEXT, retain: true }, 'com.topic')
    expect(subscriber.take().map((event) => event[3])).toEqual([CONTEXT])
    late.say(32, 1, { get_retained: true }, 'com.topic')
    expect(late.take()[1]?.[3]).toEqual({ ...CONTEXT, retained: true })
  })

  it('is in the log with a limit that a request reached', () => {
    world = World.of({ limits: { pendingCalls: 1 } })
    const [callee, caller] = [world.join(), world.join()]
    callee.register('com.add')
    for (const request of [1, 2]) caller.say(48, request, CONTEXT, 'com.add')
    expect(world.log.lines).toMatchObject([{ event: 'limit reached', fields: { trace_id: TRACE } }])
  })
})

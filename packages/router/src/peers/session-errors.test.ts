// Shows what the router does with a peer that breaks the protocol: ABORT, close, nothing left of the session.

import { helloDetails, OPEN_REALM, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const HELLO = [1, 'realm1', helloDetails()]

describe('protocol errors', () => {
  let world: World
  beforeEach(() => {
    world = new World()
  })
  afterEach(() => world.end())

  /** The only message is an ABORT for a protocol violation, and the transport is closed. */
  function expectAbort(peer: ReturnType<World['connect']>): void {
    expect(peer.take()).toEqual([[3, { message: expect.any(String) }, 'wamp.error.protocol_violation']])
    expect(peer.closeCause).toBe('protocol_violation')
  }

  it.each([
    ['HELLO', '[BP-PERR-05]', HELLO],
    ['WELCOME', '[BP-PERR-20]', [2, 1, {}]],
    ['CHALLENGE', '[BP-PERR-20]', [4, 'ticket', {}]],
    ['AUTHENTICATE', '(the login is over)', [5, '', {}]],
    ['PUBLISHED', '[BP-PERR-20]', [17, 1, 2]],
    ['SUBSCRIBED', '[BP-PERR-20]', [33, 1, 2]],
    ['UNSUBSCRIBED', '[BP-PERR-20]', [35, 1]],
    ['EVENT', '[BP-PERR-20]', [36, 1, 2, {}]],
    ['RESULT', '[BP-PERR-20]', [50, 1, {}]],
    ['REGISTERED', '[BP-PERR-20]', [65, 1, 2]],
    ['UNREGISTERED', '[BP-PERR-20]', [67, 1]],
    ['INVOCATION', '[BP-PERR-20]', [68, 1, 2, {}]],
    ['INTERRUPT', '[BP-PERR-20]', [69, 1, {}]],
  ])('answers %s on an open session with ABORT and closes %s', (_, _rows, message) => {
    const peer = world.join()
    peer.say(...message)
    expectAbort(peer)
  })

  it.each([
    ['GOODBYE', '[BP-PERR-07]', [6, {}, 'wamp.close.close_realm']],
    ['ERROR', '[BP-PERR-08]', [8, 68, 1, {}, 'com.example.error']],
    ['AUTHENTICATE', '[BP-PERR-19]', [5, '', {}]],
    ['PUBLISH', '[BP-PERR-19]', [16, 1, {}, 'com.example.topic']],
    ['SUBSCRIBE', '[BP-PERR-19]', [32, 1, {}, 'com.example.topic']],
    ['CALL', '[BP-PERR-19]', [48, 1, {}, 'com.example.procedure']],
    ['YIELD', '[BP-PERR-19]', [70, 1, {}]],
    ['WELCOME', '[BP-PERR-19 BP-PERR-20]', [2, 1, {}]],
  ])('answers %s before HELLO with ABORT and closes %s', (_, _rows, message) => {
    const peer = world.connect()
    peer.say(...message)
    expectAbort(peer)
  })

  it.each([
    ['an empty list', '[]'],
    ['a dict', '{}'],
    ['null', 'null'],
    ['a string', '"HELLO"'],
    ['a list without a type', '[[]]'],
    ['a type that is a string', '["1"]'],
    ['a type that is a fraction', '[1.5,"realm1",{}]'],
    ['a type that is negative', '[-1]'],
    ['a type that is null', '[null]'],
    ['an unknown type', '[999]'],
    ['too few elements', '[48,1,{}]'],
    ['too many elements', '[32,1,{},"com.example.topic",[],{}]'],
    ['an element of a wrong type', '[48,1,[],"com.example.procedure"]'],
    ['args that are no list', '[48,1,{},"com.example.procedure",{}]'],
    ['kwargs that are no dict', '[48,1,{},"com.example.procedure",[],[]]'],
    ['a third element of payload', '[48,1,{},"com.example.procedure",[],{},1]'],
  ])('answers %s with ABORT, before and after the opening [BP-PERR-17 BP-PERR-01 BP-PERR-03 BP-MSG-01]', (_, text) => {
    const early = world.connect()
    early.sayText(text)
    expectAbort(early)
    const late = world.join()
    late.sayText(text)
    expectAbort(late)
    expect(world.router.counters.violations).toBe(2)
    expect(world.log.lines.map((line) => line.event)).toEqual(['protocol violation', 'protocol violation'])
  })

  it.each([
    ['an unfinished list', '[48,1,{}'],
    ['something behind the message', '[48,1,{},"com.example.procedure"] x'],
    ['NaN', '[48,1,{},"com.example.procedure",[NaN]]'],
    ['Infinity', '[48,1,{},"com.example.procedure",[-Infinity]]'],
    ['single quotes', "[48,1,{},'com.example.procedure']"],
    ['100,000 nested lists', '['.repeat(100_000)],
    ['nested payload beyond the limit', `[48,1,{},"com.example.procedure",${'['.repeat(70)}${']'.repeat(70)}]`],
  ])('answers %s in JSON with ABORT [BP-PERR-18]', (_, text) => {
    const early = world.connect()
    early.sayText(text)
    expectAbort(early)
    const late = world.join()
    late.sayText(text)
    expectAbort(late)
  })

  it.each(['json', 'msgpack', 'cbor'] as const)(
    'answers octets that are no %s with ABORT, before and after the opening [BP-PERR-18]',
    (serializer) => {
      for (const bytes of [[], [0xff], [0xdd, 0xff, 0xff, 0xff, 0xff], [0x9f], [0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]]) {
        const early = world.connect(serializer)
        early.sayBytes(new Uint8Array(bytes))
        expectAbort(early)
        const late = world.join({ serializer })
        late.sayBytes(new Uint8Array(bytes))
        expectAbort(late)
      }
    },
  )

  it.each(['json', 'msgpack', 'cbor'] as const)('answers a message of the wrong kind on %s with ABORT [BP-TRN-08]', (serializer) => {
    const peer = world.join({ serializer })
    peer.sayInWrongKind()
    expectAbort(peer)
  })

  it('answers the same key twice in options with ABORT [BP-MSG-03]', () => {
    const peer = world.join()
    peer.sayText('[48,1,{"timeout":1,"timeout":1},"com.example.procedure"]')
    expectAbort(peer)
  })

  it.each<[unknown[], string]>([
    [[16, 1, { acknowledge: 1 }, 'com.example.topic'], '[BP-PERR-22 BP-MSG-02]'],
    [[32, 1, { match: 'invalid' }, 'com.example.topic'], '[BP-PERR-22]'],
    [[64, 1, { invoke: 'all' }, 'com.example.procedure'], '[BP-PERR-22]'],
    [[48, 1, { timeout: -1 }, 'com.example.procedure'], '[BP-PERR-22]'],
    [[48, 1, { timeout: 1.5 }, 'com.example.procedure'], '[BP-PERR-22 BP-SER-06]'],
    [[16, 1, { exclude: ['1'] }, 'com.example.topic'], '[BP-PERR-22 AP-PS-BWL-11]'],
    [[16, 1, { eligible_authrole: [1] }, 'com.example.topic'], '[BP-PERR-22 AP-PS-BWL-11]'],
    [[49, 1, { mode: 'softly' }], '[BP-PERR-22]'],
  ])('answers %j, which has an option of a wrong type or value, with ABORT %s', (message) => {
    const peer = world.join()
    peer.sayText(JSON.stringify(message))
    expectAbort(peer)
  })

  it('ignores unknown attributes, and takes null for absent [BP-MSG-06 BP-PERR-22 BP-MSG-05]', () => {
    const peer = world.join()
    peer.say(32, 1, { match: null, _mine: { any: 'thing' }, unknown_one: 1.5 }, 'com.example.topic')
    expect(peer.takeOne()).toEqual([33, 1, expect.any(Number)])
    peer.say(16, 2, { acknowledge: null, exclude: null, eligible: undefined }, 'com.example.topic')
    expect(peer.take()).toEqual([])
    peer.say(48, 3, { timeout: null, forward_for: [] }, 'wamp.session.count')
    expect(peer.takeOne()).toEqual([50, 3, {}, [1]])
  })

  it('takes messages of roles that the session did not announce [BP-PERR-21]', () => {
    const peer = world.connect()
    peer.say(1, 'realm1', { roles: { caller: {} } })
    peer.welcomed()
    peer.say(32, 1, {}, 'com.example.topic')
    expect(peer.takeOne()).toEqual([33, 1, expect.any(Number)])
    peer.say(64, 2, {}, 'com.example.procedure')
    expect(peer.takeOne()).toEqual([65, 2, expect.any(Number)])
  })

  it('takes an implementation message that it knows, and aborts on codes that it does not [BP-MSG-11]', () => {
    const peer = world.join()
    peer.say(337, 4711)
    expect(peer.take()).toEqual([])
    expect(peer.isClosed).toBe(false)
    peer.sayText('[1023, 1]')
    expectAbort(peer)
  })

  it('drops subscriptions, registrations and calls of the offender at once and processes nothing after [BP-PERR-02 BP-SES-13]', () => {
    const [offender, caller, callee, watcher] = [world.join(), world.join(), world.join(), world.join()]
    offender.sayAll([32, 1, {}, 'com.example.topic'], [64, 2, {}, 'com.example.mine'])
    watcher.say(32, 1, {}, 'com.example.never')
    callee.say(64, 1, {}, 'com.example.slow')
    caller.say(48, 1, {}, 'com.example.mine')
    offender.say(48, 3, {}, 'com.example.slow')
    for (const peer of [offender, caller, callee, watcher]) peer.take()
    offender.sayText('[]')
    offender.sayText('[16,4,{},"com.example.never"]')
    expectAbort(offender)
    expect(caller.takeOne()).toEqual([8, 48, 1, {}, 'wamp.error.canceled', ['the callee left before it answered']])
    expect(watcher.take()).toEqual([])
    callee.say(70, 1, {}, ['late'])
    expect(callee.take()).toEqual([])
    caller.say(48, 2, {}, 'com.example.mine')
    expect(caller.takeOne()).toEqual([8, 48, 2, { callees: 0 }, 'wamp.error.no_such_procedure', [expect.any(String)]])
    caller.say(16, 3, { acknowledge: true }, 'com.example.topic')
    expect(caller.takeOne()).toEqual([17, 3, expect.any(Number)])
    expect(offender.take()).toEqual([])
  })

  it('wants a request id that is the next over all six request types [BP-PERR-16 BP-ID-10]', () => {
    const peer = world.join()
    peer.say(32, 1, {}, 'com.example.topic')
    const [, , subscription] = peer.takeOne()
    peer.say(64, 2, {}, 'com.example.procedure')
    const [, , registration] = peer.takeOne()
    peer.say(16, 3, {}, 'com.example.topic')
    peer.say(48, 4, {}, 'wamp.session.count')
    peer.say(66, 5, registration)
    peer.say(34, 6, subscription)
    expect(peer.take()).toEqual([
      [50, 4, {}, [1]],
      [67, 5],
      [35, 6],
    ])
    expect(peer.isClosed).toBe(false)
  })

  it.each([
    ['SUBSCRIBE', [32, 3, {}, 'com.example.topic']],
    ['UNSUBSCRIBE', [34, 3, 1]],
    ['PUBLISH', [16, 3, {}, 'com.example.topic']],
    ['REGISTER', [64, 3, {}, 'com.example.procedure']],
    ['UNREGISTER', [66, 3, 1]],
    ['CALL', [48, 3, {}, 'com.example.procedure']],
    ['a repeated CALL', [48, 1, {}, 'com.example.procedure']],
  ])('aborts on a %s whose request id is not the next [BP-PERR-16]', (_, message) => {
    const peer = world.join()
    peer.say(48, 1, {}, 'wamp.session.count')
    peer.take()
    peer.say(...message)
    expectAbort(peer)
  })

  it.each(['0', '-1', '1.5', '"1"', 'null', '9007199254740993', '9007199254740994', '1e300'])(
    'aborts on the request id %s [BP-ID-01 BP-ID-09]',
    (id) => {
      const peer = world.join()
      peer.sayText(`[48,${id},{},"com.example.procedure"]`)
      expectAbort(peer)
    },
  )

  it('lets gaps pass but no repetition where the realm is so set [BP-ID-10]', () => {
    world.router.addRealm('relaxed', { ...OPEN_REALM, requestIds: 'increasing' })
    const peer = world.join({ realm: 'relaxed' })
    peer.say(48, 7, {}, 'wamp.session.count')
    peer.say(48, 4711, {}, 'wamp.session.count')
    expect(peer.take()).toEqual([
      [50, 7, {}, [1]],
      [50, 4711, {}, [1]],
    ])
    peer.say(48, 4711, {}, 'wamp.session.count')
    expectAbort(peer)
  })

  it('refuses the id of an open call also where any id may come', () => {
    world.router.addRealm('free', { ...OPEN_REALM, requestIds: 'tolerant' })
    const [caller, callee] = [world.join({ realm: 'free' }), world.join({ realm: 'free' })]
    callee.say(64, 1, {}, 'com.example.procedure')
    callee.take()
    caller.say(48, 3, {}, 'com.example.procedure')
    caller.say(48, 3, {}, 'com.example.procedure')
    expectAbort(caller)
    expect(callee.take()).toEqual([[68, 1, expect.any(Number), {}]])
  })

  it("refuses the id of an open call before it looks at rights: that answer would seem to be the open call's", () => {
    const roles = { anonymous: [{ uri: 'com.example.**', allow: ['call', 'register'] }] } as const
    world.router.addRealm('narrow', { anonymousRole: 'anonymous', roles, requestIds: 'tolerant' })
    const [caller, callee] = [world.join({ realm: 'narrow' }), world.join({ realm: 'narrow' })]
    callee.say(64, 1, {}, 'com.example.procedure')
    caller.say(48, 3, {}, 'com.example.procedure')
    caller.say(48, 3, {}, 'com.secret')
    expectAbort(caller)
  })
})

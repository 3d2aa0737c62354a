// Shows a connection while its peer logs in: challenge, answer, refusal, limits of time. The host is made by hand.

import type { AuthenticationNext, JoinRequest, ProtocolError } from '@trunkline/protocol'
import { messageFromArray, messageToArray, uris } from '@trunkline/protocol'
import { helloDetails, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Life, LifeHost } from './life-host.ts'
import { SessionLife } from './session-life.ts'
import type { WayOut } from './way-out.ts'
import { realmIn } from '../testing/realm-in.ts'

const HELLO = [1, 'realm1', { ...helloDetails(), authid: 'peter', authmethods: ['ticket', 'anonymous'] }]
const PETER = { authid: 'peter', authrole: 'user', authmethod: 'ticket', authprovider: 'static' }

describe('login', () => {
  let world: World
  let now: number
  let sent: unknown[][]
  let closed: string | undefined
  let asked: JoinRequest | undefined
  let next: AuthenticationNext
  let violations: ProtocolError[]
  let faults: unknown[]
  const waiting = new Map<Life, number>()

  beforeEach(() => {
    world = new World()
    now = 0
    sent = []
    closed = undefined
    asked = undefined
    violations = []
    faults = []
    waiting.clear()
  })
  afterEach(() => world.end())

  /** A connection whose authenticator answers when the test says so, through `next`. */
  function connect(): { life: SessionLife; say: (...message: unknown[]) => void } {
    const host: LifeHost = {
      agent: 'Trunkline',
      limits: { helloMs: 10_000, loginMs: 4_000, goodbyeMs: 5_000, reuseMs: 2_000 },
      authenticate: (request, _info, step) => {
        asked = request
        next = step
      },
      realm: (name) => realmIn(world, name),
      now: () => now,
      watch: (life, at) => void waiting.set(life, at),
      watchDate: (life, at) => void waiting.set(life, at),
      unwatch: (life) => void waiting.delete(life),
      enter: () => undefined,
      exit: () => undefined,
      throttle: () => undefined,
      unthrottle: () => undefined,
      onRefused: () => undefined,
      onJoined: () => undefined,
      onLeft: () => undefined,
      onViolation: (_, error) => void violations.push(error),
      irregularIds: { gap: () => undefined, disorder: () => undefined },
      onFault: (_, error) => void faults.push(error),
    }
    const out: WayOut = {
      format: {
        name: 'json',
        opensWithList: () => true,
        itemsOf: () => [],
        decodeItems: () => [],
        encodeItems: () => new Uint8Array(),
        convertItems: () => new Uint8Array(),
      },
      info: { kind: 'websocket', peer: 'peer', isSecure: false },
      send: (message) => {
        sent.push(messageToArray(message))
        return 'queued'
      },
      sendEvent: () => 'queued',
      abort: (error) => life.abort(error),
      goodbye: (reason, message) => life.goodbye(reason, message),
      answerGoodbye: () => life.answerGoodbye(),
      close: (cause, last) => {
        if (last !== undefined) sent.push(messageToArray(last))
        closed = cause
      },
    }
    const life: SessionLife = new SessionLife(host, out)
    return { life, say: (...message) => life.receive(messageFromArray(message)) }
  }

  function advance(milliseconds: number): void {
    now += milliseconds
    for (const [life, at] of [...waiting]) if (now >= at) life.expire()
  }

  function challenge(answer: (signature: string, then: AuthenticationNext) => void): void {
    next({ challenge: 'ticket', extra: { hint: 'the usual' }, answer: (signature, _extra, then) => answer(signature, then) })
  }

  it('asks the authenticator with what HELLO said, and sends nothing before its answer [BP-SES-02]', () => {
    const { say, life } = connect()
    say(...HELLO)
    expect(sent).toEqual([])
    expect(asked).toMatchObject({ realm: 'realm1', authid: 'peter', authmethods: ['ticket', 'anonymous'] })
    next({ accept: PETER })
    expect(sent).toEqual([[2, life.session?.id, expect.objectContaining({ ...PETER, realm: 'realm1' })]])
    life.closed()
  })

  it('passes a challenge, takes the answer and welcomes', () => {
    const { say, life } = connect()
    say(...HELLO)
    challenge((signature, then) =>
      then(signature === 'secret' ? { accept: PETER } : { deny: uris.AUTHENTICATION_DENIED, message: 'denied' }),
    )
    expect(sent.splice(0)).toEqual([[4, 'ticket', { hint: 'the usual' }]])
    say(5, 'secret', {})
    expect(sent).toEqual([[2, life.session?.id, expect.objectContaining(PETER)]])
    life.closed()
  })

  it.each([
    ['wamp.error.authentication_denied', 'denied', ''],
    ['wamp.error.not_authorized', 'not here', '[BP-ERR-03]'],
    ['wamp.error.no_such_role', 'no such role', '[BP-ERR-05]'],
  ])('refuses with ABORT %s when the authenticator says so (%s) %s', (reason, message) => {
    const { say } = connect()
    say(...HELLO)
    next({ deny: reason, message })
    expect(sent).toEqual([[3, { message }, reason]])
    expect(closed).toBe('normal')
    expect(waiting.size).toBe(0)
  })

  it('refuses a realm that went away during the login [BP-ERR-04]', () => {
    const { say } = connect()
    say(1, 'gone', helloDetails())
    next({ accept: PETER })
    expect(sent).toEqual([[3, { message: 'no such realm' }, 'wamp.error.no_such_realm']])
    expect(closed).toBe('normal')
  })

  it.each([
    ['SUBSCRIBE', [32, 1, {}, 'com.example.topic']],
    ['PUBLISH', [16, 1, {}, 'com.example.topic']],
    ['CALL', [48, 1, {}, 'com.example.procedure']],
    ['GOODBYE', [6, {}, 'wamp.close.close_realm']],
    ['ERROR', [8, 68, 1, {}, 'com.example.error']],
    ['another HELLO that asks to be anonymous', [1, 'realm1', { ...helloDetails(), authmethods: ['anonymous'] }]],
  ])('answers %s in place of AUTHENTICATE with ABORT [BP-PERR-19 BP-PERR-07 BP-PERR-08]', (_, message) => {
    const { say } = connect()
    say(...HELLO)
    challenge((_signature, then) => then({ accept: PETER }))
    sent.length = 0
    say(...message)
    expect(sent).toEqual([[3, { message: expect.any(String) }, 'wamp.error.protocol_violation']])
    expect(closed).toBe('protocol_violation')
    expect(violations.length).toBe(1)
    say(5, 'secret', {})
    expect(sent.length).toBe(1)
  })

  it('answers AUTHENTICATE without a challenge with ABORT [BP-PERR-19]', () => {
    const { say } = connect()
    say(...HELLO)
    say(5, 'secret', {})
    expect(sent).toEqual([[3, { message: expect.any(String) }, 'wamp.error.protocol_violation']])
  })

  it('takes only one answer to a challenge [BP-PERR-19]', () => {
    const { say } = connect()
    say(...HELLO)
    challenge(() => {})
    sent.length = 0
    say(5, 'first', {})
    say(5, 'second', {})
    expect(sent).toEqual([[3, { message: expect.any(String) }, 'wamp.error.protocol_violation']])
  })

  it('ends silently when the peer says ABORT instead of answering [BP-SES-11]', () => {
    const { say } = connect()
    say(...HELLO)
    challenge(() => {})
    sent.length = 0
    say(3, {}, 'com.example.no')
    expect(sent).toEqual([])
    expect(closed).toBe('normal')
  })

  it('closes when HELLO does not come in time [BP-SES-24]', () => {
    connect()
    advance(9_999)
    expect(closed).toBe(undefined)
    advance(1)
    expect(closed).toBe('policy')
    expect(sent).toEqual([])
  })

  it('closes when the answer to a challenge does not come in time, whatever time HELLO took [BP-SES-24]', () => {
    const { say } = connect()
    advance(9_000)
    say(...HELLO)
    challenge(() => {})
    advance(3_999)
    expect(closed).toBe(undefined)
    advance(1)
    expect(closed).toBe('policy')
  })

  it('gives no more time for another challenge [BP-SES-24]', () => {
    const { say } = connect()
    say(...HELLO)
    challenge((_signature, then) => then({ challenge: 'totp', extra: {}, answer: () => {} }))
    advance(3_000)
    say(5, 'secret', {})
    expect(sent.at(-1)).toEqual([4, 'totp', {}])
    advance(1_000)
    expect(closed).toBe('policy')
  })

  it('does not let in who left before the authenticator answered', () => {
    const { say, life } = connect()
    say(...HELLO)
    life.closed()
    next({ accept: PETER })
    expect(sent).toEqual([])
    expect(world.router.counters.sessionsOpened).toBe(0)
    expect(waiting.size).toBe(0)
  })

  it('tells a peer that is logging in of the shutdown by ABORT [BP-ERR-07]', () => {
    const { say, life } = connect()
    say(...HELLO)
    life.shutDown()
    expect(sent).toEqual([[3, { message: 'the router shuts down' }, 'wamp.close.system_shutdown']])
    expect(closed).toBe('going_away')
  })

  it('ends a connection that met a fault of our own with ABORT that names no detail, and reports the fault', () => {
    const { say, life } = connect()
    say(...HELLO)
    const fault = new TypeError('a fault')
    life.fail(fault)
    expect(sent).toEqual([[3, { message: expect.any(String) }, 'trunkline.error.internal']])
    expect(faults).toEqual([fault])
    expect(closed).toBe('protocol_violation')
  })

  it('reports a fault of our own also when the connection has ended, and says no more', () => {
    const { say, life } = connect()
    say(...HELLO)
    life.closed()
    sent.length = 0
    const fault = new TypeError('a fault')
    life.fail(fault)
    expect([faults, sent]).toEqual([[fault], []])
  })
})

// Shows the composition root: what a router does by default, limits of time, local sessions, an orderly end.

import { messageFromArray, messageToArray } from '@trunkline/protocol'
import type { AuthenticationStep, Identity, Message } from '@trunkline/protocol'
import type { TestPeer } from '@trunkline/testkit'
import { ALLOW_ALL, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createRouter } from './router.ts'

describe('a router by default', () => {
  it('tolerates request ids in any order, and counts gaps and disorder [BP-ID-10]', () => {
    const world = new World({ realms: { realm1: { anonymousRole: 'anonymous', roles: { anonymous: ALLOW_ALL } } } })
    const peer = world.join()
    const ids = [1, 3, 2, 4, 2 ** 53, 7, 7, 1]
    ids.forEach((id, i) => peer.say(32, id, {}, `com.example.topic_${i}`))
    expect(peer.take().map(([type, id]) => [type, id])).toEqual(ids.map((id) => [33, id]))
    expect(world.router.counters).toMatchObject({ requestIdGaps: 2, requestIdsInDisorder: 3 })
    world.end()
  })

  it('has no realm and lets nobody in [BP-ERR-04]', () => {
    const world = new World({ realms: {} })
    const peer = world.connect()
    peer.say(1, 'realm1', { roles: { caller: {} } })
    expect(peer.takeOne()).toEqual([3, { message: "there is no realm 'realm1'" }, 'wamp.error.no_such_realm'])
    expect(peer.isClosed).toBe(true)
    world.end()
  })
})

describe('realms of a router', () => {
  const OPTIONS = { anonymousRole: 'anonymous', roles: { anonymous: ALLOW_ALL } }

  it('have names that are URIs, each once', () => {
    const router = createRouter({ realms: { realm1: OPTIONS } })
    const refusal = (name: string, options = {}): unknown => {
      try {
        return router.addRealm(name, options)
      } catch (error) {
        return error
      }
    }
    expect(refusal('realm1')).toMatchObject({ name: 'UsageError', code: 'TL_REALM', message: "realm 'realm1' exists already" })
    expect(refusal('a b')).toMatchObject({ name: 'UsageError', code: 'TL_REALM', message: "'a b' is not a valid realm name" })
    expect(refusal('')).toMatchObject({ code: 'TL_REALM', message: "'' is not a valid realm name" })
    expect(router.addRealm('realm2', OPTIONS).name).toBe('realm2')
    expect(router.realms.map(({ name }) => name)).toEqual(['realm1', 'realm2'])
    expect(router.removeRealm('realm2')).toBe(0)
    expect(router.removeRealm('realm2')).toBeUndefined()
    expect([router.realm('realm2'), router.realm('realm1')?.name]).toEqual([undefined, 'realm1'])
    expect([router.judgeAgain('realm2', 1), router.judgeAgain('realm1', 1)]).toEqual([undefined, undefined])
  })

  it('have one kind of authorizer', () => {
    const router = createRouter()
    const authorizer = { authorize: () => true }
    for (const more of [{ dynamicAuthorizer: { procedure: 'com.a' } }, { dynamicAuthorizers: { r: { procedure: 'com.a' } } }])
      expect(() => router.addRealm('realm1', { authorizer, ...more } as never)).toThrow('authorizer')
  })
})

describe('roles', () => {
  it('that a realm does not have are refused, whoever gives them [BP-ERR-05]', () => {
    const world = new World({
      realms: {
        realm1: {
          roles: { known: ALLOW_ALL },
          authenticate: (request, _, next) =>
            next({ accept: { authid: 'a', authrole: String(request.authid), authmethod: 'ticket', authprovider: 'test' } }),
        },
      },
    })
    const join = (authid: string): unknown[] => {
      const peer = world.connect()
      peer.say(1, 'realm1', { roles: { caller: {} }, authid })
      return peer.takeOne()
    }
    expect(join('unknown')).toEqual([3, { message: "the realm has no role 'unknown'" }, 'wamp.error.no_such_role'])
    expect(join('known')[0]).toBe(2)
    world.end()
  })

  it('of anonymous clients must be one of the realm', () => {
    const make = (): World => new World({ realms: { realm1: { anonymousRole: 'guest', roles: { other: [] } } } })
    expect(make).toThrow("realm 'realm1': the anonymous role 'guest' is not one of its roles")
  })
})

describe('a local session', () => {
  it('is who the program says, where no client could log in', () => {
    const world = new World({ realms: { realm1: { roles: { service: [{ uri: 'com.example.**', allow: ['register'] }] } } } })
    const messages: unknown[][] = []
    const transport = world.router.openLocal({ authid: 'clock', authrole: 'service' })
    transport.attach({ onMessage: (message) => messages.push(messageToArray(message)), onProtocolError: () => {}, onClose: () => {} })
    transport.send(messageFromArray([1, 'realm1', { roles: { callee: {} } }]))
    transport.send(messageFromArray([64, 1, {}, 'com.example.now']))
    transport.send(messageFromArray([64, 2, {}, 'org.example.now']))
    world.settle()
    expect(messages).toEqual([
      [2, expect.any(Number), expect.objectContaining({ authid: 'clock', authrole: 'service', authmethod: 'local' })],
      [65, 1, expect.any(Number)],
      [8, 64, 2, {}, 'wamp.error.not_authorized', [expect.any(String)]],
    ])
    transport.close()
    world.settle()
    world.end()
  })
})

describe('realms on demand', () => {
  it('are made for any name up to a number', () => {
    const world = new World({ realms: {}, onDemand: { most: 1, realm: { anonymousRole: 'anonymous', roles: { anonymous: [] } } } })
    world.join({ realm: 'first' })
    const second = world.connect()
    second.say(1, 'second', { roles: { caller: {} } })
    expect(second.takeOne()[2]).toBe('wamp.error.no_such_realm')
    world.join({ realm: 'first' })
    world.end()
  })
})

describe('draining a router', () => {
  const CALL = [48, 1, {}, 'com.example.add', [2, 3]]

  it('answers calls under way, refuses new ones, and says goodbye to each session when none of its calls is left', async () => {
    const world = new World()
    const [callee, caller, idle] = [world.join(), world.join(), world.join()]
    callee.say(64, 1, {}, 'com.example.add')
    callee.take()
    caller.say(...CALL)
    const [, invocation] = callee.takeOne()
    const drained = world.router.drain(60_000)
    world.settle()
    expect(idle.takeOne()).toEqual([6, { message: 'the router shuts down' }, 'wamp.close.system_shutdown'])
    expect([...callee.take(), ...caller.take()]).toEqual([])
    caller.say(48, 2, {}, 'com.example.add', [2, 3])
    expect(caller.takeOne().slice(0, 5)).toEqual([8, 48, 2, { callees: 0 }, 'trunkline.close.draining'])
    callee.say(70, invocation, {}, [5])
    expect(caller.takeOne()).toEqual([50, 1, {}, [5]])
    await drained
    world.settle()
    expect([callee.takeOne()[2], caller.takeOne()[2]]).toEqual(['wamp.close.system_shutdown', 'wamp.close.system_shutdown'])
    expect(world.router.counters.callsRefusedDraining).toBe(1)
    world.end()
  })

  it('takes no new session', () => {
    const world = new World()
    void world.router.drain(0)
    const late = world.connect()
    expect(late.takeOne()[2]).toBe('wamp.close.system_shutdown')
    world.end()
  })

  it('waits no longer than its limit', async () => {
    const world = new World()
    const [callee, caller] = [world.join(), world.join()]
    callee.say(64, 1, {}, 'com.example.add')
    callee.take()
    caller.say(...CALL)
    await world.router.drain(1)
    expect(caller.take()).toEqual([])
    expect(world.router.isDraining).toBe(true)
    world.end()
  })
})

describe('a session that replaces another', () => {
  const REALM = {
    roles: { service: [{ uri: '**', allow: ['register', 'call'] }] },
    authenticate: (request: { authid: string | undefined }, _: unknown, next: (step: AuthenticationStep) => void): void =>
      next({ accept: identityOf(request.authid ?? 'nobody') }),
  } as const

  /** Of `name`, or of `name@provider`. */
  function identityOf(authid: string): Identity {
    const [name = '', authprovider = 'static'] = authid.split('@')
    return { authid: name, authrole: 'service', authmethod: 'ticket', authprovider }
  }

  function hello(world: World, authid: string, replaces?: number): TestPeer {
    const peer = world.connect()
    peer.say(1, 'realm1', { roles: { callee: {} }, authid, ...(replaces === undefined ? {} : { _replaces: replaces }) })
    return peer
  }

  it('frees what the same principal had registered before', () => {
    const world = new World({ realms: { realm1: REALM } })
    const old = hello(world, 'shop')
    const id = old.takeOne()[1] as number
    old.say(64, 1, {}, 'com.example.add')
    old.take()
    const next = hello(world, 'shop', id)
    next.take()
    next.say(64, 1, {}, 'com.example.add')
    expect(next.takeOne()[0]).toBe(65)
    expect(old.takeOne()).toEqual([6, { message: 'a new session of the same client replaces this one' }, 'trunkline.close.replaced'])
    expect(world.router.counters.sessionsReplaced).toBe(1)
    world.end()
  })

  it('leaves the session of another principal alone, and an id that no session has', () => {
    const world = new World({ realms: { realm1: REALM } })
    const old = hello(world, 'shop')
    const id = old.takeOne()[1] as number
    expect(hello(world, 'thief', id).takeOne()[0]).toBe(2)
    expect(hello(world, 'shop@elsewhere', id).takeOne()[0]).toBe(2)
    expect(hello(world, 'shop', 4711).takeOne()[0]).toBe(2)
    expect(old.take()).toEqual([])
    expect(world.router.counters.sessionsReplaced).toBe(0)
    world.end()
  })
})

describe('closing a router', () => {
  it('says goodbye to open sessions, aborts those that are being opened, and resolves when all are gone [BP-SES-19 BP-ERR-07]', async () => {
    const world = new World()
    const open = world.join()
    const opening = world.connect()
    const closed = world.router.close()
    world.settle()
    expect(open.takeOne()).toEqual([6, { message: 'the router shuts down' }, 'wamp.close.system_shutdown'])
    expect(opening.takeOne()).toEqual([3, { message: 'the router shuts down' }, 'wamp.close.system_shutdown'])
    open.say(6, {}, 'wamp.close.goodbye_and_out')
    expect([open.closeCause, opening.closeCause]).toEqual(['normal', 'going_away'])
    open.drop()
    opening.drop()
    await closed
    world.end()
  })
})

describe('a router that is closed', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  it('leaves no timer: neither its sweep, nor one for a call, nor that of its own end', async () => {
    const router = createRouter({ realms: { realm1: { roles: { service: ALLOW_ALL } } } })
    const transport = router.openLocal({ authid: 'clock', authrole: 'service' })
    const isCalled = new Promise<void>((resolve) => {
      const onMessage = (message: Message): void => {
        const [type] = messageToArray(message)
        if (type === 68) resolve()
        if (type === 6) transport.send(messageFromArray([6, {}, 'wamp.close.goodbye_and_out']))
      }
      transport.attach({ onMessage, onProtocolError: () => {}, onClose: () => {} })
    })
    const roles = { caller: {}, callee: {} }
    transport.send(messageFromArray([1, 'realm1', { roles }]))
    transport.send(messageFromArray([64, 1, {}, 'com.example.slow']))
    transport.send(messageFromArray([48, 2, { timeout: 3_600_000 }, 'com.example.slow']))
    await isCalled
    expect(vi.getTimerCount()).toBe(2)
    await router.close()
    expect(vi.getTimerCount()).toBe(0)
  })
})

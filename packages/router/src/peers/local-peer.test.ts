// Shows sessions inside the process: the same rules as for network peers, nothing shared, nothing re-entered.

import type { Message } from '@trunkline/protocol'
import { messageFromArray, messageToArray, Payload, PayloadError } from '@trunkline/protocol'
import type { LocalTransport, RealmOptions } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { helloDetails, OPEN_REALM, World } from '@trunkline/testkit'
import { ManualScheduler } from '@trunkline/testing/ports'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { realmIn } from '../testing/realm-in.ts'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

/** The client's side of a local connection, with what it received. */
class LocalClient {
  readonly messages: Message[] = []
  closed = 0
  onMessage: ((message: Message) => void) | undefined
  readonly transport: LocalTransport

  constructor(transport: LocalTransport) {
    this.transport = transport
    transport.attach({
      onMessage: (message) => {
        this.messages.push(message)
        this.onMessage?.(message)
      },
      onProtocolError: () => {
        throw new Error('a local transport has no bytes')
      },
      onClose: () => void this.closed++,
    })
  }

  say(...message: unknown[]): void {
    this.transport.send(messageFromArray(message))
    world.settle()
  }

  take(): unknown[][] {
    return this.messages.splice(0).map(messageToArray)
  }
}

function open(): LocalClient {
  return new LocalClient(world.router.openLocal())
}

function join(): LocalClient {
  const client = open()
  client.say(1, 'realm1', helloDetails())
  expect(client.take()[0]?.[0]).toBe(2)
  return client
}

describe('a local peer', () => {
  it('is told what the router can do', () => {
    const client = open()
    client.say(1, 'realm1', helloDetails())
    expect(client.take()[0]?.[2]).toMatchObject({ roles: { broker: { features: {} }, dealer: { features: {} } } })
    client.transport.close()
    world.settle()
  })

  it('joins, calls and is called like any other', () => {
    const [local, remote] = [join(), world.join()]
    local.say(64, 1, {}, 'com.example.local')
    const registration = local.take()[0]?.[2]
    remote.say(48, 1, {}, 'com.example.local', [1, { a: null }], { b: 2 })
    expect(local.take()).toEqual([[68, 1, registration, {}, [1, { a: null }], { b: 2 }]])
    local.say(70, 1, {}, ['done'])
    expect(remote.take()).toEqual([[50, 1, {}, ['done']]])
    local.say(48, 2, {}, 'wamp.session.get', [remote.session])
    expect(local.take()[0]?.[0]).toBe(50)
    local.transport.close()
    world.settle()
  })

  it('is told in WELCOME what any other is told of the router', () => {
    const [local, remote] = [open(), world.connect()]
    local.say(1, 'realm1', helloDetails())
    remote.say(1, 'realm1', helloDetails())
    const rolesOf = ([, , details]: readonly unknown[] = []): unknown => (details as Record<string, unknown> | undefined)?.['roles']
    const roles = rolesOf(local.take()[0])
    expect(roles).toHaveProperty('dealer.features')
    expect(roles).toEqual(rolesOf(remote.takeOne()))
    local.transport.close()
    world.settle()
  })

  it('is told only in a later turn, also of what it says to itself', () => {
    const local = join()
    local.say(32, 1, {}, 'com.example.topic')
    local.take()
    let depth = 0
    let deepest = 0
    let left = 50
    local.onMessage = (message) => {
      depth++
      deepest = Math.max(deepest, depth)
      if (message.type === 36 && left-- > 0)
        local.transport.send(messageFromArray([16, 52 - left, { exclude_me: false }, 'com.example.topic']))
      depth--
    }
    local.say(16, 2, { exclude_me: false }, 'com.example.topic')
    expect(local.take().length).toBe(51)
    expect(deepest).toBe(1)
    local.transport.close()
    world.settle()
  })

  it('keeps for its owner what came before it had one', () => {
    const transport = world.router.openLocal()
    transport.send(messageFromArray([1, 'realm1', helloDetails()]))
    world.settle()
    const client = new LocalClient(transport)
    expect(client.messages).toEqual([])
    world.settle()
    expect(client.take()[0]?.[0]).toBe(2)
    transport.close()
    world.settle()
    expect(client.closed).toBe(1)
  })

  it('is cut off when more waits for an owner that never comes than may wait for a session', () => {
    const transport = world.router.openLocal()
    transport.send(messageFromArray([1, 'realm1', helloDetails()]))
    transport.send(messageFromArray([32, 1, {}, 'com.example.topic']))
    world.settle()
    const publisher = world.join()
    for (let i = 1; i <= 10; i++) publisher.say(16, i, {}, 'com.example.topic', ['x'.repeat(500_000)])
    expect(realmIn(world, 'realm1')?.broker.subscriptions.size).toBe(0)
    expect(world.router.counters.slowConsumersClosed).toBe(1)
    const client = new LocalClient(transport)
    world.settle()
    expect(client.take()).toEqual([[3, { message: expect.any(String) }, 'trunkline.close.slow_consumer']])
    expect(client.closed).toBe(1)
  })

  it('may be sent more in one turn than may wait for a session: it has an owner, who is told in the next', () => {
    const [local, publisher] = [join(), join()]
    local.say(32, 1, {}, 'com.example.topic')
    local.take()
    for (let i = 1; i <= 10; i++) publisher.transport.send(messageFromArray([16, i, {}, 'com.example.topic', ['x'.repeat(500_000)]]))
    world.settle()
    expect(local.take()).toHaveLength(10)
    for (const client of [local, publisher]) client.transport.close()
    world.settle()
  })

  it('is checked like any other: a breach of the protocol ends in ABORT [BP-PERR-16 BP-PERR-22]', () => {
    const [gap, wrongOption] = [join(), join()]
    gap.say(48, 7, {}, 'com.example.procedure')
    expect(gap.take()).toEqual([[3, { message: expect.any(String) }, 'wamp.error.protocol_violation']])
    expect(gap.closed).toBe(1)
    wrongOption.transport.send({ type: 16, request: 1, options: { acknowledge: 1 }, topic: 'com.example.topic', payload: undefined })
    world.settle()
    expect(wrongOption.take()).toEqual([[3, { message: expect.any(String) }, 'wamp.error.protocol_violation']])
    expect(wrongOption.closed).toBe(1)
  })

  it('shares no payload objects with its peers', () => {
    const [publisher, subscriber] = [join(), join()]
    subscriber.say(32, 1, {}, 'com.example.topic')
    subscriber.take()
    const value = { list: [1] }
    publisher.transport.send({ type: 16, request: 1, options: {}, topic: 'com.example.topic', payload: Payload.fromValues([value]) })
    value.list.push(2)
    world.settle()
    expect(subscriber.take()[0]?.[4]).toEqual([{ list: [1] }])
    for (const client of [publisher, subscriber]) client.transport.close()
    world.settle()
  })

  it('shares no options with the router, and no details with other peers', () => {
    const [publisher, subscriber] = [join(), world.join()]
    subscriber.say(32, 1, {}, 'com.example.topic')
    subscriber.take()
    const eligible: number[] = []
    publisher.transport.send({ type: 16, request: 1, options: { eligible }, topic: 'com.example.topic', payload: undefined })
    eligible.push(subscriber.session)
    world.settle()
    expect(subscriber.take()).toEqual([])

    const vandal = open()
    vandal.say(1, 'realm1', helloDetails())
    const welcome = vandal.messages[0]
    if (welcome?.type !== 2) throw new Error('no WELCOME')
    const roles = welcome.details['roles'] as Record<string, unknown>
    for (const role of Object.keys(roles)) delete roles[role]
    const next = world.connect()
    next.say(1, 'realm1', helloDetails())
    expect(next.takeOne()[2]).toMatchObject({ roles: { broker: { features: {} }, dealer: { features: {} } } })
    for (const client of [publisher, vandal]) client.transport.close()
    world.settle()
  })

  it('keeps what a network peer sent, though the bytes in which it came are used again', () => {
    const [local, remote] = [join(), world.join({ serializer: 'cbor' })]
    local.say(32, 1, {}, 't')
    local.take()
    const bytes = new Uint8Array([0x85, 0x10, 0x01, 0xa0, 0x61, 0x74, 0x81, 0x63, 0x61, 0x62, 0x63])
    world.scheduler.defer(() => void bytes.fill(0))
    remote.sayBytes(bytes)
    expect(local.take()[0]?.[4]).toEqual(['abc'])
    local.transport.close()
    world.settle()
  })

  it('cannot send what no network peer could', () => {
    const local = join()
    const payload = Payload.fromValues([() => 1])
    expect(() => local.transport.send({ type: 16, request: 1, options: {}, topic: 'com.example.topic', payload })).toThrow(PayloadError)
    local.transport.close()
    world.settle()
  })

  it.each(['com.\ud800', '\0com'])('is refused the URI %j, which not every receiver could be told; nobody else notices', (topic) => {
    const [local, remote] = [join(), world.join()]
    remote.say(32, 1, { match: 'prefix' }, '')
    remote.take()
    local.say(16, 1, { acknowledge: true }, topic)
    expect(local.take()).toEqual([[3, { message: expect.any(String) }, 'wamp.error.protocol_violation']])
    expect(local.closed).toBe(1)
    expect(remote.take()).toEqual([])
    expect(world.log.lines.map((line) => line.event)).toEqual(['protocol violation'])
  })

  it('leaves its realm when it closes, and hears nothing more', () => {
    const [local, remote] = [join(), world.join()]
    local.say(32, 1, {}, 'com.example.topic')
    local.take()
    local.transport.close()
    local.transport.close()
    world.settle()
    expect(local.closed).toBe(1)
    remote.say(16, 1, { acknowledge: true }, 'com.example.topic')
    expect(remote.takeOne()[0]).toBe(17)
    expect(local.take()).toEqual([])
    expect(realmIn(world, 'realm1')?.broker.subscriptions.size).toBe(0)
    local.say(48, 2, {}, 'wamp.session.count')
    expect(local.take()).toEqual([])
  })

  it('is sent away with GOODBYE when it is killed', () => {
    const killed = join()
    const session = [...(realmIn(world, 'realm1')?.sessions.values() ?? [])].find((each) => !each.isInternal)
    if (session === undefined) throw new Error('no session')
    realmIn(world, 'realm1')?.kill(session, 'wamp.close.killed', undefined)
    world.settle()
    expect(killed.take()).toEqual([[6, {}, 'wamp.close.killed']])
    killed.say(6, {}, 'wamp.close.goodbye_and_out')
    expect(killed.take()).toEqual([])
    expect(killed.closed).toBe(1)
  })
})

describe('ids of a router that is given none', () => {
  it('are random over the whole range and never the same: sessions and publications [BP-ID-02 BP-ID-03]', () => {
    const scheduler = new ManualScheduler()
    const realm1: RealmOptions = OPEN_REALM
    const router = createRouter({ realms: { realm1 }, scheduler })
    const sessions: number[] = []
    const publications: number[] = []
    const transports = Array.from({ length: 200 }, () => router.openLocal())
    for (const transport of transports) {
      transport.attach({
        onMessage: (message) => {
          if (message.type === 2) sessions.push(message.session)
          if (message.type === 17) publications.push(message.publication)
        },
        onProtocolError: () => {},
        onClose: () => {},
      })
      transport.send(messageFromArray([1, 'realm1', helloDetails()]))
      transport.send(messageFromArray([16, 1, { acknowledge: true }, 'com.example.topic']))
      scheduler.settle()
    }
    for (const ids of [sessions, publications]) {
      expect(new Set(ids).size).toBe(200)
      // Each eighth of the range is hit: by chance it is not once in 10^10 runs.
      expect(new Set(ids.map((id) => Math.floor(id / 2 ** 50)))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]))
      expect(ids.every((id) => Number.isSafeInteger(id) && id >= 1)).toBe(true)
    }
    for (const transport of transports) transport.close()
    scheduler.settle()
  })
})

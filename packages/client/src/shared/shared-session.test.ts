// Shows what a shared session sends and passes on, message by message, where answers and requests of several peers cross.

import type { Message } from '@trunkline/protocol'
import { messageFromArray, messageToArray, PayloadError } from '@trunkline/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { WELCOME_DETAILS } from '../testing/scripted-router.ts'
import { turn } from '../testing/scripted-router.ts'
import type { Peer } from './shared-session.ts'
import { SharedSession } from './shared-session.ts'

/** A peer that keeps what it receives. */
class FakePeer implements Peer {
  readonly #received: unknown[][] = []

  receive(message: Message): void {
    this.#received.push(messageToArray(message))
  }

  take(): unknown[][] {
    return this.#received.splice(0)
  }
}

let sent: unknown[][]
let session: SharedSession
let a: FakePeer
let b: FakePeer
/** What the router's serializer refuses. */
let refusal: Error | undefined

function open(details: object = WELCOME_DETAILS): void {
  sent = []
  refusal = undefined
  session = new SharedSession(
    (message) => {
      if (refusal !== undefined) throw refusal
      sent.push(messageToArray(message))
    },
    details as Record<string, unknown>,
  )
  a = new FakePeer()
  b = new FakePeer()
  session.join(a)
  session.join(b)
}

beforeEach(() => open())

const asks = (peer: Peer, ...list: unknown[]): void => session.send(peer, messageFromArray(list))
const says = (...list: unknown[]): boolean => session.receive(messageFromArray(list))
const takeSent = (): unknown[][] => sent.splice(0)

describe('requests of several peers', () => {
  it('get ids of the session, without gaps, and their answers the ids of the peer', () => {
    asks(a, 48, 1, {}, 'com.example.add')
    asks(b, 48, 1, {}, 'com.example.add')
    refusal = new PayloadError('no')
    expect(() => asks(b, 48, 2, {}, 'com.example.add')).toThrow('no')
    refusal = undefined
    asks(b, 16, 3, {}, 'com.example.said')
    asks(a, 48, 2, {}, 'com.example.add')
    expect(takeSent().map(([, request]) => request)).toEqual([1, 2, 3, 4])
    expect(says(50, 2, {}, ['b'])).toBe(true)
    expect(says(8, 48, 1, {}, 'com.example.error')).toBe(true)
    expect(says(50, 2, {}, ['again'])).toBe(false)
    expect([a.take(), b.take()]).toEqual([[[8, 48, 1, {}, 'com.example.error']], [[50, 1, {}, ['b']]]])
  })

  it('of calls take their chunks and CANCEL along, and nothing after their end', () => {
    asks(a, 48, 5, { progress: true }, 'com.example.sum', [1])
    asks(a, 48, 5, { progress: true }, 'com.example.sum', [2])
    says(50, 1, { progress: true }, [1])
    says(50, 1, {}, [3])
    asks(a, 48, 5, {}, 'com.example.sum', [3])
    asks(a, 49, 5, {})
    expect(takeSent()).toEqual([
      [48, 1, { progress: true }, 'com.example.sum', [1]],
      [48, 1, { progress: true }, 'com.example.sum', [2]],
    ])
    expect(a.take()).toEqual([
      [50, 5, { progress: true }, [1]],
      [50, 5, {}, [3]],
    ])
  })
})

describe('subscriptions', () => {
  it('are not ended while another SUBSCRIBE is in flight, which is answered with the same id', async () => {
    asks(a, 32, 1, {}, 'com.example.said')
    says(33, 1, 77)
    asks(b, 32, 1, {}, 'com.example.said')
    asks(a, 34, 2, 77)
    expect(takeSent()).toHaveLength(2)
    await turn()
    expect(a.take()).toEqual([
      [33, 1, 77],
      [35, 2],
    ])
    says(33, 2, 77)
    says(36, 77, 1000, {})
    expect([a.take(), b.take()]).toEqual([
      [],
      [
        [33, 1, 77],
        [36, 77, 1000, {}],
      ],
    ])
    expect(takeSent()).toEqual([])
    asks(b, 34, 2, 77)
    expect(takeSent()).toEqual([[34, 3, 77]])
  })

  it('are ended when that SUBSCRIBE is refused', async () => {
    asks(a, 32, 1, {}, 'com.example.said')
    says(33, 1, 77)
    asks(b, 32, 1, { get_retained: true }, 'com.example.said')
    asks(a, 34, 2, 77)
    takeSent()
    says(8, 32, 2, {}, 'wamp.error.not_authorized')
    expect(takeSent()).toEqual([[34, 3, 77]])
    says(35, 3)
    await turn()
    expect([a.take(), b.take()]).toEqual([
      [
        [33, 1, 77],
        [35, 2],
      ],
      [[8, 32, 1, {}, 'wamp.error.not_authorized']],
    ])
  })

  it('that are granted to a peer that has left are ended', () => {
    asks(a, 32, 1, {}, 'com.example.said')
    asks(a, 64, 2, {}, 'com.example.add')
    session.leave(a)
    says(33, 1, 77)
    says(65, 2, 88)
    expect(takeSent().slice(2)).toEqual([
      [34, 3, 77],
      [66, 4, 88],
    ])
    expect(a.take()).toEqual([])
  })

  it('can be asked for again while they end', () => {
    asks(a, 32, 1, {}, 'com.example.said')
    says(33, 1, 77)
    asks(a, 34, 2, 77)
    asks(b, 32, 1, {}, 'com.example.said')
    says(35, 2)
    says(33, 3, 77)
    says(36, 77, 1000, {})
    expect(b.take()).toEqual([
      [33, 1, 77],
      [36, 77, 1000, {}],
    ])
  })

  it('that the router revokes end for all who hold them; others cannot be ended', async () => {
    asks(a, 32, 1, {}, 'com.example.said')
    asks(b, 32, 1, {}, 'com.example.said')
    says(33, 1, 77)
    says(33, 2, 77)
    expect(says(35, 0, { subscription: 77 })).toBe(true)
    asks(a, 34, 2, 77)
    asks(b, 66, 3, 88)
    await turn()
    expect(a.take().slice(1)).toEqual([
      [35, 0, { subscription: 77 }],
      [8, 34, 2, {}, 'wamp.error.no_such_subscription'],
    ])
    expect(b.take().slice(1)).toEqual([
      [35, 0, { subscription: 77 }],
      [8, 66, 3, {}, 'wamp.error.no_such_registration'],
    ])
    expect(says(35, 0, { subscription: 77 })).toBe(false)
    expect(takeSent()).toHaveLength(2)
  })

  it('take each retained event once, anew when they are asked for anew', () => {
    asks(a, 32, 1, { get_retained: true }, 'com.example.state')
    says(33, 1, 77)
    says(36, 77, 1000, { retained: true })
    asks(b, 32, 1, { get_retained: true }, 'com.example.state')
    says(33, 2, 77)
    says(36, 77, 1000, { retained: true })
    asks(a, 32, 2, { get_retained: true }, 'com.example.state')
    says(33, 3, 77)
    says(36, 77, 1000, { retained: true })
    const events = (peer: FakePeer): unknown[] => peer.take().filter(([type]) => type === 36)
    expect([events(a).length, events(b).length]).toEqual([2, 1])
  })
})

describe('publications', () => {
  const REACHED: readonly (readonly [string, string, string])[] = [
    ['exact', 'com.example.said', 'com.example.said'],
    ['prefix', 'com.exam', 'com.example.said'],
    ['wildcard', 'com..said', 'com.example.said'],
  ]

  it.each(REACHED)('that match an %s subscription of another peer reach it, also while it is in flight', (match, pattern, topic) => {
    asks(b, 32, 1, { match }, pattern)
    takeSent()
    asks(a, 16, 1, {}, topic)
    asks(a, 16, 2, {}, 'com.other.place.said')
    asks(a, 16, 3, { exclude_me: false, acknowledge: true }, topic)
    expect(takeSent().map(([, , options]) => options)).toEqual([
      { acknowledge: true, exclude_me: false },
      {},
      { exclude_me: false, acknowledge: true },
    ])
  })

  it('reach no other peer where the router always excludes the publisher', () => {
    open({ roles: { broker: {}, dealer: {} } })
    asks(b, 32, 1, {}, 'com.example.said')
    takeSent()
    asks(a, 16, 1, { acknowledge: true }, 'com.example.said')
    expect(takeSent()).toEqual([[16, 2, { acknowledge: true }, 'com.example.said']])
    says(17, 2, 1000)
    expect(a.take()).toEqual([[17, 1, 1000]])
  })

  it('spare every subscription of their publisher, and are answered only if it asked', () => {
    asks(a, 32, 1, {}, 'com.example.said')
    asks(a, 32, 2, { match: 'prefix' }, 'com.')
    asks(b, 32, 1, {}, 'com.example.said')
    says(33, 1, 77)
    says(33, 2, 78)
    says(33, 3, 77)
    asks(a, 16, 3, {}, 'com.example.said')
    asks(a, 16, 4, { acknowledge: true }, 'com.example.said')
    a.take()
    b.take()
    says(17, 4, 1000)
    says(17, 5, 1001)
    for (const [subscription, publication] of [
      [77, 1000],
      [78, 1000],
      [78, 1001],
      [77, 1002],
    ]) {
      says(36, subscription, publication, {})
    }
    expect(a.take()).toEqual([
      [17, 4, 1001],
      [36, 77, 1002, {}],
    ])
    expect(b.take()).toEqual([
      [36, 77, 1000, {}],
      [36, 77, 1002, {}],
    ])
  })
})

describe('a router that may send an event before PUBLISHED', () => {
  beforeEach(() => {
    for (const peer of [a, b]) asks(peer, 32, 1, {}, 'com.example.said')
    says(33, 1, 77)
    says(33, 2, 77)
    a.take()
    b.take()
  })

  it('has the events of a publisher held until it is known which are its own', () => {
    asks(a, 16, 2, {}, 'com.example.said')
    asks(a, 16, 3, {}, 'com.example.said')
    says(36, 77, 1000, {})
    says(36, 77, 2000, {})
    says(17, 3, 1000)
    asks(a, 16, 4, {}, 'com.example.said')
    says(36, 77, 2001, {})
    says(36, 77, 1001, {})
    expect(a.take()).toEqual([])
    says(8, 16, 4, {}, 'wamp.error.not_authorized')
    expect(a.take()).toEqual([[36, 77, 2000, {}]])
    says(17, 5, 1001)
    expect(a.take()).toEqual([[36, 77, 2001, {}]])
    expect(b.take().map(([, , publication]) => publication)).toEqual([1000, 2000, 2001, 1001])
  })

  it('is waited for only by a tab that has just published', () => {
    asks(a, 16, 2, {}, 'com.example.said')
    says(17, 3, 1000)
    says(36, 77, 2000, {})
    expect(a.take()).toEqual([[36, 77, 2000, {}]])
  })

  it('is not a router of ours, whose events go on at once', () => {
    open({ ...WELCOME_DETAILS, _limits: {} })
    for (const peer of [a, b]) asks(peer, 32, 1, {}, 'com.example.said')
    says(33, 1, 77)
    says(33, 2, 77)
    asks(a, 16, 2, {}, 'com.example.said')
    a.take()
    says(36, 77, 2000, {})
    says(17, 3, 1000)
    says(36, 77, 1000, {})
    expect(a.take()).toEqual([[36, 77, 2000, {}]])
  })
})

describe('invocations', () => {
  beforeEach(() => {
    asks(a, 64, 1, { invoke: 'roundrobin' }, 'com.example.add')
    asks(b, 64, 1, { invoke: 'roundrobin' }, 'com.example.add')
    says(65, 1, 88)
    says(65, 2, 88)
    a.take()
    b.take()
    takeSent()
  })

  it('go to the peers in turn, with all their chunks and INTERRUPT, and only their callee answers', () => {
    says(68, 1, 88, { progress: true })
    says(68, 2, 88, {})
    says(68, 1, 88, {})
    says(69, 2, { mode: 'kill' })
    asks(b, 70, 1, {})
    asks(a, 70, 1, { progress: true })
    asks(a, 70, 1, {})
    asks(a, 70, 1, {})
    asks(b, 8, 68, 2, {}, 'wamp.error.canceled')
    expect(a.take().map(([type, request]) => [type, request])).toEqual([
      [68, 1],
      [68, 1],
    ])
    expect(b.take().map(([type, request]) => [type, request])).toEqual([
      [68, 2],
      [69, 2],
    ])
    expect(takeSent()).toEqual([
      [70, 1, { progress: true }],
      [70, 1, {}],
      [8, 68, 2, {}, 'wamp.error.canceled'],
    ])
  })

  it('of a peer that leaves are answered, and their later chunks begin nothing', () => {
    says(68, 1, 88, { progress: true })
    session.leave(a)
    says(68, 1, 88, { progress: true })
    says(68, 1, 88, {})
    says(68, 2, 88, {})
    expect(takeSent()).toEqual([[8, 68, 1, {}, 'wamp.error.canceled', ['the callee left before it answered']]])
    expect(b.take().map(([type, request]) => [type, request])).toEqual([[68, 2]])
    says(68, 3, 89, {})
    expect(takeSent()).toEqual([[8, 68, 3, {}, 'wamp.error.no_such_registration', ['the callee has just left']]])
  })

  it('that nobody waits for any more take no answer', () => {
    says(68, 1, 88, {})
    expect(says(69, 1, { mode: 'killnowait' })).toBe(true)
    expect(says(69, 1, { mode: 'killnowait' })).toBe(false)
    asks(a, 70, 1, {})
    expect(takeSent()).toEqual([])
  })

  it.each(['first', 'last'])('go to the %s peer where the registration says so', (invoke) => {
    open()
    for (const peer of [a, b]) asks(peer, 64, 1, { invoke }, 'com.example.add')
    says(65, 1, 88)
    says(65, 2, 88)
    says(68, 1, 88, {})
    says(68, 2, 88, {})
    const calls = (peer: FakePeer): number => peer.take().filter(([type]) => type === 68).length
    expect([calls(a), calls(b)]).toEqual(invoke === 'first' ? [2, 0] : [0, 2])
  })

  it('end with the registration when the last peer unregisters', async () => {
    asks(a, 66, 2, 88)
    await turn()
    expect(a.take()).toEqual([[67, 2]])
    asks(b, 66, 2, 88)
    says(68, 1, 88, {})
    says(67, 3)
    expect(takeSent()).toEqual([[66, 3, 88]])
    expect(b.take().map(([type]) => type)).toEqual([68, 67])
    says(68, 2, 88, {})
    expect(takeSent()[0]?.slice(0, 5)).toEqual([8, 68, 2, {}, 'wamp.error.no_such_registration'])
  })
})

describe('a peer that leaves', () => {
  it('cancels its calls, and hears nothing more', () => {
    asks(a, 48, 1, {}, 'com.example.slow')
    asks(b, 48, 1, {}, 'com.example.slow')
    session.leave(a)
    session.leave(a)
    says(8, 48, 1, {}, 'wamp.error.canceled')
    asks(a, 48, 2, {}, 'com.example.slow')
    expect(takeSent().slice(2)).toEqual([[49, 1, { mode: 'killnowait' }]])
    expect(a.take()).toEqual([])
    expect(session.isCalling(b, 1)).toBe(true)
  })

  it('leaves its calls to a router that cannot cancel them', () => {
    open({ roles: { broker: {}, dealer: {} } })
    asks(a, 48, 1, {}, 'com.example.slow')
    session.leave(a)
    expect(takeSent()).toHaveLength(1)
    expect(says(50, 1, {}, ['late'])).toBe(true)
    expect(a.take()).toEqual([])
  })
})

// Shows that sessions wait, in place of the link, while much of their owner is on its way to another node.

import { helloDetails } from '@trunkline/testkit'
import type { TestPeer, World } from '@trunkline/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { BusPair } from '../testing/bus-pair.ts'
import { carry, linked, sendLong, tickAfter } from '../testing/link-pair.ts'
import type { Pair } from '../testing/link-pair.ts'

const KILOBYTES = 1_000
const OWNER = 1

/** Sends a frame of an owner, with which its session has to wait where much is on its way. */
function send(pair: Pair, session: string, log: string[], octets = 500 * KILOBYTES): void {
  pair.a.link.send(new Uint8Array(octets), true, OWNER)
  pair.a.link.pace(OWNER, {
    waitForRoom(wait) {
      log.push(`${session} waits`)
      wait(() => log.push(`${session} goes on`))
      return true
    },
  })
}

describe('over a link, sessions of an owner', () => {
  it('wait while a MiB of it is on its way; when half is acknowledged, one goes on in each turn', () => {
    const pair = linked()
    const log: string[] = []
    for (const session of ['first', 'second', 'third', 'fourth', 'fifth', 'sixth']) send(pair, session, log)
    expect(log).toEqual(['fifth waits', 'sixth waits'])
    pair.a.endTurn()
    pair.a.link.pace(2, { waitForRoom: () => expect.fail('another owner has nothing on its way') })
    carry(pair.a, pair.b)
    tickAfter(pair, 5)
    for (const packet of pair.b.sent.splice(0)) pair.a.link.receive(packet)
    expect(log.splice(2)).toEqual(['fifth goes on'])
    pair.a.endTurn()
    expect(log.splice(2)).toEqual(['sixth goes on'])
    expect(pair.a.counters.sessionsPaced).toBe(2)
  })

  it('that went on wait again as soon as one of them has sent too much', () => {
    const pair = linked()
    const log: string[] = []
    for (const session of ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh']) send(pair, session, log)
    pair.a.endTurn()
    carry(pair.a, pair.b)
    tickAfter(pair, 5)
    carry(pair.b, pair.a)
    for (let turn = 0; turn < 2; turn++) pair.a.endTurn()
    expect(log.splice(0)).toEqual(['fifth waits', 'sixth waits', 'seventh waits', 'fifth goes on', 'sixth goes on', 'seventh goes on'])
    for (let i = 0; i < 4; i++) send(pair, 'fifth', log)
    expect(log.splice(0)).toEqual([])
    send(pair, 'fifth', log)
    expect(log).toEqual(['fifth waits', 'fifth waits', 'sixth waits', 'seventh waits'])
  })

  it('go on after 5 s however slow the link is', () => {
    const pair = linked()
    const log: string[] = []
    for (let i = 0; i < 5; i++) send(pair, 'one', log)
    const { clock, b } = pair
    pair.a.endTurn()
    for (let ms = 0; ms < 4_500; ms += 500) {
      clock.ms += 500
      sendLong(b, 1)
      b.endTurn()
      carry(b, pair.a)
      pair.a.tick()
    }
    expect(log).toEqual(['one waits'])
    tickAfter(pair, 500)
    expect(log).toEqual(['one waits', 'one goes on'])
  })

  it('go on when the link is down', () => {
    const pair = linked()
    const log: string[] = []
    for (let i = 0; i < 5; i++) send(pair, 'one', log)
    pair.a.link.gone()
    expect(log).toEqual(['one waits', 'one goes on'])
  })
})

const LONG = 'x'.repeat(KILOBYTES * KILOBYTES)
const PROCEDURE = 'com.example.procedure'

describe('between nodes, a session that', () => {
  let pair: BusPair
  let one: World
  let two: World
  /** Who is not read. */
  let paused: Set<string>

  beforeEach(() => {
    pair = new BusPair()
    ;[one, two] = pair.worlds as [World, World]
    paused = new Set()
    const receiver = two.join({ features: { callee: ['progressive_call_invocations', 'call_canceling'] } })
    receiver.say(32, 1, {}, 'com.example.topic')
    receiver.say(64, 2, {}, PROCEDURE)
    pair.advance(1_100)
  })

  /** Opens a session of a network, which notes when it is not read. */
  function join(name: string, address: string): TestPeer {
    const peer = one.connect('json', { address })
    Object.assign(peer, { pause: () => void paused.add(name), resume: () => void paused.delete(name) })
    peer.say(1, 'realm1', helloDetails({ caller: ['progressive_call_invocations', 'call_canceling'] }))
    return peer.welcomed()
  }

  /** Nothing that the second node says comes. */
  function stall(): void {
    pair.passes = () => false
  }

  function goOn(): void {
    pair.passes = () => true
    pair.advance(3_000)
  }

  it.each([
    ['publishes', (peer: TestPeer) => peer.say(16, peer.nextRequest, {}, 'com.example.topic', [LONG])],
    ['publishes retained events', (peer: TestPeer) => peer.say(16, peer.nextRequest, { retain: true }, 'com.example.kept', [LONG])],
    ['calls', (peer: TestPeer) => peer.say(48, peer.nextRequest, {}, PROCEDURE, [LONG])],
    ['sends chunks of a call', (peer: TestPeer) => peer.say(48, 1, { progress: true }, PROCEDURE, [LONG])],
  ])('%s is not read while much of its user or network is on its way, and others are', (_, act) => {
    const [flooder, same, other] = [join('flooder', '10.0.0.1'), join('same', '10.0.0.1'), join('other', '10.0.0.2')]
    stall()
    for (let i = 0; i < 3; i++) act(flooder)
    expect([...paused]).toEqual(['flooder'])
    act(other)
    act(same)
    expect([...paused]).toEqual(['flooder', 'same'])
    goOn()
    expect([...paused]).toEqual([])
    act(flooder)
    expect([...paused]).toEqual([])
  })

  /** Its requests are read as long as it is. */
  function sayOf(name: string, peer: TestPeer, requests: readonly (readonly [number, ...unknown[]])[]): number {
    let said = 0
    for (const [type, ...rest] of requests) {
      if (paused.has(name)) break
      peer.say(type, peer.nextRequest, ...rest)
      said++
    }
    return said
  }

  it.each([
    ['registers', (i: number): readonly [number, ...unknown[]] => [64, {}, `com.example.procedure.${i}`]],
    [
      'registers shares of procedures',
      (i: number): readonly [number, ...unknown[]] => [64, { invoke: 'roundrobin' }, `com.example.procedure.${i}`],
    ],
    ['subscribes', (i: number): readonly [number, ...unknown[]] => [32, {}, `com.example.topic.${i}`]],
    ['takes shares of topics', (i: number): readonly [number, ...unknown[]] => [32, { nkey: 'a' }, `com.example.topic.${i}`]],
  ])('%s without end is not read on while 64 changes of its user or network are on their way, and others are', (_, request) => {
    const [flooder, same, other] = [join('flooder', '10.0.0.1'), join('same', '10.0.0.1'), join('other', '10.0.0.2')]
    pair.advance(1_100)
    stall()
    const requests = Array.from({ length: 1_000 }, (__, i) => request(i))
    expect(sayOf('flooder', flooder, requests)).toBeLessThanOrEqual(64)
    expect(sayOf('same', same, [request(1_001)])).toBe(1)
    expect([...paused]).toEqual(['flooder', 'same'])
    expect(
      sayOf('other', other, [
        [64, {}, 'com.example.other'],
        [32, {}, 'com.example.other'],
      ]),
    ).toBe(2)
    expect([...paused]).toEqual(['flooder', 'same'])
    goOn()
    expect([...paused]).toEqual([])
    expect(other.take().map(([type]) => type)).toEqual([65, 33])
  })

  it('unregisters and unsubscribes without end is not read on either', () => {
    const flooder = join('flooder', '10.0.0.1')
    for (let i = 0; i < 100; i++) {
      flooder.say(64, flooder.nextRequest, {}, `com.example.procedure.${i}`)
      flooder.say(32, flooder.nextRequest, {}, `com.example.topic.${i}`)
    }
    goOn()
    const held = flooder.take().map(([type, , id]) => [type === 65 ? 66 : 34, id] as const)
    stall()
    expect(sayOf('flooder', flooder, held)).toBeLessThanOrEqual(64)
  })

  it('only reaches sessions of its own node is read on', () => {
    const [flooder, same] = [join('flooder', '10.0.0.1'), join('same', '10.0.0.1')]
    stall()
    for (let i = 0; i < 3; i++) flooder.say(16, flooder.nextRequest, {}, 'com.example.topic', [LONG])
    same.say(16, 1, {}, 'com.example.here', [LONG])
    same.say(48, 2, {}, 'wamp.session.count')
    expect([...paused]).toEqual(['flooder'])
  })

  it('is ended by the router while it waits is read at once: its answer may come', () => {
    const [flooder, operator] = [join('flooder', '10.0.0.1'), join('operator', '10.0.0.2')]
    stall()
    for (let i = 0; i < 3; i++) flooder.say(16, flooder.nextRequest, {}, 'com.example.topic', [LONG])
    operator.say(48, 1, {}, 'wamp.session.kill', [flooder.session])
    expect([...paused]).toEqual([])
    flooder.say(6, {}, 'wamp.close.goodbye_and_out')
    expect(flooder.isClosed).toBe(true)
  })
})

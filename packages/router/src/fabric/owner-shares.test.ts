// Shows that one owner cannot fill the link between two nodes for the others, by calls, results, errors or events.

import { uris } from '@trunkline/protocol'
import type { TestPeer, World } from '@trunkline/testkit'
import { helloDetails } from '@trunkline/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { BusPair } from '../testing/bus-pair.ts'

const PROCEDURE = 'com.example.procedure'
const TOPIC = 'com.example.topic'
const [CALL, RESULT, ERROR, INVOCATION, YIELD, EVENT] = [48, 50, 8, 68, 70, 36]
const LONG = 'x'.repeat(1_000_000)
const MESSAGES = 20
/** So many long messages are within the share of an owner. */
const FIT = 9

let pair: BusPair
let one: World
let two: World

beforeEach(() => {
  pair = new BusPair()
  ;[one, two] = pair.worlds as [World, World]
})

/** Opens a session of a network: each is an owner. */
function join(world: World, address: string): TestPeer {
  const peer = world.connect('json', { address })
  peer.say(1, 'realm1', helloDetails())
  return peer.welcomed()
}

function register(callee: TestPeer, procedure: string): void {
  callee.say(64, callee.nextRequest, {}, procedure)
  pair.advance(100)
  expect(callee.take().at(-1)?.[0]).toBe(65)
}

/** Nothing that the second node says comes, acknowledgements least of all. */
function stall(): void {
  pair.passes = () => false
}

function goOn(): void {
  pair.passes = () => true
  pair.advance(3_000)
}

const errorsOf = (peer: TestPeer): unknown[] => peer.take().flatMap((message) => (message[0] === ERROR ? [message[4]] : []))

/** How many answers are results, and which errors the others are. */
const answersOf = (peer: TestPeer): { results: number; errors: Set<unknown> } => {
  const all = peer.take()
  return {
    results: all.filter(([type]) => type === RESULT).length,
    errors: new Set(all.flatMap((each) => (each[0] === ERROR ? [each[4]] : []))),
  }
}

describe('calls of one user or network', () => {
  it('beyond its share are refused, while calls of others wait for the link', () => {
    const [long, short] = [join(two, '10.0.0.2'), join(two, '10.0.0.3')]
    register(long, PROCEDURE)
    register(short, 'com.example.short')
    const [flooder, other] = [join(one, '10.0.0.1'), join(one, '10.0.0.4')]
    stall()
    for (let i = 1; i <= MESSAGES; i++) flooder.say(CALL, i, {}, PROCEDURE, [LONG])
    other.say(CALL, 1, {}, 'com.example.short', [LONG])
    pair.advance(100)
    const refused = errorsOf(flooder)
    expect([new Set(refused), refused.length]).toEqual([new Set([uris.UNAVAILABLE]), MESSAGES - FIT])
    expect(other.take()).toEqual([])
    goOn()
    short.say(YIELD, short.takeOne()[1], {}, ['answer'])
    pair.advance(100)
    expect(other.takeOne()).toEqual([RESULT, 1, {}, ['answer']])
  })

  it('count together, over all of its sessions', () => {
    register(join(two, '10.0.0.2'), PROCEDURE)
    stall()
    const callers = Array.from({ length: MESSAGES }, () => join(one, '10.0.0.1'))
    for (const caller of callers) caller.say(CALL, 1, {}, PROCEDURE, [LONG])
    expect(callers.flatMap(errorsOf)).toHaveLength(MESSAGES - FIT)
  })
})

describe('answers to the calls of one user or network', () => {
  it.each(['results', 'errors'])('beyond its share are dropped, and it learns that, while %s for others wait for the link', (what) => {
    const callee = join(two, '10.0.0.2')
    register(callee, PROCEDURE)
    const [flooder, other] = [join(one, '10.0.0.1'), join(one, '10.0.0.4')]
    for (let i = 1; i <= MESSAGES; i++) flooder.say(CALL, i, {}, PROCEDURE)
    other.say(CALL, 1, {}, PROCEDURE)
    pair.advance(100)
    const invocations = callee.take().filter(([type]) => type === INVOCATION)
    stall()
    for (const [, invocation] of invocations) {
      if (what === 'results') callee.say(YIELD, invocation, {}, [LONG])
      else callee.say(ERROR, INVOCATION, invocation, {}, 'com.example.failed', [LONG])
    }
    goOn()
    const { results, errors } = answersOf(flooder)
    expect(results).toBe(what === 'results' ? FIT : 0)
    expect(errors).toContain(uris.LIMIT_EXCEEDED)
    expect(other.takeOne().slice(0, 5)).toEqual(what === 'results' ? [RESULT, 1, {}, [LONG]] : [ERROR, CALL, 1, {}, 'com.example.failed'])
  })
})

describe('events of one user or network', () => {
  it('beyond its share are missed, and counted, while events of others wait for the link', () => {
    const subscriber = join(two, '10.0.0.2')
    subscriber.say(32, 1, {}, TOPIC)
    subscriber.say(32, 2, {}, 'com.example.other')
    pair.advance(1_100)
    subscriber.take()
    const [flooder, other] = [join(one, '10.0.0.1'), join(one, '10.0.0.4')]
    stall()
    for (let i = 1; i <= MESSAGES; i++) flooder.say(16, i, {}, TOPIC, [i, LONG])
    other.say(16, 1, {}, 'com.example.other', ['other'])
    goOn()
    flooder.say(16, MESSAGES + 1, {}, TOPIC, ['last'])
    pair.advance(100)
    const events = subscriber.take().filter(([type]) => type === EVENT)
    expect(events.map(([, , , details, values]) => [(values as unknown[])[0], details])).toEqual([
      ...Array.from({ length: FIT }, (_, i) => [i + 1, {}]),
      ['other', {}],
      ['last', { _gap: MESSAGES - FIT }],
    ])
  })
})

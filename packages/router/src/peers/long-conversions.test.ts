// Shows that long payloads are converted to another serializer in several turns, in order, and what becomes of those that end.

import type { CallMessage, Message } from '@trunkline/protocol'
import { messageFromArray, Payload, PayloadError } from '@trunkline/protocol'
import type { Rule } from '@trunkline/router'
import { OPEN_REALM, World } from '@trunkline/testkit'
import type { TestPeer } from '@trunkline/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { makeSerializers } from '../serializers.ts'
import type { LongSender } from './long-conversions.ts'
import { LongConversions } from './long-conversions.ts'

const TOPIC = 'com.example.topic'
/** Each takes one octet in CBOR and nine in JSON, and a long one has several steps. */
const many = (count: number): Uint8Array[] => Array.from({ length: count }, () => new Uint8Array(0))
const LONG = many(100_000)

let world: World
let tasks: (() => void)[]
let log: string[]
beforeEach(() => open())

/** A world whose deferred tasks a test runs one by one. */
function open(rules?: readonly Rule[]): void {
  tasks = []
  log = []
  const realm1 = { ...OPEN_REALM, ...(rules && { roles: { anonymous: rules } }) }
  world = new World({ realms: { realm1 }, scheduler: { defer: (task) => void tasks.push(task) } })
  runAll()
}

/** Runs deferred tasks until there are none; returns how many there were. */
function runAll(): number {
  let count = 0
  for (let task = tasks.shift(); task !== undefined; task = tasks.shift(), count++) task()
  return count
}

/** A session whose transport can be paused, which the log notes. */
function join(serializer: 'json' | 'msgpack' | 'cbor', name: string = serializer): TestPeer {
  const peer = world.join({ serializer })
  runAll()
  return Object.assign(peer, { pause: () => void log.push(`pause ${name}`), resume: () => void log.push(`resume ${name}`) })
}

const subscribed = (peer: TestPeer): TestPeer => {
  peer.subscribe(TOPIC)
  return peer
}
/** The events that a session got: how many values each has. */
const sizes = (peer: TestPeer): unknown[] => peer.take().map((message) => (message.at(-1) as unknown[]).length)

describe('a long payload that receivers need in another serializer', () => {
  it('is converted in several turns, between which others are served and its own connection is not read', () => {
    const [publisher, subscriber, bystander] = [join('cbor'), subscribed(join('json')), join('json', 'bystander')]
    publisher.say(16, 1, {}, TOPIC, LONG)
    expect([log, sizes(subscriber)]).toEqual([['pause cbor'], []])
    tasks.shift()?.()
    bystander.say(16, 1, {}, TOPIC, [1, 2])
    expect(sizes(subscriber)).toEqual([2])
    expect(runAll()).toBeGreaterThan(3)
    expect([log, sizes(subscriber)]).toEqual([['pause cbor', 'resume cbor'], [100_000]])
  })

  it.each(['json', 'msgpack', 'cbor'] as const)('comes as it was sent, from %s to all others', (from) => {
    const values = Array.from({ length: 3_000 }, (_, i) => ({ [`key ${i}`]: [i, -i / 3, `text ${i}`, null, true, [[]], {}] }))
    const publisher = join(from)
    const subscribers = (['json', 'msgpack', 'cbor'] as const).map((serializer) => subscribed(join(serializer, `to ${serializer}`)))
    publisher.say(16, 1, {}, TOPIC, values, { more: values })
    expect(runAll()).toBeGreaterThan(10)
    for (const subscriber of subscribers) expect(subscriber.takeOne().slice(4)).toEqual([values, { more: values }])
  })

  it('is converted also for those who subscribe meanwhile', () => {
    const [publisher, subscriber, late] = [join('cbor'), subscribed(join('json')), join('msgpack')]
    publisher.say(16, 1, {}, TOPIC, LONG)
    tasks.shift()?.()
    subscribed(late)
    const steps = runAll()
    expect([sizes(subscriber), sizes(late)]).toEqual([[100_000], [100_000]])
    expect(steps).toBeGreaterThan(7)
  })

  it('is converted so in a call, its chunks, its results and its error', () => {
    const progressive = ['progressive_call_results', 'progressive_call_invocations', 'call_canceling']
    const features = { caller: progressive, callee: progressive }
    const [caller, callee] = [world.join({ serializer: 'cbor', features }), world.join({ serializer: 'json', features })]
    for (const peer of [caller, callee]) Object.assign(peer, { pause: () => void log.push('pause'), resume: () => {} })
    callee.register('p')
    runAll()
    const turns = (peer: TestPeer, ...message: unknown[]): number => {
      peer.say(...message)
      return runAll()
    }
    expect(turns(caller, 48, 1, { progress: true, receive_progress: true }, 'p', LONG)).toBeGreaterThan(3)
    expect(turns(caller, 48, 1, {}, 'p', LONG)).toBeGreaterThan(3)
    const [invocation] = callee.take().map(([, request]) => request)
    expect(turns(callee, 70, invocation, { progress: true }, LONG)).toBeGreaterThan(3)
    expect(turns(callee, 8, 68, invocation, {}, 'com.example.error', LONG)).toBeGreaterThan(3)
    expect(caller.take().map(([type]) => type)).toEqual([50, 8])
    expect(log.length).toBe(4)
  })

  it('that one of them cannot hold is refused as a short one is', () => {
    const [publisher, subscriber] = [join('cbor'), subscribed(join('json'))]
    publisher.say(16, 1, { acknowledge: true }, TOPIC, [...LONG, Number.NaN])
    expect(runAll()).toBeGreaterThan(3)
    expect(publisher.takeOne().slice(0, 5)).toEqual([8, 16, 1, {}, 'wamp.error.invalid_argument'])
    expect([subscriber.take(), log]).toEqual([[], ['pause cbor', 'resume cbor']])
  })

  it('is dropped when its connection breaks', () => {
    const [publisher, subscriber] = [join('cbor'), subscribed(join('json'))]
    publisher.say(16, 1, {}, TOPIC, LONG)
    publisher.drop()
    runAll()
    expect([subscriber.take(), log]).toEqual([[], ['pause cbor']])
  })

  it('is converted of each network in turn, however many one sends', () => {
    const subscriber = subscribed(join('json'))
    const info = { address: '192.0.2.1' }
    const ofOne = [1, 2, 3].map(() => Object.assign(world.connect('cbor', info), { pause: () => {}, resume: () => {} }))
    const other = join('cbor')
    for (const peer of ofOne) peer.say(1, 'realm1', { roles: { publisher: {} } })
    runAll()
    for (const [i, peer] of ofOne.entries()) peer.say(16, 1, {}, TOPIC, many(70_001 + i))
    other.say(16, 1, {}, TOPIC, many(70_000))
    runAll()
    expect(sizes(subscriber)).toEqual([70_001, 70_002, 70_000, 70_003])
  })
})

describe('a long payload is routed at once', () => {
  it.each([
    ['that its receivers take as it is', () => void subscribed(join('cbor', 'subscriber'))],
    ['that has no receiver', () => {}],
  ])('%s', (_, before) => {
    const publisher = join('cbor')
    before()
    log.length = 0
    publisher.say(16, 1, {}, TOPIC, LONG)
    expect([tasks, log]).toEqual([[], []])
  })

  it('whose sender may not send it', () => {
    open([{ uri: '**', allow: ['subscribe'] }])
    const [publisher] = [join('cbor'), subscribed(join('json'))]
    publisher.say(16, 1, { acknowledge: true }, TOPIC, LONG)
    expect([tasks, log, publisher.takeOne()[4]]).toEqual([[], [], 'wamp.error.not_authorized'])
  })
})

describe('long payloads that are held', () => {
  const { cbor, json } = makeSerializers(64)
  const conversions = (): LongConversions => new LongConversions({ defer: (task) => void tasks.push(task) }, {})

  class Sender implements LongSender {
    readonly holder = 'network 192.0.2.1'
    readonly went: Message[] = []
    readonly receivingFormats = () => [json]
    readonly hold = () => true
    readonly goOn = (message: Message) => void this.went.push(message)
  }

  const call = (octets: number): CallMessage => {
    const payload = Payload.fromRaw(cbor, cbor.encodeItems([[new Uint8Array(octets)]]), 1)
    return { ...(messageFromArray([48, 1, {}, 'p']) as CallMessage), payload }
  }

  it('have a bound for each owner; one beyond it counts as one that its receivers cannot be sent', () => {
    const all = conversions()
    const sender = new Sender()
    for (let i = 0; i < 16; i++) expect(all.take(sender, call(4_000_000))).toBe(true)
    const beyond = call(4_000_000)
    expect(all.take(sender, beyond)).toBe(false)
    expect(beyond.payload?.forms?.get('json')).toBeInstanceOf(PayloadError)
    for (let i = 0; i < 8; i++) tasks.shift()?.()
    expect(sender.went.length).toBeGreaterThan(0)
    expect(all.take(sender, call(4_000_000))).toBe(true)
  })

  it('are counted until they go on', () => {
    const all = conversions()
    all.take(new Sender(), call(100_000))
    expect(all.octets).toBeGreaterThan(100_000)
    runAll()
    expect(all.octets).toBe(0)
  })
})

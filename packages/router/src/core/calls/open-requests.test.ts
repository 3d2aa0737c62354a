// Tries every row of the table of open requests in docs/protocol-tables.md, in a realm that takes request ids in any order.

import type { Authorizer } from '@trunkline/router'
import type { TestPeer } from '@trunkline/testkit'
import { ALLOW_ALL, readTable, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const ASKED = 'com.example.asked'
const PROCEDURE = 'com.example.procedure'
const TOPIC = 'com.example.topic'

let world: World
let answers: ((verdict: boolean) => void)[]
let [peer, other]: TestPeer[] = []

/** Allows everything, but has to ask about one topic. */
const authorizer: Authorizer = {
  allows({ uri }, later) {
    if (uri !== ASKED) return true
    answers.push(later)
    return undefined
  },
}

beforeEach(() => {
  answers = []
  world = World.of({ requestIds: 'tolerant', roles: { anonymous: ALLOW_ALL }, authorizer })
  ;[peer, other] = [world.join(), world.join()]
  other?.say(64, 1, {}, PROCEDURE)
  other?.say(32, 2, {}, TOPIC)
  other?.take()
})
afterEach(() => world.end())

interface Kind {
  /** Sends the request with an id. */
  say(client: TestPeer, id: number): void
  /** What answers it, or stands for an answer. */
  readonly answer: number
  readonly isAnsweredByOther?: true
}

const held = { subscription: 0, registration: 0 }
const KINDS: Record<string, Kind> = {
  CALL: { say: (client, id) => client.say(48, id, {}, PROCEDURE), answer: 50, isAnsweredByOther: true },
  'PUBLISH, acknowledged': { say: (client, id) => client.say(16, id, { acknowledge: true }, TOPIC), answer: 17 },
  PUBLISH: { say: (client, id) => client.say(16, id, {}, TOPIC), answer: 0 },
  SUBSCRIBE: { say: (client, id) => client.say(32, id, {}, TOPIC), answer: 33 },
  UNSUBSCRIBE: { say: (client, id) => client.say(34, id, held.subscription), answer: 35 },
  REGISTER: { say: (client, id) => client.say(64, id, { invoke: 'roundrobin' }, 'com.example.mine'), answer: 65 },
  UNREGISTER: { say: (client, id) => client.say(66, id, held.registration), answer: 67 },
}

describe('a request that is open', () => {
  const { rows } = readTable('Which requests are open')

  /** The client with what UNSUBSCRIBE and UNREGISTER give back. */
  function ready(): TestPeer {
    if (peer === undefined) throw new Error('no peer')
    peer.say(32, 100, {}, 'com.example.held')
    peer.say(64, 101, {}, 'com.example.held')
    const [subscribed, registered] = peer.take()
    held.subscription = subscribed?.[2] as number
    held.registration = registered?.[2] as number
    return peer
  }

  /** The types and ids of what a client got. An ERROR answers as well: what was given back is not there twice. */
  function answersOf(client: TestPeer): unknown[] {
    return client.take().map(([type, first, second]) => (type === 8 ? [8, second] : type === 3 ? 'ABORT' : [type, first]))
  }

  it('has a row for each request', () => {
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(KINDS))
  })

  it.each(rows.map(({ name, cells }) => [name, ...cells] as const))(
    '%s: open %s; the same id meanwhile: %s [BP-ID-10]',
    (name, open, meanwhile) => {
      const client = ready()
      const kind = KINDS[name]
      // All that follows waits for the authorizer.
      client.say(32, 102, {}, ASKED)
      kind?.say(client, 7)
      kind?.say(client, 7)
      expect(client.take()).toEqual([])
      answers.shift()?.(true)
      world.settle()
      const got = answersOf(client).slice(1)
      if (open === 'never') expect(got).toEqual([])
      else if (open === 'during its turn') expect(got.map((answer) => (answer as number[])[1])).toEqual([7, 7])
      else expect(got).toEqual(['ABORT'])
      expect(meanwhile).toBe(
        open === 'never' ? '-' : open === 'during its turn' ? 'has its turn afterwards' : 'chunk where chunks may follow, else ABORT',
      )
    },
  )

  it.each(rows.map(({ name, cells: [, , after] }) => [name, after] as const))(
    '%s: tolerates the same id once it was answered: %s [BP-ID-10]',
    (name, after) => {
      const client = ready()
      const kind = KINDS[name]
      expect(after).toBe('new request')
      for (const turn of [1, 2]) {
        kind?.say(client, 7)
        if (kind?.isAnsweredByOther === true) other?.say(70, turn, {})
        const [answer] = answersOf(client)
        // The second time there is nothing left to give back.
        const expected = [turn === 2 && name.startsWith('UN') ? 8 : kind?.answer, 7]
        expect(answer).toEqual(kind?.answer === 0 ? undefined : expected)
      }
      expect(client.isClosed).toBe(false)
    },
  )

  it('tolerates requests of different types with one id: each answer names its type [BP-ID-10]', () => {
    const client = ready()
    for (const name of ['CALL', 'PUBLISH, acknowledged', 'SUBSCRIBE', 'REGISTER', 'UNSUBSCRIBE', 'UNREGISTER']) KINDS[name]?.say(client, 7)
    other?.say(70, 1, {})
    expect(answersOf(client)).toEqual([17, 33, 65, 35, 67, 50].map((type) => [type, 7]))
  })

  it('a plain call that waits is no chunk of the progressive call behind it', () => {
    const client = ready()
    client.say(32, 102, {}, ASKED)
    client.say(48, 7, {}, 'com.example.missing')
    client.say(48, 7, { progress: true }, 'com.example.missing')
    answers.shift()?.(true)
    world.settle()
    expect(answersOf(client)).toEqual([
      [33, 102],
      [8, 7],
      [8, 7],
    ])
  })
})

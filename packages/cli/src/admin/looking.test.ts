// Shows how operators look at live traffic, and what they cannot do by looking.

import type { Session } from '@trunkline/client'
import { ApplicationError } from '@trunkline/client'
import type { ProgressLoop } from '@trunkline/contract'
import type { Log, Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseConfig } from '../config/config.ts'
import { LeveledLog } from '../leveled-log.ts'
import { ADMIN_ROLES, allOf, errorOf, joinAs } from '../testing/admin-scene.ts'
import { AdminApi } from './admin-api.ts'
import { adminApi } from './admin-contract.ts'
import type { TailPart } from './tail.ts'
import type { TrafficLine } from './traffic-line.ts'

const OPEN = { guest: allOf('**', 'wamp.**', 'trunkline.**'), stranger: [] }

let lines: string[]
let log: LeveledLog
let router: Router
let admin: AdminApi
let operator: Session
beforeEach(async () => {
  lines = []
  const sink: Log = {
    debug: () => undefined,
    error: (event) => void lines.push(event),
    info: (event, fields) => void lines.push(`${event} ${JSON.stringify(fields)}`),
    warn: (event, fields) => void lines.push(`${event} ${JSON.stringify(fields)}`),
  }
  log = new LeveledLog(sink)
  router = createRouter({ realms: { trunkline: { roles: ADMIN_ROLES }, shop: { roles: OPEN } }, log })
  admin = new AdminApi({ router, log, stop: () => {} })
  await admin.settle('trunkline')
  operator = await join('trunkline', 'olga', 'operator')
})
afterEach(async () => {
  admin.stop()
  await router.close()
})

const join = (realm: string, authid: string, authrole: string): Promise<Session> => joinAs(router, realm, { authid, authrole })

const api = (session = operator) => session.use(adminApi)

type Tail = ProgressLoop<TailPart, unknown, object>

/** The lines of a tail, until the last of these URIs comes. */
async function linesUntil(tail: Tail, uri: string): Promise<TrafficLine[]> {
  const seen: TrafficLine[] = []
  for await (const part of tail) {
    seen.push(...part.lines)
    if (seen.some((line) => line.uri === uri)) return seen
  }
  return seen
}

/** A tail whose first line has been seen, so that it shows what follows. */
async function begun(tail: Tail): Promise<Tail> {
  // A call that the same session makes afterwards is answered after the tail has begun.
  await api().view.limits()
  return tail
}

describe('a tail', () => {
  it('shows calls with their end, publications, and who comes and goes, without payload', async () => {
    const tail = await begun(api().view.tail.stream({ realm: 'shop' }))
    const alice = await join('shop', 'alice', 'guest')
    const { id } = alice
    await alice.register('com.shop.add', ({ args: [a] }) => {
      if (a === 0) throw new ApplicationError('com.shop.error')
      return a
    })
    await alice.call('com.shop.add', [1])
    await alice.call('com.shop.add', [0]).catch(() => {})
    await alice.call('com.shop.none', [0]).catch(() => {})
    await alice.publish('com.shop.new', ['secret'], { acknowledge: true })
    await alice.leave()
    const bob = await join('shop', 'bob', 'stranger')
    await bob.publish('com.shop.end', [], { acknowledge: true }).catch(() => {})
    const seen = await linesUntil(tail, 'com.shop.end')
    const from = { session: id, authid: 'alice', authrole: 'guest' }
    const rest = { realm: 'shop', from, match: null, payload: null, outcome: 'done' }
    const call = { ...rest, kind: 'call', uri: 'com.shop.add', to: from, milliseconds: expect.any(Number) as number, octets: 2 }
    expect(seen).toMatchObject([
      { ...rest, kind: 'join', uri: null },
      { ...rest, kind: 'register', uri: 'com.shop.add', match: 'exact' },
      { ...call, outcome: 'result', error: null },
      { ...call, outcome: 'error', error: 'com.shop.error' },
      { ...rest, kind: 'call', uri: 'com.shop.none', to: null, outcome: 'unmatched', error: 'wamp.error.no_such_procedure' },
      { ...rest, kind: 'publish', uri: 'com.shop.new', deliveries: 0 },
      { ...rest, kind: 'unregister', uri: 'com.shop.add', match: 'exact' },
      { ...rest, kind: 'leave', uri: null },
      { kind: 'join', from: { authid: 'bob' } },
      { kind: 'publish', uri: 'com.shop.end', outcome: 'denied', error: 'wamp.error.not_authorized', deliveries: null },
    ])
    expect(JSON.stringify(seen)).not.toContain('secret')
  })

  it('costs nothing when it has ended, and shows nothing of other looks', async () => {
    const tail = await begun(api().view.tail.stream())
    expect(router.witnesses.traffic).toBeDefined()
    await api().view.sessions()
    await operator.call('wamp.session.count').catch(() => {})
    const seen = await linesUntil(tail, 'wamp.session.count')
    expect(seen.map(({ uri }) => uri)).toEqual(['wamp.session.count'])
    await expect.poll(() => router.witnesses.traffic).toBe(undefined)
  })

  it('has an end where the session that looks has one', async () => {
    const vera = await join('trunkline', 'vera', 'viewer')
    void vera
      .use(adminApi)
      .view.tail.stream()
      [Symbol.asyncIterator]()
      .next()
      .catch(() => {})
    await vera.use(adminApi).view.limits()
    expect(router.witnesses.traffic).toBeDefined()
    await vera.leave()
    await expect.poll(() => router.witnesses.traffic).toBe(undefined)
  })

  it('needs progressive results, a realm that exists, and right arguments', async () => {
    const { view } = api()
    expect(await errorOf(view.tail())).toEqual(['wamp.error.invalid_argument', 'lines come as progressive results: call it with progress'])
    expect((await errorOf(view.tail.stream({ realm: 'nowhere' }).result))[0]).toBe('wamp.error.no_such_realm')
    expect((await errorOf(view.tail.stream({ rate: 501 }).result))[0]).toBe('wamp.error.invalid_argument')
    expect(router.witnesses.traffic).toBe(undefined)
  })
})

describe('payload', () => {
  it('is for those with a right of its own, is logged, and not shown where the configuration hides it', async () => {
    const vera = await join('trunkline', 'vera', 'viewer')
    expect((await errorOf(vera.use(adminApi).traffic.payload.stream().result))[0]).toBe('wamp.error.not_authorized')
    const text = `listeners: [{ websocket: { host: 127.0.0.1, port: 1 } }]
realms: { trunkline: { roles: { operator: [] } } }
admin: { realm: trunkline, hide: { uris: [com.shop.pay.**] } }`
    const live = { config: parseConfig(text, 'r.yaml'), reload: () => Promise.reject(new Error()), plan: () => Promise.reject(new Error()) }
    await admin.settle(undefined)
    admin = new AdminApi({ router, log, live, stop: () => {} })
    await admin.settle('trunkline')
    const tail = await begun(api().traffic.payload.stream({ realm: 'shop', kinds: ['call', 'publish'] }))
    const alice = await join('shop', 'alice', 'guest')
    await alice.register('com.shop.add', ({ args: [a] }) => {
      if (a === 0) throw new ApplicationError('com.shop.error', ['why'])
      return a
    })
    await alice.call('com.shop.add', [1], { kwargs: { user: { Password: 'x' } } })
    await alice.call('com.shop.add', [0]).catch(() => {})
    await alice.publish('com.shop.pay.card', ['4111'])
    await alice.publish('com.shop.odd', [Number.NaN, 2n ** 60n, new Uint8Array(3)])
    await alice.publish('com.shop.long', ['x'.repeat(9_000)])
    await alice.publish('com.shop.end', [])
    const seen = await linesUntil(tail, 'com.shop.end')
    expect(seen.map(({ payload }) => payload)).toEqual([
      { args: [1], kwargs: { user: { Password: '<hidden>' } }, result: { args: [1], kwargs: {} } },
      { args: [0], kwargs: {}, error: { args: ['why'], kwargs: {} } },
      null,
      { args: ['NaN', '1152921504606846976', '<3 octets>'], kwargs: {} },
      { omitted: 9_004 },
      { args: [], kwargs: {} },
    ])
    expect(lines.filter((line) => line.includes('"procedure":"trunkline.admin.traffic.payload"'))).toMatchObject([
      expect.stringMatching(/^traffic watched .*"byAuthid":"olga"/),
    ])
  })
})

describe('looks', () => {
  it('are no more than 4 of a session and 16 in all, and their places are free again', async () => {
    const sessions = [operator, ...(await Promise.all([1, 2, 3].map((i) => join('trunkline', `v${i}`, 'viewer'))))]
    const loops = sessions.flatMap((session) => [1, 2, 3, 4].map(() => session.use(adminApi).view.tail.stream()))
    await Promise.all(sessions.map((session) => session.use(adminApi).view.limits()))
    expect(await errorOf(api().view.tail.stream().result)).toEqual([
      'trunkline.error.limit_exceeded',
      'a session may look at the traffic 4 times at once',
    ])
    const another = await join('trunkline', 'v5', 'viewer')
    expect(await errorOf(another.use(adminApi).view.graph({ seconds: 1 }))).toEqual([
      'trunkline.error.limit_exceeded',
      'no more than 16 may look at the traffic at once',
    ])
    for (const { result } of loops) result.catch(() => {})
    await sessions[1]?.leave()
    expect(await another.use(adminApi).view.graph({ seconds: 1 })).toMatchObject({ calls: [] })
  })

  it('end when a reload takes the right to them', async () => {
    const tail = await begun(api().view.tail.stream({ realm: 'shop' }))
    const alice = await join('shop', 'alice', 'guest')
    router.updateRealm('trunkline', { roles: { ...ADMIN_ROLES, operator: [] } })
    await alice.publish('com.shop.new', [])
    expect(await errorOf(tail.result)).toEqual(['wamp.error.not_authorized', 'call trunkline.admin.view.tail'])
    expect(router.witnesses.traffic).toBe(undefined)
  })
})

describe('a graph', () => {
  it('shows who calls and publishes what, once or again and again', async () => {
    const [alice, bob, carol] = [
      await join('shop', 'alice', 'guest'),
      await join('shop', 'bob', 'guest'),
      await join('shop', 'carol', 'guest'),
    ]
    await alice.register('com.shop.add', ({ args: [a] }) => {
      if (a === 0) throw new ApplicationError('com.shop.error')
      return a
    })
    for (const session of [alice, carol]) await session.subscribe('com.shop.', () => {}, { match: 'prefix' })
    const pictures = api().view.graph.stream({ seconds: 1, by: 'authid' })
    const iterator = pictures[Symbol.asyncIterator]()
    const first = iterator.next()
    await api().view.limits()
    for (const a of [1, 2, 0]) await bob.call('com.shop.add', [a]).catch(() => {})
    for (let i = 0; i < 5; i++) await bob.publish('com.shop.new', [], { acknowledge: true })
    const { value } = await first
    const of = (authid: string) => ({ authrole: 'guest', authid, session: null })
    const seconds = value?.seconds ?? 0
    const rate = (count: number) => expect.closeTo(count / seconds, 1) as number
    expect(value).toMatchObject({
      calls: [
        { realm: 'shop', from: of('bob'), procedure: 'com.shop.add', match: 'exact', to: of('alice'), rate: rate(3), errors: rate(1) },
      ],
      publications: [
        {
          realm: 'shop',
          from: of('bob'),
          topic: 'com.shop.new',
          rate: rate(5),
          deliveries: rate(10),
          subscribers: 2,
          to: [
            { ...of('alice'), sessions: 1 },
            { ...of('carol'), sessions: 1 },
          ],
        },
      ],
      others: { calls: 0, publications: 0 },
    })
    expect((await iterator.next()).value).toMatchObject({ calls: [], publications: [] })
    await iterator.return?.()
    expect(await api().view.graph({ seconds: 1 })).toMatchObject({ calls: [], publications: [] })
    await expect.poll(() => router.witnesses.traffic).toBe(undefined)
  })
})

// Shows the admin API at work: what its procedures answer, to whom, and what they answer to wrong arguments.

import type { Session } from '@trunkline/client'
import { ApplicationError } from '@trunkline/client'
import type { Log, Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LeveledLog } from '../leveled-log.ts'
import { ADMIN_ROLES, allOf, errorOf, joinAs } from '../testing/admin-scene.ts'
import { AdminApi } from './admin-api.ts'
import { adminApi } from './admin-contract.ts'
import { parseConfig } from '../config/config.ts'

const OPEN = { guest: allOf('**', 'trunkline.**') }

let lines: string[]
let log: LeveledLog
let router: Router
let admin: AdminApi
let stop: () => void
let stopped: Promise<void>
let operator: Session
beforeEach(async () => {
  lines = []
  const sink: Log = {
    debug: (event) => void lines.push(event),
    info: (event) => void lines.push(event),
    error: (event) => void lines.push(event),
    warn: (event, fields) => void lines.push(`${event} ${JSON.stringify(fields)}`),
  }
  log = new LeveledLog(sink)
  router = createRouter({ realms: { trunkline: { roles: ADMIN_ROLES }, shop: { roles: OPEN }, empty: { roles: OPEN } }, log })
  stopped = new Promise((resolve) => {
    stop = resolve
  })
  admin = new AdminApi({ router, log, stop: () => stop() })
  await admin.settle('trunkline')
  operator = await join('trunkline', 'olga', 'operator')
})
afterEach(async () => {
  admin.stop()
  await router.close()
})

const join = (realm: string, authid: string, authrole: string): Promise<Session> => joinAs(router, realm, { authid, authrole })

const api = (session = operator) => session.use(adminApi)

describe('status', () => {
  it('tells versions, numbers and counters', async () => {
    const status = await api().view.status()
    expect(status).toMatchObject({
      node_version: process.version,
      router: '',
      nodes: [],
      pid: process.pid,
      state: 'running',
      realms: 3,
      sessions: 1,
      log_level: 'info',
    })
    expect(status.counters).toMatchObject({ sessionsOpened: 1, limitsHit: 0 })
    expect(status).toMatchObject({ queued_bytes: 0, connections: 2, calls_open: 1 })
    expect(Object.keys(status.event_loop_delay_ms)).toEqual(['mean', 'p99', 'max'])
    expect(new Date(status.since).getTime()).toBeLessThanOrEqual(Date.now())
  })
})

describe('a contract', () => {
  it('is told of the procedures that have one', async () => {
    expect(await api().view.contract('procedure', 'trunkline.admin.kick')).toMatchObject({ call: { args: [] } })
    expect(await api().view.contract('procedure', 'trunkline.admin.kick', { realm: 'shop' })).toBeNull()
    expect((await errorOf(api().view.contract('topic', 'a', { realm: 'nowhere' })))[0]).toBe('wamp.error.no_such_realm')
  })
})

describe('lists', () => {
  it('of realms have their numbers, page by page', async () => {
    await join('shop', 'alice', 'guest')
    const first = await api().view.realms({ limit: 2 })
    const one = { procedures: 0, topics: 0 }
    expect(first.realms).toEqual([
      { realm: 'trunkline', sessions: 1, ...one },
      { realm: 'shop', sessions: 1, ...one },
    ])
    const second = await api().view.realms({ after: first.next ?? '' })
    expect(second).toEqual({ realms: [{ realm: 'empty', sessions: 0, ...one }], next: null, total: 3 })
  })

  it('of sessions go over realms, or hold what is asked for', async () => {
    const alice = await join('shop', 'alice', 'guest')
    const all = await api().view.sessions()
    expect(all.sessions.map(({ realm, authid, agent }) => [realm, authid, agent])).toEqual([
      ['trunkline', 'olga', 'agent of olga'],
      ['shop', 'alice', 'agent of alice'],
    ])
    expect([all.next, all.total]).toEqual([null, 2])
    const found = await api().view.sessions({ realm: 'shop', search: 'ALI' })
    expect(found.sessions).toEqual([await api().view.session(alice.id)])
    expect((await api().view.sessions({ authid: 'nobody' })).sessions).toEqual([])
  })

  it('of procedures and topics have their calls and events', async () => {
    const alice = await join('shop', 'alice', 'guest')
    await alice.register('com.shop.add', ({ args: [a] }) => {
      if (a === 0) throw new ApplicationError('com.shop.error')
      return a
    })
    await alice.subscribe('com.shop.', () => {}, { match: 'prefix' })
    const bob = await join('shop', 'bob', 'guest')
    await bob.call('com.shop.add', [1])
    await bob.call('com.shop.add', [0]).catch(() => {})
    await bob.publish('com.shop.new', [], { acknowledge: true })
    const { procedures, total } = await api().view.procedures({ search: 'add' })
    expect(procedures).toMatchObject([
      { realm: 'shop', procedure: 'com.shop.add', callees: 1, calls: 2, errors: 1, latency_ms: { mean: expect.any(Number) as number } },
    ])
    expect(total).toBe(1)
    const { topics } = await api().view.topics({ realm: 'shop', match: 'prefix' })
    expect(topics).toMatchObject([{ topic: 'com.shop.', subscribers: 1, publications: 1, deliveries: 1, dropped_events: 0, gaps: 0 }])
  })

  it('answer wrong arguments with what is wrong', async () => {
    const { view } = api()
    expect(await errorOf(view.sessions({ realm: 'nowhere' }))).toEqual(['wamp.error.no_such_realm', "there is no realm 'nowhere'"])
    expect(await errorOf(view.session(5))).toEqual(['wamp.error.no_such_session', 'there is no session 5'])
    expect(await errorOf(view.sessions({ after: 'x' }))).toEqual(['wamp.error.invalid_argument', 'after: expected the next of a page'])
    expect(await errorOf(view.sessions({ limit: 201 }))).toEqual([
      'wamp.error.invalid_argument',
      '/kwargs/limit: must be a whole number, from 1 to 200',
    ])
    expect(await errorOf(operator.call('trunkline.admin.view.sessions', [], { kwargs: { rolle: 'x' } }))).toEqual([
      'wamp.error.invalid_argument',
      '/kwargs/rolle: unknown; known are realm, authid, authrole, authmethod, transport, serializer, search, slow, after, limit',
    ])
    const { next } = await view.sessions({ limit: 1 })
    const later = new AdminApi({ router, log, stop: () => {} })
    await admin.settle(undefined)
    await later.settle('trunkline')
    expect((await errorOf(view.sessions({ after: next ?? '' })))[0]).toBe('trunkline.error.cursor_too_old')
    later.stop()
  })
})

describe('changes', () => {
  it('are told as events to a viewer, with the numbers of the realm', async () => {
    const viewer = await join('trunkline', 'vera', 'viewer')
    const events = await viewer.use(adminApi).view.changed.subscribe()
    const alice = await join('shop', 'alice', 'guest')
    for await (const { value } of events) {
      if (value.realms.some(({ realm, sessions }) => realm === 'shop' && sessions === 1)) break
    }
    expect(alice.isOpen).toBe(true)
  })

  it('are nothing for an application', async () => {
    const alice = await join('shop', 'alice', 'guest')
    const bob = await join('trunkline', 'bob', 'nobody')
    await expect(bob.use(adminApi).view.changed.subscribe(() => {})).rejects.toThrow('not_authorized')
    expect(alice.isOpen).toBe(true)
  })
})

describe('limits', () => {
  it('have their hits', async () => {
    expect(await api().view.limits()).toEqual({ limits: [], missing: [] })
    router.updateRealm('shop', { roles: OPEN, limits: { registrations: 1 } })
    const alice = await join('shop', 'alice', 'guest')
    await alice.register('com.shop.a', () => {})
    await expect(alice.register('com.shop.b', () => {})).rejects.toThrow('limit_exceeded')
    expect(await api().view.limits()).toEqual({ limits: [{ limit: 'registrations', hits: 1 }], missing: [] })
  })
})

describe('kick', () => {
  it('ends sessions by id, user or role, and logs by whom', async () => {
    const [alice, bob, carol] = [
      await join('shop', 'alice', 'guest'),
      await join('shop', 'bob', 'guest'),
      await join('empty', 'bob', 'guest'),
    ]
    expect(await api().kick({ session: alice.id, message: 'go', reason: 'com.example.go' })).toEqual({ sessions: 1, missing: [] })
    expect(await alice.closed).toMatchObject({ by: 'router', reason: 'com.example.go' })
    expect(await api().kick({ authid: 'bob', realm: 'empty' })).toEqual({ sessions: 1, missing: [] })
    await carol.closed
    expect(await api().kick({ authrole: 'guest' })).toEqual({ sessions: 1, missing: [] })
    await bob.closed
    expect(lines.filter((line) => line.startsWith('sessions kicked'))).toHaveLength(3)
    expect(lines.at(-1)).toContain('"byAuthid":"olga"')
  })

  it('spares the session that calls, also by its role', async () => {
    expect(await errorOf(api().kick({ session: operator.id }))).toEqual(['wamp.error.invalid_argument', 'a session cannot kick itself'])
    expect(await api().kick({ authrole: 'operator' })).toEqual({ sessions: 0, missing: [] })
    expect(operator.isOpen).toBe(true)
  })

  it('refuses what it cannot do', async () => {
    expect(await errorOf(api().kick())).toEqual(['wamp.error.invalid_argument', 'kick needs a session, an authid or an authrole'])
    expect(await errorOf(api().kick({ session: 5 }))).toEqual(['wamp.error.no_such_session', 'there is no session 5'])
    expect(await errorOf(api().kick({ authid: 'x', realm: 'no' }))).toEqual(['wamp.error.no_such_realm', "there is no realm 'no'"])
    expect(await errorOf(api().kick({ authid: 'x', reason: 'no uri' }))).toEqual([
      'wamp.error.invalid_argument',
      'the reason is not a valid URI',
    ])
  })
})

describe('long texts', () => {
  it('are refused before they are searched for, logged, or sent to many sessions', async () => {
    const long = 'x'.repeat(1_001)
    const { view, kick } = api()
    const calls = [
      view.sessions({ search: long }),
      view.topics({ search: long }),
      kick({ authid: long }),
      kick({ authid: 'x', message: long }),
    ]
    const uris = (await Promise.all(calls.map(errorOf))).map(([uri]) => uri)
    expect(uris).toEqual(Array.from(calls, () => 'wamp.error.invalid_argument'))
    expect(lines.filter((line) => line.length > 1_000)).toEqual([])
  })
})

describe('rights', () => {
  it('let a viewer see everything, and change nothing', async () => {
    const viewer = api(await join('trunkline', 'vera', 'viewer'))
    await viewer.view.status()
    expect((await viewer.view.sessions()).sessions).toHaveLength(2)
    const actions = [viewer.kick({ authid: 'olga' }), viewer.drain(), viewer.reload(), viewer.setLogLevel('off')].map(errorOf)
    for (const [uri] of await Promise.all(actions)) expect(uri).toBe('wamp.error.not_authorized')
    expect([operator.isOpen, log.level()]).toEqual([true, 'info'])
  })

  it('of an application reach no further than its realm: the API is nowhere else', async () => {
    const alice = await join('shop', 'alice', 'guest')
    expect((await errorOf(alice.use(adminApi).view.status()))[0]).toBe('wamp.error.no_such_procedure')
  })
})

describe('the rest', () => {
  it('sets the level of the log, which says by whom', async () => {
    expect(await api().setLogLevel('off')).toEqual({ before: 'info', level: 'off', missing: [] })
    log.warn('unseen', { area: 'logins' })
    expect(lines.at(-1)).toContain('log level changed')
    expect(await api().setLogLevel('warn')).toEqual({ before: 'off', level: 'warn', missing: [] })
    log.info('unseen', { area: 'logins' })
    expect(lines.at(-1)).toContain('"byAuthrole":"operator"')
    expect(await api().view.status()).toMatchObject({ log_level: 'warn', log_areas: {} })
  })

  it('sets the level of one area, and back as it is configured', async () => {
    expect(await api().setLogLevel('debug', { area: 'rights' })).toEqual({ before: 'info', level: 'debug', missing: [] })
    log.debug('unseen', { area: 'logins' })
    expect(lines.at(-1)).toContain('"of":"rights"')
    log.debug('seen', { area: 'rights' })
    expect(lines.at(-1)).toBe('seen')
    expect(await api().view.status()).toMatchObject({ log_level: 'info', log_areas: { rights: 'debug' } })
    expect(await api().setLogLevel('default', { area: 'rights' })).toEqual({ before: 'debug', level: 'info', missing: [] })
    expect((await errorOf(api().setLogLevel('debug', { area: 'right' as 'rights' })))[0]).toBe('wamp.error.invalid_argument')
  })

  it('stops the router on demand, after the answer', async () => {
    expect(await api().drain()).toEqual({ sessions: 1 })
    await stopped
  })

  it('has no configuration to show or to read where there is none', async () => {
    expect((await errorOf(api().view.configuration()))[0]).toBe('trunkline.error.no_configuration')
    expect((await errorOf(api().reload()))[0]).toBe('trunkline.error.no_configuration')
  })

  it('shows the configuration without secrets, and leaves out what is too much', async () => {
    const users = Array.from({ length: 300 }, (_, i) => `u${i}: { role: guest, ticket: very-secret }`).join(', ')
    const text = `listeners: [{ websocket: { host: 127.0.0.1, port: 1 } }]\nrealms: { shop: { users: { ${users} }, roles: { guest: [] } } }`
    const config = parseConfig(text, 'router.yaml')
    const live = { config, reload: () => Promise.reject(new Error()), plan: () => Promise.reject(new Error()) }
    await admin.settle(undefined)
    const other = new AdminApi({ router, log, live, stop: () => {} })
    await other.settle('trunkline')
    const { file, configuration, left_out: leftOut } = await api().view.configuration()
    expect([file, leftOut]).toEqual(['router.yaml', ['realms.shop.users: 100 of 300']])
    expect(JSON.stringify(configuration)).toContain('"ticket":"<hidden>"')
    expect(JSON.stringify(configuration)).not.toContain('very-secret')
    other.stop()
  })
})

// Shows the meta API and testaments, with a scripted router.

import { describe, expect, it } from 'vitest'
import type { Meta } from './meta.ts'
import { meta } from './meta.ts'
import type { Subscription } from './subscriber.ts'
import { addTestament, flushTestaments } from './testament.ts'
import { openScripted } from './testing/scripted-router.ts'

type Use = (api: Meta<Promise<Subscription>>) => Promise<unknown>

const CREATED = '2026-03-01T10:00:00.000Z'
const SUBSCRIPTION = { id: 5, uri: 'com.example.', match: 'prefix', created: CREATED }
const REGISTRATION = { ...SUBSCRIPTION, invoke: 'roundrobin' }
const BY_MATCH = { exact: [1], prefix: [2], wildcard: [] }
const JOINED = { session: 8, authid: 'joe', authrole: 'user', authmethod: 'ticket', authprovider: 'static' }

/** What is used, the procedure with its arguments, what the router answers, what it means. */
const USES: readonly (readonly [string, Use, unknown[], unknown[], unknown])[] = [
  ['count', (api) => api.sessions.count(), ['wamp.session.count'], [3], 3],
  ['count by role', (api) => api.sessions.count(['user']), ['wamp.session.count', [['user']]], [1], 1],
  ['list', (api) => api.sessions.list(), ['wamp.session.list'], [[7, 8]], [7, 8]],
  ['get', (api) => api.sessions.get(8), ['wamp.session.get', [8]], [JOINED], { ...JOINED, details: JOINED }],
  [
    'kill',
    (api) => api.sessions.kill(8, { reason: 'com.example.out', message: 'bye' }),
    ['wamp.session.kill', [8], { reason: 'com.example.out', message: 'bye' }],
    [],
    undefined,
  ],
  ['kill by authid', (api) => api.sessions.killByAuthid('joe'), ['wamp.session.kill_by_authid', ['joe']], [[8, 9]], [8, 9]],
  ['kill by authid, counted', (api) => api.sessions.killByAuthid('joe'), ['wamp.session.kill_by_authid', ['joe']], [2], undefined],
  ['kill by authrole', (api) => api.sessions.killByAuthrole('user'), ['wamp.session.kill_by_authrole', ['user']], [2], 2],
  ['kill by authrole, listed', (api) => api.sessions.killByAuthrole('user'), ['wamp.session.kill_by_authrole', ['user']], [[8, 9]], 2],
  ['kill all', (api) => api.sessions.killAll(), ['wamp.session.kill_all'], [4], 4],
  ['subscriptions', (api) => api.subscriptions.list(), ['wamp.subscription.list'], [BY_MATCH], BY_MATCH],
  [
    'subscription',
    (api) => api.subscriptions.lookup('com.example.a'),
    ['wamp.subscription.lookup', ['com.example.a', { match: 'exact' }]],
    [5],
    5,
  ],
  [
    'no subscription',
    (api) => api.subscriptions.lookup('a', 'prefix'),
    ['wamp.subscription.lookup', ['a', { match: 'prefix' }]],
    [null],
    undefined,
  ],
  ['matching subscriptions', (api) => api.subscriptions.match('a'), ['wamp.subscription.match', ['a']], [null], []],
  [
    'subscription details',
    (api) => api.subscriptions.get(5),
    ['wamp.subscription.get', [5]],
    [SUBSCRIPTION],
    { ...SUBSCRIPTION, created: new Date(CREATED), details: SUBSCRIPTION },
  ],
  ['subscribers', (api) => api.subscriptions.listSubscribers(5), ['wamp.subscription.list_subscribers', [5]], [[7]], [7]],
  ['subscriber count', (api) => api.subscriptions.countSubscribers(5), ['wamp.subscription.count_subscribers', [5]], [1], 1],
  ['registrations', (api) => api.registrations.list(), ['wamp.registration.list'], [BY_MATCH], BY_MATCH],
  ['registration', (api) => api.registrations.lookup('a', 'wildcard'), ['wamp.registration.lookup', ['a', { match: 'wildcard' }]], [5], 5],
  ['matching registration', (api) => api.registrations.match('a'), ['wamp.registration.match', ['a']], [null], undefined],
  [
    'registration details',
    (api) => api.registrations.get(5),
    ['wamp.registration.get', [5]],
    [REGISTRATION],
    { ...REGISTRATION, created: new Date(CREATED), details: REGISTRATION },
  ],
  ['callees', (api) => api.registrations.listCallees(5), ['wamp.registration.list_callees', [5]], [[7]], [7]],
  ['callee count', (api) => api.registrations.countCallees(5), ['wamp.registration.count_callees', [5]], [1], 1],
]

describe('meta', () => {
  it.each(USES)('%s', async (...[, use, request, answer, meaning]) => {
    const { session, router } = await openScripted()
    const used = use(meta(session))
    expect(router.take()).toEqual([[48, 1, {}, ...request]])
    router.says([50, 1, {}, answer])
    expect(await used).toEqual(meaning)
  })

  it('gives events with names and types', async () => {
    const { session, router } = await openScripted()
    const { on } = meta(session)
    const seen: unknown[] = []
    const names = ['join', 'leave', 'subscription.create', 'registration.create', 'subscription.delete', 'registration.register'] as const
    const made = Promise.all(names.map((name) => on(name, (event) => seen.push(event))))
    const topics = router.take().map((list) => list[3])
    router.says(...names.map((_name, i) => [33, i + 1, 500 + i]))
    await made
    router.says([36, 500, 1, {}, [JOINED]], [36, 501, 2, {}, [8, 'joe', 'user']], [36, 502, 3, {}, [8, SUBSCRIPTION]])
    router.says([36, 503, 4, {}, [8, REGISTRATION]], [36, 504, 5, {}, [8, 5]], [36, 505, 6, {}, [8, 6]])
    expect(topics).toEqual([
      'wamp.session.on_join',
      'wamp.session.on_leave',
      'wamp.subscription.on_create',
      'wamp.registration.on_create',
      'wamp.subscription.on_delete',
      'wamp.registration.on_register',
    ])
    expect(seen).toMatchObject([
      { session: 8, authid: 'joe' },
      { session: 8, authid: 'joe', authrole: 'user' },
      { session: 8, subscription: { id: 5, match: 'prefix', created: new Date(CREATED) } },
      { session: 8, registration: { id: 5, invoke: 'roundrobin' } },
      { session: 8, subscription: 5 },
      { session: 8, registration: 6 },
    ])
  })

  it('tolerates an on_leave with missing values, and empty match and invoke', async () => {
    const { session, router } = await openScripted()
    const seen: unknown[] = []
    void meta(session).on('leave', (event) => seen.push(event))
    void meta(session).on('registration.create', ({ registration: { match, invoke } }) => seen.push([match, invoke]))
    router.says([33, 1, 500], [33, 2, 501], [36, 500, 1, {}, [8]], [36, 501, 2, {}, [8, { id: 5, uri: 'a', match: '', invoke: '' }]])
    expect(seen).toEqual([{ session: 8, authid: undefined, authrole: undefined }, ['exact', 'single']])
  })
})

describe('a testament', () => {
  it('is added with its scope and options, and flushed by scope', async () => {
    const { session, router } = await openScripted()
    const done = [
      addTestament(session, 'com.example.gone', ['x'], { kwargs: { y: 1 } }),
      addTestament(session, 'com.example.gone', [], { scope: 'detached', publishOptions: { retain: true, excludeMe: false } }),
      flushTestaments(session),
      flushTestaments(session, 'detached'),
    ]
    expect(router.take()).toEqual([
      [48, 1, {}, 'wamp.session.add_testament', ['com.example.gone', ['x'], { y: 1 }]],
      [
        48,
        2,
        {},
        'wamp.session.add_testament',
        ['com.example.gone', [], {}],
        { scope: 'detached', publish_options: { retain: true, exclude_me: false } },
      ],
      [48, 3, {}, 'wamp.session.flush_testaments'],
      [48, 4, {}, 'wamp.session.flush_testaments', [], { scope: 'detached' }],
    ])
    router.says([50, 1, {}], [50, 2, {}], [50, 3, {}], [50, 4, {}])
    await Promise.all(done)
  })
})

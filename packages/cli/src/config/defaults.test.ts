// Shows that the defaults that the configuration tells are those of the router, and that each limit reaches it under its name.

import { createRouter } from '@trunkline/router'
import type { RealmView } from '@trunkline/router'
import { describe, expect, it } from 'vitest'
import { parseConfig } from './config.ts'
import type { DictNode, Node } from './nodes.ts'
import { CONFIG_SCHEMA } from './schema.ts'
import { REALM } from './schema-realm.ts'

/** The keys of a part that have defaults, each with its default, in the notation of the file. */
function defaultsOf(part: Node): readonly (readonly [string, string])[] {
  const { keys } = part as DictNode
  return Object.entries(keys).flatMap(([key, { default: text }]) => (text === undefined ? [] : [[key, text] as const]))
}

const written = (part: Node): string =>
  defaultsOf(part)
    .map(([key, text]) => `${key}: ${text}`)
    .join(', ')

function read(limits: string, realm = '') {
  return parseConfig(`listeners: [ rawsocket: { port: 0 } ]\nlimits: { ${limits} }\nrealms: { a: { ${realm} } }`, 'trunkline.yaml').router
}

function realmOf(realm: string): RealmView | undefined {
  return createRouter(read('', realm)).realm('a')
}

describe('the defaults of the configuration', () => {
  it('of the limits for every session are those of the router', () => {
    expect(read(written(CONFIG_SCHEMA.keys.limits)).limits).toEqual({
      messageBytes: 4_194_304,
      depth: 64,
      outboxBytes: 4_194_304,
      outboxTotalBytes: 268_435_456,
      stallMs: 10_000,
      pingMs: 15_000,
      silenceMs: 30_000,
      helloMs: 10_000,
      loginMs: 10_000,
      connectionsBeforeLogin: 20_000,
      connectionsBeforeLoginPerAddress: 10_000,
      beforeLoginTotalBytes: 33_554_432,
      goodbyeMs: 5_000,
      drainMs: 10_000,
    })
    expect(read('').limits).toEqual({})
  })

  it('of the limits of a realm are those of the router', () => {
    const limits = written(REALM.keys.limits)
    expect(limits.split(',').length).toBeGreaterThan(8)
    expect(realmOf(`limits: { ${limits} }`)?.settings.limits).toEqual(realmOf('')?.settings.limits)
  })

  it('of a realm are those of the router', () => {
    // No levels are the same as none.
    expect({ ...realmOf(written(REALM))?.settings, trustLevels: undefined }).toEqual(realmOf('')?.settings)
  })
})

it('each limit for every session reaches the router under its name', () => {
  const names = Object.keys(CONFIG_SCHEMA.keys.limits.keys)
  const values = Object.entries(read(names.map((name, i) => `${name}: ${quantity(name, 1_000 * (i + 100))}`).join(', ')).limits)
  expect(values).toEqual([
    ['messageBytes', 100_000],
    ['depth', 1_000],
    ['outboxBytes', 102_000],
    ['outboxTotalBytes', 103_000],
    ['stallMs', 104_000],
    ['pingMs', 105_000],
    ['silenceMs', 106_000],
    ['helloMs', 107_000],
    ['loginMs', 108_000],
    ['sessionsPerAddress', 109_000],
    ['connectionsBeforeLogin', 110_000],
    ['connectionsBeforeLoginPerAddress', 111_000],
    ['beforeLoginTotalBytes', 112_000],
    ['goodbyeMs', 113_000],
    ['drainMs', 114_000],
  ])
})

function quantity(name: string, value: number): string {
  if (name === 'nesting') return '1000'
  const { kind } = (CONFIG_SCHEMA.keys.limits.keys as Readonly<Record<string, Node>>)[name] ?? {}
  return kind === 'duration' ? `${value}ms` : String(value)
}

it('each limit of a realm reaches it under its name', () => {
  const limits = { sessions: 21, subscriptions: 22, registrations: 23, pendingCalls: 24, uriLength: 25, uriComponents: 26, wildcards: 27 }
  const more = { wildcardNodes: 128, testaments: 29, retainedEvents: 30, retainedShare: 31 }
  const durable = { durableSubscriptions: 35, durableSubscriptionsPerUser: 36, durableInFlightPerUser: 37 }
  const all = { ...limits, ...more, ...durable, messageRate: { perSecond: 32, burst: 33 } }
  const text = JSON.stringify({ ...all, retainedSize: 34 })
  expect(realmOf(`limits: ${text}`)?.settings.limits).toMatchObject({ ...all, retainedBytes: 34 })
  expect(Object.keys(REALM.keys.limits.keys).toSorted()).toEqual(Object.keys({ ...all, retainedSize: 34 }).toSorted())
})

it('trusted proxies reach the router', () => {
  const text = "listeners: [ rawsocket: { port: 0 } ]\nrealms: {}\ntrustedProxies: [10.0.0.0/8, '::1']"
  expect(parseConfig(text, 'trunkline.yaml').router.trustedProxies).toEqual(['10.0.0.0/8', '::1'])
})

// Shows what a reload would do, and how it says so.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseConfig } from './config.ts'
import { planChanges } from './plan.ts'

const BASE = `
listeners:
  - websocket: { host: 127.0.0.1, port: 8080 }
  - rawsocket: { port: 8081 }
realms:
  shop:
    anonymous: { role: guest }
    roles: { guest: [ { uri: com.shop.**, allow: [call] } ] }
`

/** The plan from the base to the base with some text replaced. */
function planAfter(...replacements: readonly (readonly [string, string])[]) {
  const text = replacements.reduce((before, [from, to]) => before.replace(from, to), BASE)
  return planChanges(parseConfig(BASE, 'a.yaml'), parseConfig(text, 'a.yaml'))
}

const NOTHING = { added: [], removed: [], changed: [] }

describe('planChanges', () => {
  it('finds nothing between two readings of the same', () => {
    expect(planAfter()).toEqual({ listeners: NOTHING, realms: NOTHING, changesLimits: false, changes: [] })
    expect(planAfter(['{ port: 8081 }', '{ host: 127.0.0.1, port: 8081 }']).changes).toEqual([])
  })

  it('names listeners that come, go, or change while they stay open', () => {
    const plan = planAfter(['port: 8081', 'port: 8082'], ['port: 8080', 'port: 8080, paths: [/x], limits: { connections: 5 }'])
    expect(plan.listeners.added.map(({ place }) => place)).toEqual(['rs://127.0.0.1:8082'])
    expect(plan.listeners.removed.map(({ place }) => place)).toEqual(['rs://127.0.0.1:8081'])
    expect(plan.listeners.changed).toMatchObject([{ place: 'ws://127.0.0.1:8080', paths: ['/x'], maxConnections: 5 }])
    expect(plan.changes).toEqual([
      'listener rs://127.0.0.1:8081 removed',
      'listener rs://127.0.0.1:8082 added',
      'listener ws://127.0.0.1:8080 changed: paths, limits.connections',
    ])
  })

  it('does not take the order of listeners for a change', () => {
    const turned = [
      '  - websocket: { host: 127.0.0.1, port: 8080 }\n  - rawsocket: { port: 8081 }',
      '  - rawsocket: { port: 8081 }\n  - websocket: { host: 127.0.0.1, port: 8080 }',
    ] as const
    expect(planAfter(turned).changes).toEqual([])
  })

  it('names realms that come, go or change, and what in them', () => {
    const plan = planAfter(
      ['allow: [call]', 'allow: [call, subscribe]'],
      ['guest: [', 'admin: [], guest: ['],
      ['anonymous: { role: guest }', 'uriRule: strict'],
    )
    expect(plan.realms).toEqual({ added: [], removed: [], changed: ['shop'] })
    expect(plan.changes).toEqual([
      'realms.shop.anonymous removed',
      'realms.shop.roles.guest changed',
      'realms.shop.roles.admin added',
      'realms.shop.uriRule added: strict',
    ])
    const other = planAfter(['  shop:', '  other: {}\n  market:'])
    expect(other.realms).toEqual({ added: ['other', 'market'], removed: ['shop'], changed: [] })
    expect(other.changes).toEqual(['realms.shop removed', 'realms.other added', 'realms.market added'])
  })

  it('sees that a file that a realm names is another, and shows no secret', () => {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-plan-'))
    const read = (secret: string, key: string) => {
      writeFileSync(join(folder, 'key.pem'), key)
      const login = `users: { one: { role: r, ticket: ${secret} } }, jwt: { algorithms: [EdDSA], keys: [ { file: key.pem } ] }`
      return parseConfig(`listeners: [ rawsocket: { port: 0 } ]\nrealms: { a: { roles: { r: [] }, ${login} } }`, join(folder, 'a.yaml'))
    }
    const [first, second, third] = [read('one', 'A'), read('one', 'B'), read('two', 'B')]
    rmSync(folder, { recursive: true })
    expect(planChanges(first, second)).toMatchObject({ realms: { changed: ['a'] }, changes: ['realms.a changed: a file that it names'] })
    expect(planChanges(second, third).changes).toEqual(['realms.a.users.one.ticket changed'])
  })

  it('shows short values as they were and as they are', () => {
    const [from, to] = [
      'realms: {}\nlimits: { message: 4MiB, stall: 10s }',
      'realms: {}\nlimits: { message: 1048576, stall: 10s, hello: 500ms }',
    ]
    const read = (text: string) => parseConfig(`listeners: [ rawsocket: { port: 0 } ]\n${text}`, 'a.yaml')
    const plan = planChanges(read(from), read(to))
    expect(plan.changesLimits).toBe(true)
    expect(plan.changes).toEqual(['limits.message changed: 4MiB -> 1MiB', 'limits.hello added: 500ms'])
  })
})

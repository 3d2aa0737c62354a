// Shows what makes the settings of a realm other ones for the nodes of a cluster, and that no secret is among it.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UnixBus } from './cluster/index.ts'
import type { RealmOptions } from './router-options.ts'
import type { Router } from './router.ts'
import { createRouter } from './router.ts'
import { settingsDigest } from './settings-digest.ts'

const OPTIONS: RealmOptions = {
  anonymousRole: 'guest',
  roles: { guest: [{ uri: 'com.shop.**', allow: ['call', 'subscribe'] }], staff: [] },
  topics: [{ uri: 'com.shop.news', history: { events: 10 } }],
  limits: { sessions: 7 },
  authentication: { users: { alice: { role: 'staff', ticket: 'secret-1' } }, loginSecret: 'secret-2', routerKey: 'ab'.repeat(32) },
}
const USERS = OPTIONS.authentication?.users ?? {}
const of = (options: RealmOptions, key = 'key'): string => settingsDigest(options, key)

describe('the digest of the settings of a realm', () => {
  it('is the same in whatever order keys are written, and with a default written out', () => {
    const { roles, ...rest } = OPTIONS
    const { guest = [], staff = [] } = roles ?? {}
    expect(of({ roles: { staff, guest: guest.map(({ uri, ...rule }) => ({ ...rule, uri })) }, ...rest })).toBe(of(OPTIONS))
    expect(of({ ...OPTIONS, uriRule: 'loose', allowsDisclosure: true, limits: { sessions: 7, wildcards: 6 } })).toBe(of(OPTIONS))
    expect(of(OPTIONS)).toMatch(/^[0-9a-f]{16}$/)
  })

  it.each<[string, RealmOptions]>([
    ['a right', { ...OPTIONS, roles: { ...OPTIONS.roles, guest: [{ uri: 'com.shop.**', allow: ['call'] }] } }],
    ['a topic', { ...OPTIONS, topics: [{ uri: 'com.shop.news', history: { events: 11 } }] }],
    ['a limit', { ...OPTIONS, limits: { sessions: 8 } }],
    ['a limit that is not there', { ...OPTIONS, limits: {} }],
    [
      'a contract',
      { ...OPTIONS, contracts: [{ contract: { contract: 'a', version: '1', procedures: {}, topics: {}, errors: {} } as never }] },
    ],
    ['the role of guests', { ...OPTIONS, anonymousRole: 'staff' }],
    ['a user', { ...OPTIONS, authentication: { ...OPTIONS.authentication, users: { ...USERS, bob: { role: 'staff', ticket: 'x' } } } }],
    ['a method of a user', { ...OPTIONS, authentication: { users: { alice: { role: 'staff', wampcra: { secret: 'secret-1' } } } } }],
    ['an authorizer', { ...OPTIONS, dynamicAuthorizer: { procedure: 'com.shop.may' } }],
  ])('is another one with another %s', (_, options) => {
    expect(of(options)).not.toBe(of(OPTIONS))
  })

  it('is the same with other secrets, which it tells nobody', () => {
    const users = { alice: { role: 'staff', ticket: 'secret-3', extra: { key: 'secret-4' } } }
    expect(of({ ...OPTIONS, authentication: { users, loginSecret: 'secret-5' } })).toBe(of(OPTIONS))
    const jwt = (secret: string): RealmOptions => ({ ...OPTIONS, authentication: { jwt: { algorithms: ['HS256'], keys: [{ secret }] } } })
    expect(of(jwt('one'))).toBe(of(jwt('other')))
    const cookie = (value: string): RealmOptions => ({
      ...OPTIONS,
      authentication: { cookie: { name: 'sid', origins: [], static: { [value]: { authid: 'alice', role: 'staff' } } } },
    })
    expect(of(cookie('aa'.repeat(32)))).toBe(of(cookie('bb'.repeat(32))))
  })

  it('cannot be computed without the secret of the cluster', () => {
    expect(of(OPTIONS, 'another')).not.toBe(of(OPTIONS))
  })
})

describe('nodes that serve a realm', () => {
  let folder: string
  const ends: (() => unknown)[] = []
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tl-'))
  })
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end()
    rmSync(folder, { recursive: true, force: true })
  })

  async function node(name: string, realms: Readonly<Record<string, RealmOptions>>): Promise<Router> {
    const bus = await UnixBus.open({ node: name, folder })
    bus.connectTo(['a', 'b'])
    const router = createRouter({ realms, cluster: { name: 'shop', by: bus } })
    ends.push(
      () => bus.close(),
      () => router.close(),
    )
    return router
  }

  const differing = (router: Router): readonly string[] | undefined => router.cluster?.nodes[0]?.otherSettings

  it('see which of theirs have other settings, and see it again after each change', async () => {
    const other = { ...OPTIONS, limits: { sessions: 8 } }
    const [a, b] = [await node('a', { same: OPTIONS, apart: OPTIONS, only: OPTIONS }), await node('b', { same: OPTIONS, apart: other })]
    await expect.poll(() => [differing(a), differing(b)]).toEqual([['apart'], ['apart']])
    b.updateRealm('apart', OPTIONS)
    await expect.poll(() => [differing(a), differing(b)]).toEqual([[], []])
    a.updateRealm('same', other)
    b.addRealm('only', other)
    await expect.poll(() => differing(b)).toEqual(['only', 'same'])
    a.removeRealm('only')
    await expect.poll(() => [differing(a), differing(b)]).toEqual([['same'], ['same']])
  })

  it('see that another stopped', async () => {
    const [a, b] = [await node('a', { same: OPTIONS }), await node('b', { same: OPTIONS })]
    const state = (): string | undefined => a.cluster?.nodes[0]?.state
    await expect.poll(state).toBe('up')
    await b.close()
    await expect.poll(state).toBe('left')
  })
})

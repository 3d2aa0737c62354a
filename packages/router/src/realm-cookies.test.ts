// Shows which realms may issue cookies beside each other, and how the logins of a user are forgotten.

import type { AuthenticationOptions, RealmOptions } from '@trunkline/router'
import { ALLOW_ALL, helloDetails, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'

const realm = (cookie: AuthenticationOptions['cookie'], more: Partial<RealmOptions> = {}): RealmOptions => ({
  roles: { user: [...ALLOW_ALL, { uri: 'trunkline.auth.**', allow: ['call'] }, { uri: 'trunkline.admin.**', allow: ['call'] }] },
  authentication: { users: { joe: { role: 'user', ticket: 'joe' } }, ...(cookie && { cookie }) },
  ...more,
})
const issued = (name: string, file?: string): NonNullable<AuthenticationOptions['cookie']> => ({ name, origins: [], issued: { file } })

let world: World
afterEach(() => world.end())

type Peer = ReturnType<World['connect']>

function join(name: string): Peer {
  const peer = world.connect()
  peer.say(1, name, { ...helloDetails(), authmethods: ['ticket'], authid: 'joe' })
  peer.say(5, 'joe', {})
  expect(peer.take().map(([type]) => type)).toEqual([4, 2])
  return peer
}

async function call(peer: Peer, procedure: string, ...args: readonly unknown[]): Promise<unknown[]> {
  peer.say(48, 1, {}, procedure, ...args)
  return (await peer.comes()).slice(3)
}

describe('realms that issue cookies', () => {
  it('have names and files of their own; a realm may keep both when it changes', () => {
    const file = '/nowhere/logins'
    world = new World({ realms: { one: realm(issued('a', file)), two: realm(issued('b')), plain: realm(undefined) } })
    const { router } = world
    const taken = "realm 'three': realm 'one' issues the cookie 'a' already"
    expect(() => router.addRealm('three', realm(issued('a')))).toThrow(
      expect.objectContaining({ message: taken, code: 'TL_REALM' }) as Error,
    )
    const same = "realm 'three': realm 'one' keeps its logins in the same file"
    expect(() => router.addRealm('three', realm(issued('c', file)))).toThrow(
      expect.objectContaining({ message: same, code: 'TL_REALM' }) as Error,
    )
    expect(() => router.updateRealm('two', realm(issued('b', file)))).toThrow("realm 'two': realm 'one' keeps its logins in the same file")
    router.addRealm('three', realm(issued('c')))
    router.addRealm('four', realm({ name: 'a', origins: [], static: {} }))
    router.updateRealm('one', realm(issued('a', file), { limits: { subscriptions: 5 } }))
    router.updateRealm('plain', realm(issued('d')))
  })
})

describe('logins that are forgotten', () => {
  it('are counted, none where the connection has no cookie', async () => {
    world = new World({ realms: { realm1: realm(issued('a')) } })
    const peer = join('realm1')
    expect(await call(peer, 'trunkline.auth.logout')).toEqual([[0]])
    expect(await call(peer, 'trunkline.auth.logout', [], { all: true })).toEqual([[0]])
    expect(await call(peer, 'trunkline.admin.forget_logins', ['joe'])).toEqual([[0]])
    expect(await call(peer, 'trunkline.admin.forget_logins', [5])).toEqual([{}, 'wamp.error.invalid_argument', ['expected an authid']])
  })

  it('are none where the realm issues cookies no more, and procedures of realms that never did are not there', async () => {
    world = new World({ realms: { realm1: realm(issued('a')), plain: realm(undefined) } })
    const peer = join('realm1')
    world.router.updateRealm('realm1', realm(undefined))
    expect(await call(peer, 'trunkline.auth.logout')).toEqual([[0]])
    expect(await call(peer, 'trunkline.admin.forget_logins', ['joe'])).toEqual([[0]])
    expect((await call(join('plain'), 'trunkline.auth.logout'))[1]).toBe('wamp.error.no_such_procedure')
  })
})

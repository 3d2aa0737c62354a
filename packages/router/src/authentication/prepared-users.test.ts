// Shows users that are prepared in turns of their own before a realm has them.

import { ALLOW_ALL, helloDetails, World } from '@trunkline/testkit'
import type { UserOptions } from '@trunkline/router'
import { afterEach, describe, expect, it } from 'vitest'
import { PreparedUsers } from './prepared-users.ts'

const JOE: UserOptions = { role: 'user', wampcra: { password: 'p', salt: 's', iterations: 1 } }

describe('prepared users', () => {
  it('are made in many turns, and all of them are there', async () => {
    const users = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`u${i}`, { role: 'user', ticket: `t${i}` }]))
    const prepared = new PreparedUsers()
    let turns = 0
    await prepared.prepare(users, () => Promise.resolve(++turns))
    expect(turns).toBe(5)
    const table = prepared.tableOf(users)
    expect(prepared.tableOf(users)).toBe(table)
    expect(table.all.map(({ authid }) => authid)).toEqual(Object.keys(users))
    expect(table.models()).toHaveLength(1)
    expect(table.models()).toEqual(new PreparedUsers().tableOf(users).models())
  })

  it('keep what was derived for those that are as they were, and not for another name', async () => {
    const [prepared, now] = [new PreparedUsers(), () => Promise.resolve()]
    const [before, after] = [
      { joe: JOE, ann: { role: 'user', ticket: 'x' } },
      { joe: JOE, jim: JOE, ann: { role: 'user', ticket: 'y' } },
    ]
    prepared.tableOf(before)
    await prepared.prepare(after, now)
    const [old, young] = [prepared.tableOf(before), prepared.tableOf(after)]
    expect(young.find('joe')).toBe(old.find('joe'))
    expect(young.find('jim')).toMatchObject({ authid: 'jim', options: JOE })
    expect(young.find('ann')?.credentials.ticket).not.toEqual(old.find('ann')?.credentials.ticket)
  })
})

describe('a realm whose users were prepared', () => {
  let world: World
  afterEach(() => world.end())

  const realm = (users: Readonly<Record<string, UserOptions>>) => ({ roles: { user: ALLOW_ALL }, authentication: { users } })

  function login(authid: string, ticket: string): unknown {
    const peer = world.connect()
    peer.say(1, 'realm1', { ...helloDetails(), authmethods: ['ticket'], authid })
    peer.takeOne()
    peer.say(5, ticket, {})
    return peer.takeOne()[0]
  }

  it('lets in these and no others', async () => {
    const kept = { role: 'user', ticket: 'of joe' }
    world = new World({
      realms: { realm1: realm({ joe: kept, ann: { role: 'user', ticket: 'old' }, sam: { role: 'user', ticket: 'gone' } }) },
    })
    const next = { joe: kept, ann: { role: 'user', ticket: 'new' } }
    await world.router.prepareUsers(next)
    expect(login('ann', 'old')).toBe(2)
    world.router.updateRealm('realm1', realm(next))
    expect(['joe of joe', 'ann new', 'ann old', 'sam gone'].map((each) => login(...(each.split(/ (.*)/) as [string, string])))).toEqual([
      2, 2, 3, 3,
    ])
  })

  it('is as it was when one of them cannot be', async () => {
    world = new World({ realms: { realm1: realm({ joe: { role: 'user', ticket: 'good' } }) } })
    const next = { joe: { role: 'user', ticket: 'better' }, ann: { role: 'user', ticket: { sha256: 'none' } } }
    await expect(world.router.prepareUsers(next)).rejects.toThrow("user 'ann': ticket.sha256 is not 64 hexadecimal digits")
    expect(() => world.router.updateRealm('realm1', realm(next))).toThrow('ticket.sha256')
    expect(login('joe', 'good')).toBe(2)
  })
})

// Shows by which words logins are counted, whatever clients offer.

import { ALLOW_ALL, helloDetails, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { createRouter } from './router.ts'

describe('logins', () => {
  let world: World
  afterEach(() => world.end())

  it('are counted by method and outcome', () => {
    const users = { joe: { role: 'user', ticket: 'secret!!!' } }
    world = new World({ realms: { realm1: { authentication: { users }, roles: { user: ALLOW_ALL } } } })
    const hello = (authmethods: readonly string[], realm = 'realm1'): ReturnType<World['connect']> => {
      const peer = world.connect('json', { isSecure: true })
      peer.say(1, realm, { ...helloDetails(), authmethods, authid: 'joe' })
      return peer
    }
    hello(['ticket']).say(5, 'secret!!!', {})
    hello(['made up', 'ticket']).say(5, 'wrong', {})
    hello(['anonymous'])
    hello(['made up'])
    hello(['wampcra'], 'no.such.realm')
    hello(['ticket']).drop()
    world.advance(20_000)
    const counts = world.router.counters.logins.counts.map(({ method, outcome, count }) => [method, outcome, count])
    expect(counts).toEqual([
      ['ticket', 'accepted', 1],
      ['ticket', 'denied', 1],
      ['anonymous', 'no_method', 1],
      ['other', 'no_method', 1],
      ['wampcra', 'no_such_realm', 1],
    ])
  })

  it('have a bounded number of methods, whatever an authenticator names', () => {
    const { logins } = createRouter().counters
    for (let i = 0; i < 60; i++) logins.note(`method ${i}`, 'accepted')
    expect(logins.counts).toHaveLength(51)
    expect(logins.counts.at(-1)).toEqual({ method: 'other', outcome: 'accepted', count: 10 })
    world = new World()
  })
})

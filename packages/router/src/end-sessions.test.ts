// Shows how the program that runs the router ends sessions.

import type { TestPeer } from '@trunkline/testkit'
import { OPEN_REALM, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { believing, joinAs } from './testing/logins.ts'

const ROLES = { user: [], guest: [] }

let world: World
beforeEach(() => {
  world = new World({ realms: { realm1: { authenticate: believing, roles: ROLES }, realm2: OPEN_REALM } })
})
afterEach(() => world.end())

const goodbye = (peer: TestPeer): unknown => peer.take().find(([type]) => type === 6)

describe('endSessions', () => {
  it('ends those that have all of what is given, with reason and text', () => {
    const [peter, other, guest] = [joinAs(world, 'peter@user'), joinAs(world, 'peter@guest'), joinAs(world, 'eve@guest')]
    expect(world.router.endSessions({ authid: 'peter', authrole: 'user' }, { reason: 'com.example.bye', message: 'away' })).toBe(1)
    world.settle()
    expect([peter, other, guest].map(goodbye)).toEqual([[6, { message: 'away' }, 'com.example.bye'], undefined, undefined])
    expect(world.router.endSessions({ authrole: 'guest', except: guest.session })).toBe(1)
    world.settle()
    expect([other, guest].map(goodbye)).toEqual([[6, {}, 'wamp.close.killed'], undefined])
  })

  it('finds a session by its id in all realms, or in none but the one named', () => {
    const peer = world.join({ realm: 'realm2' })
    expect(world.router.endSessions({ session: peer.session, realm: 'realm1' })).toBe(0)
    expect(world.router.endSessions({ session: peer.session })).toBe(1)
    expect(world.router.endSessions({ session: 1 })).toBe(0)
    expect(world.router.endSessions({ session: peer.session, realm: 'nowhere' })).toBe(0)
  })

  it('never ends sessions of the router itself', () => {
    const own = world.router.realm('realm1')?.sessions.find(({ isInternal }) => isInternal)
    expect(world.router.endSessions({ session: own?.id ?? 0 })).toBe(0)
    expect(world.router.endSessions({ authrole: own?.authrole })).toBe(0)
  })

  it('refuses a selection of everything, and a reason that is no URI', () => {
    expect(() => world.router.endSessions({ realm: 'realm1' })).toThrow('a session, an authid or an authrole')
    expect(() => world.router.endSessions({ authid: 'peter' }, { reason: 'not a uri' })).toThrow('not a valid URI')
  })
})

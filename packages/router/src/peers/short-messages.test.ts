// Shows that a peer which accepts only short messages is refused, and never left without an answer.

import { helloDetails, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

describe('a peer that accepts no message longer than 512 octets', () => {
  let world: World
  beforeEach(() => {
    world = new World()
  })
  afterEach(() => world.end())

  it('is told by ABORT that the WELCOME is longer, and no session of it stays', () => {
    const peer = world.connect()
    peer.maxSendBytes = 512
    peer.say(1, 'realm1', helloDetails())
    expect(peer.take()).toEqual([[3, { message: expect.any(String) }, 'wamp.error.payload_size_exceeded']])
    expect(peer.closeCause).toBe('too_large')
  })

  it('gets an ABORT without its text where the text would be too long', () => {
    const peer = world.connect()
    peer.maxSendBytes = 512
    peer.say(1, 'a'.repeat(600), helloDetails())
    expect(peer.take()).toEqual([[3, {}, 'wamp.error.no_such_realm']])
    expect(peer.closeCause).toBe('normal')
    expect(world.log.lines.map(({ event }) => event)).toEqual(['realm refused'])
  })

  it('gets a GOODBYE without its text where the text would be too long, and without its reason where that would be', () => {
    const [text, reason] = [world.join(), world.join()]
    for (const peer of [text, reason]) peer.maxSendBytes = 512
    const killer = world.join()
    killer.say(48, 1, {}, 'wamp.session.kill', [text.session], { reason: 'com.example.reason', message: 'x'.repeat(600) })
    killer.say(48, 2, {}, 'wamp.session.kill', [reason.session], { reason: `com.${'x'.repeat(600)}`, message: 'short' })
    expect(text.take()).toEqual([[6, {}, 'com.example.reason']])
    expect(reason.take()).toEqual([[6, {}, 'wamp.close.killed']])
    text.say(6, {}, 'wamp.close.goodbye_and_out')
    expect(text.closeCause).toBe('normal')
  })
})

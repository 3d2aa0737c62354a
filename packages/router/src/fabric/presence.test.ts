// Shows what is known of the sessions of other nodes.

import { describe, expect, it } from 'vitest'
import type { JoinFrame } from './frames.ts'
import { Presence } from './presence.ts'

function joinOf(session: number, transport = 'websocket'): JoinFrame {
  const identity = { authid: `who-${session}`, authrole: 'user', authmethod: 'ticket', authprovider: 'static' }
  return { type: 'join', realm: 1, session, ...identity, transport, features: [] }
}

function presenceOf(...joined: readonly (readonly [string, number])[]): Presence {
  const presence = new Presence()
  for (const [node, session] of joined) presence.join(node, joinOf(session))
  return presence
}

describe('the sessions of other nodes', () => {
  it('are known with their node until they leave', () => {
    const presence = presenceOf(['a', 1], ['b', 2])
    expect([...presence.sessions.values()].map(({ id, node }) => [id, node])).toEqual([
      [1, 'a'],
      [2, 'b'],
    ])
    expect(presence.leave('a', 1)?.identity.authid).toBe('who-1')
    expect([...presence.sessions.keys()]).toEqual([2])
  })

  it('leave only by the word of their own node', () => {
    const presence = presenceOf(['a', 1])
    expect(presence.leave('b', 1)).toBeUndefined()
    expect(presence.sessions.size).toBe(1)
  })

  it('are forgotten with their node, in the order in which they joined', () => {
    const presence = presenceOf(['a', 3], ['b', 2], ['a', 1])
    const before = presence.version
    expect(presence.forget('a').map(({ id }) => id)).toEqual([3, 1])
    expect([...presence.sessions.keys()]).toEqual([2])
    expect(presence.version).toBeGreaterThan(before)
  })

  it('may have a transport of which only later versions know', () => {
    const presence = new Presence()
    presence.join('a', joinOf(1, 'webtransport'))
    expect(presence.sessions.get(1)?.transport).toBe('local')
  })
})

// Shows whose share a session uses.

import { describe, expect, it } from 'vitest'
import { ownerOf } from './owner.ts'

interface Realms {
  readonly realm?: string
  readonly loginRealm?: string
}

function owner(authmethod: string, authid: string, address?: string, { realm = 'a', loginRealm }: Realms = {}): string {
  const identity = { authid, authrole: 'any', authmethod, authprovider: 'static', ...(loginRealm === undefined ? {} : { loginRealm }) }
  return ownerOf({ identity, realm, transport: { kind: 'websocket', peer: 'any', address, isSecure: false } })
}

describe('the owner of what a session uses', () => {
  it('is its user, wherever it comes from', () => {
    expect(owner('ticket', 'alice', '192.0.2.1')).toBe(owner('wampcra', 'alice', '192.0.2.2'))
    expect(owner('ticket', 'alice')).not.toBe(owner('ticket', 'bob'))
  })

  it('is another where another realm knows a user of that name, and the same where that let it into another realm', () => {
    expect(owner('ticket', 'alice', undefined, { realm: 'a' })).not.toBe(owner('ticket', 'alice', undefined, { realm: 'b' }))
    expect(owner('ticket', 'alice', undefined, { realm: 'a' })).toBe(owner('ticket', 'alice', undefined, { realm: 'b', loginRealm: 'a' }))
    expect(owner('anonymous', 'any', '192.0.2.1', { realm: 'a' })).toBe(owner('anonymous', 'any', '192.0.2.1', { realm: 'b' }))
  })

  it('is the network of sessions that did not log in, whatever they are called', () => {
    expect(owner('anonymous', 'anonymous-1', '192.0.2.1')).toBe(owner('anonymous', 'anonymous-2', '::ffff:192.0.2.1'))
    expect(owner('anonymous', 'anonymous-1', '2001:db8::1')).toBe(owner('anonymous', 'anonymous-2', '2001:db8::2'))
    expect(owner('anonymous', 'anonymous-1', '192.0.2.1')).not.toBe(owner('anonymous', 'anonymous-1', '192.0.2.2'))
    expect(owner('anonymous', 'anonymous-1')).toBe(owner('anonymous', 'anonymous-2'))
  })

  it('is never a user where a session did not log in', () => {
    expect(owner('ticket', 'anonymous')).not.toBe(owner('anonymous', 'any'))
    expect(owner('ticket', '192.0.2.1')).not.toBe(owner('anonymous', 'any', '192.0.2.1'))
  })
})

// Shows the methods `tls` and `cookie`: what the transport knows of a client lets it in.

import { createHash } from 'node:crypto'
import type { AuthenticationOptions, ClientCertificate, TransportInfo } from '@trunkline/router'
import { ALLOW_ALL, helloDetails, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { cookieValue } from './cookie-header.ts'

const DENIED = 'wamp.error.authentication_denied'
const NO_METHOD = 'wamp.error.no_matching_auth_method'

describe('what the transport knows', () => {
  let world: World
  afterEach(() => world.end())

  function open(authentication: AuthenticationOptions): void {
    world = new World({ realms: { realm1: { authentication, roles: { user: [], service: ALLOW_ALL } } } })
  }

  function hello(method: string, info: Partial<TransportInfo>, authid?: string): ReturnType<World['connect']> {
    const peer = world.connect()
    peer.info = { kind: 'websocket', peer: '192.0.2.1:4000', isSecure: true, ...info }
    peer.say(1, 'realm1', { ...helloDetails(), authmethods: [method], authid })
    return peer
  }

  /** The authid let in, or the reason of the refusal. */
  function outcome(peer: ReturnType<World['connect']>): unknown {
    const [type, , third] = peer.takeOne()
    return type === 2 ? `${(third as { authid: string }).authid} ${(third as { authmethod: string }).authmethod}` : third
  }

  describe('tls', () => {
    const digest = 'ab'.repeat(32)
    const options: AuthenticationOptions = {
      users: {
        joe: { role: 'user', tls: { sha256: [digest.toUpperCase().replaceAll(/(..)(?=.)/g, '$1:')] } },
        ann: { role: 'user', tls: { subject: 'ann.example.com' } },
      },
    }
    const shows = (certificate: Partial<ClientCertificate>): Partial<TransportInfo> => ({
      tls: {
        clientCertificate: { sha256: 'cd'.repeat(32), subject: undefined, isTrusted: false, ...certificate },
        channelBinding: () => undefined,
      },
    })

    it('lets in the user of the certificate, by its digest or its trusted subject [BP-SEC-03 AP-AUTH-14]', () => {
      open(options)
      expect(outcome(hello('tls', shows({ sha256: digest })))).toBe('joe tls')
      expect(outcome(hello('tls', shows({ sha256: digest }), 'joe'))).toBe('joe tls')
      expect(outcome(hello('tls', shows({ subject: 'ann.example.com', isTrusted: true })))).toBe('ann tls')
    })

    it.each([
      ['none', {}, NO_METHOD],
      ['an unknown one', shows({ isTrusted: true }), DENIED],
      ['a subject for which nobody vouches', shows({ subject: 'ann.example.com' }), DENIED],
      ['another subject', shows({ subject: 'joe', isTrusted: true }), DENIED],
    ])('refuses %s', (_, info, reason) => {
      open(options)
      expect(outcome(hello('tls', info))).toBe(reason)
    })

    it('refuses another user’s, and one that is two users’', () => {
      open(options)
      expect(outcome(hello('tls', shows({ sha256: digest }), 'ann'))).toBe(DENIED)
      expect(outcome(hello('tls', shows({ sha256: digest, subject: 'ann.example.com', isTrusted: true })))).toBe(DENIED)
      expect(outcome(hello('tls', shows({ sha256: digest, subject: 'ann.example.com', isTrusted: true }), 'ann'))).toBe('ann tls')
    })

    it('cannot be set up with a digest that is none', () => {
      world = new World()
      expect(() => open({ users: { joe: { role: 'user', tls: { sha256: ['ab'] } } } })).toThrow('tls.sha256 is not 64 hexadecimal digits')
    })
  })

  describe('cookie', () => {
    const page = 'https://shop.example.com'
    const value = createHash('sha256').update('c00k1e').digest('hex')
    const cookie = { name: 'sid', origins: [page], static: { [value]: { authid: 'joe', role: 'user' } } }

    it('lets in the user of the cookie, from the pages that may [AP-AUTH-14]', () => {
      open({ cookie })
      expect(outcome(hello('cookie', { cookie: 'a=1; sid=c00k1e; b=2', origin: page }))).toBe('joe cookie')
      expect(outcome(hello('cookie', { cookie: 'sid="c00k1e"' }))).toBe('joe cookie')
    })

    it('is taken of its pages in any spelling, and of those whose names fit a wildcard', () => {
      open({ cookie: { ...cookie, origins: [page, 'https://*.team.example.com'] } })
      const from = (origin: string): unknown => outcome(hello('cookie', { cookie: 'sid=c00k1e', origin }))
      for (const origin of ['https://SHOP.example.com:443', 'https://a.team.example.com']) expect(from(origin)).toBe('joe cookie')
      for (const origin of ['https://shop.example.com:444', 'https://a.b.team.example.com']) expect(from(origin)).toBe(DENIED)
    })

    it('cannot be set up for pages of any origin', () => {
      world = new World()
      expect(() => open({ cookie: { ...cookie, origins: ['*'] } })).toThrow("cookie.origins: '*' is no origin")
    })

    it.each([
      ['from another page', { cookie: 'sid=c00k1e', origin: 'https://evil.example' }, DENIED],
      ['that is wrong', { cookie: 'sid=c00k1f', origin: page }, DENIED],
      ['that is its own digest', { cookie: `sid=${value}`, origin: page }, DENIED],
      ['that is empty', { cookie: 'sid=', origin: page }, NO_METHOD],
      ['that is much too long', { cookie: `sid=${'x'.repeat(10_000)}`, origin: page }, DENIED],
      ['of another name', { cookie: 'xsid=c00k1e; SID=c00k1e', origin: page }, NO_METHOD],
      ['where there is none', { origin: page }, NO_METHOD],
    ])('refuses one %s', (_, info, reason) => {
      open({ cookie })
      expect(outcome(hello('cookie', info))).toBe(reason)
    })

    it('refuses another user’s', () => {
      open({ cookie })
      expect(outcome(hello('cookie', { cookie: 'sid=c00k1e', origin: page }, 'ann'))).toBe(DENIED)
    })

    it('has a procedure asked about what stands in no table', () => {
      open({ users: { service: { role: 'service', ticket: 'x' } }, cookie: { ...cookie, procedure: 'com.example.session_of' } })
      const service = hello('ticket', {}, 'service')
      service.say(5, 'x', {})
      service.say(64, 1, {}, 'com.example.session_of')
      service.take()
      const peer = hello('cookie', { cookie: 'sid=other', origin: page })
      const [, request, , , args] = service.takeOne() as [number, number, number, object, unknown[]]
      expect(args).toEqual(['realm1', null, expect.objectContaining({ authmethod: 'cookie', cookie: 'other' })])
      service.say(70, request, {}, [{ role: 'user', authid: 'ann' }])
      expect(outcome(peer)).toBe('ann cookie')
      expect(hello('cookie', { cookie: 'sid=other', origin: 'https://evil.example' }).takeOne()[2]).toBe(DENIED)
      expect(service.take()).toEqual([])
    })

    it('cannot be set up with the value itself, or for a role that is not there', () => {
      world = new World()
      expect(() => open({ cookie: { ...cookie, static: { c00k1e: { authid: 'joe', role: 'user' } } } })).toThrow(
        'cookie.static: a key is not 64 hexadecimal digits',
      )
      expect(() => open({ cookie: { ...cookie, static: { [value]: { authid: 'joe', role: 'nobody' } } } })).toThrow(
        'is not one of its roles',
      )
    })

    it.each([
      ['sid=a', 'a'],
      ['x=y;sid=a=b', 'a=b'],
      [' sid = a ', 'a'],
      ['sid', undefined],
      ['sid=""', undefined],
      [undefined, undefined],
    ])('is read from %j as %j', (header, expected) => {
      world = new World()
      expect(cookieValue(header, 'sid')).toBe(expected)
    })
  })
})

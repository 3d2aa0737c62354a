// Shows whose pages may connect to a configured router.

import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { describe, expect, it, vi } from 'vitest'
import type { OriginRule } from './origin-rule.ts'
import { originFault } from './origin-rule.ts'

interface Asked {
  readonly host?: string
  readonly secure?: true
}

const fault = (origin: string | undefined, { host = 'wamp.example.com', secure }: Asked, rule: OriginRule = {}): string | undefined => {
  const socket = secure === true ? new TLSSocket(new Socket()) : new Socket()
  return originFault({ headers: { origin, host }, socket } as IncomingMessage, rule)
}
const mayConnect = (origin: string | undefined, asked: Asked = {}, rule?: OriginRule): boolean => fault(origin, asked, rule) === undefined

describe('a page', () => {
  it('is no matter for clients that name no origin, by whatever name they come', () => {
    expect(mayConnect(undefined, {}, { origins: ['https://app.example.com'] })).toBe(true)
    expect(mayConnect(undefined, { host: 'router.example.com' })).toBe(true)
  })

  it('lets in the origins listed and no others', () => {
    const rule = { origins: ['https://app.example.com'] }
    expect(mayConnect('https://app.example.com', {}, rule)).toBe(true)
    expect(mayConnect('http://app.example.com', {}, rule)).toBe(false)
    expect(mayConnect('https://wamp.example.com', {}, rule)).toBe(false)
    expect(mayConnect('null', {}, rule)).toBe(false)
    expect(mayConnect('https://anything.example', {}, { origins: ['*'] })).toBe(true)
  })

  it('is of an origin with a wildcard host where it has exactly one label in its place', () => {
    const rule = { origins: ['https://*.example.com'] }
    expect(mayConnect('https://app.example.com', {}, rule)).toBe(true)
    const others = ['https://example.com', 'https://a.b.example.com', 'https://.example.com', 'https://app.example.com:8443']
    for (const origin of [...others, 'http://app.example.com', 'https://appexample.com', 'https://app.example.com.evil.example'])
      expect([origin, mayConnect(origin, {}, rule)]).toEqual([origin, false])
  })

  it.each([
    'https://APP.example.com',
    'https://app.example.com:443',
    'https://app.example.com.',
    'HTTPS://app.example.com',
    'wss://app.example.com',
  ])('is the one listed also when it is written %s', (origin) => {
    expect(mayConnect(origin, {}, { origins: ['https://app.example.com'] })).toBe(true)
  })

  it.each([
    ['http://localhost:8080', 'localhost:8080'],
    ['http://app.localhost:8080', 'app.localhost:8080'],
    ['http://LOCALHOST', 'localhost:80'],
    ['https://localhost', 'localhost:443'],
    ['http://localhost.:8080', 'LocalHost:8080'],
    ['http://127.0.0.1:8080', '127.0.0.1:8080'],
    ['http://192.0.2.7', '192.0.2.7'],
    ['http://[::1]:8080', '[::1]:8080'],
    ['http://[2001:db8::1]', '[2001:DB8:0::1]:80'],
    ['ws://localhost:8080', 'localhost:8080'],
  ])('of %s may connect by the Host %s: both are the same and no owner of a domain can lead it here', (origin, host) => {
    expect(mayConnect(origin, { host })).toBe(true)
  })

  it('without TLS may not connect where the port is one of TLS: it is not of the router', () => {
    const asked = { host: 'wamp.example.com:8443', secure: true } as const
    expect(mayConnect('https://wamp.example.com:8443', asked)).toBe(true)
    expect(mayConnect('http://wamp.example.com:8443', asked)).toBe(false)
  })

  it.each([
    ['http://localhost:3000', 'localhost:8080'],
    ['http://localhost', 'localhost:8080'],
    ['http://localhost', '127.0.0.1'],
    ['http://127.0.0.1:8080', '127.0.0.1'],
    ['https://evil.example', 'localhost'],
    ['null', 'localhost'],
    ['file://', 'localhost'],
    ['', 'localhost'],
    ['http://localhost', ''],
    ['http://localhost', 'evil.example@localhost'],
    ['http://localhost/', 'localhost'],
    ['chrome-extension://localhost', 'localhost'],
  ])('of %s may not connect by the Host %s', (origin, host) => {
    expect(fault(origin, { host })).toBe('pages of this origin may not connect')
  })

  it.each(['evil.example', 'evil.example:8080', '127.0.0.1.evil.example', 'localhost.evil.example:8080', 'xlocalhost'])(
    'that leads its own name %s to the router may not connect, and is told what would have to be configured',
    (host) => {
      expect(fault(`http://${host}`, { host })).toMatch(/`hosts` of the listener, or the page in `origins`$/)
    },
  )

  it('tolerates ws and wss of the router for its origin: some clients that are no browsers say so', () => {
    expect(mayConnect('ws://127.0.0.1:8080', { host: '127.0.0.1:8080' })).toBe(true)
    expect(mayConnect('wss://127.0.0.1', { host: '127.0.0.1' })).toBe(true)
    expect(mayConnect('wss://router.example.com', { host: 'router.example.com', secure: true })).toBe(true)
    expect(mayConnect('ws://router.example.com', { host: 'router.example.com', secure: true })).toBe(false)
    expect(mayConnect('ws://app.example.com', {}, { origins: ['http://app.example.com'] })).toBe(true)
  })

  it('of a name that is configured may connect by it, in any spelling', () => {
    const rule = { hosts: ['router.example.com'] }
    expect(mayConnect('https://router.example.com', { host: 'router.example.com' }, rule)).toBe(true)
    expect(mayConnect('http://Router.example.com.:8080', { host: 'ROUTER.example.com:8080' }, rule)).toBe(true)
    expect(mayConnect('http://evil.example', { host: 'evil.example' }, rule)).toBe(false)
    expect(mayConnect('http://evil.example', { host: 'router.example.com' }, rule)).toBe(false)
  })

  it('of a name longer than names may be may not connect, and no URL is made of it: that could take half a second', () => {
    const name = 'a.'.repeat(127).slice(0, 253)
    expect(mayConnect(`http://${name}`, { host: name }, { hosts: [name] })).toBe(true)
    const long = `${name}${'%E4%B8%80'.repeat(1_000)}`
    const canParse = vi.spyOn(URL, 'canParse')
    expect(mayConnect(`http://${long}`, { host: long }, { hosts: [long] })).toBe(false)
    expect(mayConnect('http://localhost', { host: long })).toBe(false)
    expect(canParse.mock.calls.some(([url]) => String(url).length > 300)).toBe(false)
    canParse.mockRestore()
  })

  it('may connect by any name over TLS, where the certificate vouches for it, from the same host and port alone', () => {
    const asked: Asked = { host: 'router.example.com', secure: true }
    expect(mayConnect('https://router.example.com', asked)).toBe(true)
    expect(mayConnect('http://router.example.com', asked)).toBe(false)
    expect(mayConnect('https://evil.example', asked)).toBe(false)
  })
})

// Shows that each part of a Crossbar.io configuration that has no counterpart gets a note, and what is written in its place.

import { afterAll, describe, expect, it } from 'vitest'
import type { Config } from '../../config/config.ts'
import type { Imported } from '../../testing/crossbar-folder.ts'
import { CrossbarFolder, permission, REALM, role, tcp, webSocket } from '../../testing/crossbar-folder.ts'

const crossbar = new CrossbarFolder()
afterAll(() => crossbar.remove())
const imported = crossbar.imported.bind(crossbar)
const withAuth = (auth: object, realms: readonly object[] = [REALM]): Imported => imported({ realms, transports: [webSocket({ auth })] })
const realmOf = (config: Config, name = 'realm1') => config.document.realms[name] ?? {}
const STATIC = { type: 'static' }

describe('a transport', () => {
  it.each<[string, object, string]>([
    ['no endpoint', { type: 'websocket' }, 'it has no endpoint'],
    ['a Unix socket', webSocket({ endpoint: { type: 'unix', path: 'a.sock' } }), 'a Unix socket serves RawSocket only'],
    ['no type', { endpoint: tcp() }, 'there is no listener of type '],
    ['an endpoint without type', webSocket({ endpoint: { port: 8085 } }), 'there is no endpoint of type unknown'],
    ['the same port', webSocket(), 'another transport listens there'],
    ['the same port, for RawSocket', { type: 'rawsocket', endpoint: tcp() }, 'another transport listens there'],
    ['no WebSocket', { type: 'universal', endpoint: tcp({ port: 8085 }), mqtt: {} }, 'it serves no WebSocket'],
    ['MQTT', { type: 'universal', endpoint: tcp({ port: 8085 }), websocket: { ws: { type: 'websocket' } }, mqtt: {} }, 'there is no MQTT'],
  ])('with %s is told', (_what, transport, note) => {
    const { document, notes } = imported({ realms: [REALM], transports: [webSocket(), transport] })
    expect(notes.join('\n')).toContain(note)
    expect(document.listeners.length).toBe(note === 'there is no MQTT' ? 2 : 1)
  })

  it('may listen at another address, or path, or by a Unix socket for RawSocket', () => {
    const { document } = imported({
      realms: [REALM],
      transports: [
        webSocket({ endpoint: tcp({ interface: '127.0.0.1' }) }),
        webSocket({ endpoint: tcp({ interface: '127.0.0.2' }) }),
        { type: 'rawsocket', endpoint: { type: 'unix', path: 'a.sock', backlog: 5 } },
        { type: 'rawsocket', endpoint: { type: 'unix', path: 'b.sock' } },
      ],
    })
    expect(document.listeners).toMatchObject([
      { websocket: { host: '127.0.0.1' } },
      { websocket: { host: '127.0.0.2' } },
      { rawsocket: { path: 'a.sock', backlog: 5 } },
      { rawsocket: { path: 'b.sock' } },
    ])
  })

  it('without a port listens at 8080, and a range of ports is told', () => {
    const endpoint = { type: 'tcp', portrange: [8100, 8200] }
    const { document, notes } = imported({ realms: [REALM], transports: [webSocket({ endpoint })] })
    expect(document.listeners).toMatchObject([{ websocket: { port: 8080 } }])
    expect(notes.join('\n')).toContain('one process listens on one port')
  })

  it('keeps limits from 512 octets on, and no list of serializers of which none is known', () => {
    const limited = (octets: number): unknown =>
      imported({ realms: [REALM], transports: [webSocket({ options: { max_message_size: octets }, serializers: ['ubjson'] })] }).document
        .listeners[0]
    expect(limited(512)).toMatchObject({ websocket: { limits: { message: 512 } } })
    expect(limited(511)).not.toHaveProperty('websocket.limits')
    expect(limited(511)).not.toHaveProperty('websocket.serializers')
  })

  it.each<[string, object, boolean]>([
    ['every address', {}, true],
    ['another address', { interface: '10.0.0.1' }, true],
    ['127.0.0.1', { interface: '127.0.0.1' }, false],
    ['localhost', { interface: 'localhost' }, false],
  ])('for tickets without TLS is told where it listens at %s', (_where, endpoint, isTold) => {
    const auth = { ticket: { type: 'static', principals: { joe: { ticket: 'j', role: 'user' } } } }
    const { notes } = imported({ realms: [REALM], transports: [webSocket({ endpoint: tcp(endpoint), auth })] })
    expect(notes.join('\n').includes('tickets are sent unencrypted')).toBe(isTold)
    const without = imported({ realms: [REALM], transports: [webSocket({ endpoint: tcp(endpoint) })] })
    expect(without.notes.join('\n')).not.toContain('tickets')
  })
})

describe('a realm', () => {
  it('or role without a name that is a URI is told, and two of a name are one', () => {
    const nameless = { roles: [role('user')] }
    const second = { name: 'realm1', roles: [role('more', permission('com.more'))] }
    const { document, notes } = imported({
      realms: [REALM, nameless, { ...nameless, name: 'a b' }, second, { name: 'r', roles: [{}, role('a b')] }],
    })
    expect(Object.keys(document.realms)).toEqual(['realm1', 'r'])
    expect(Object.keys(realmOf({ document } as Config).roles ?? {})).toEqual(['user', 'admin', 'anonymous', 'more'])
    const text = notes.join('\n')
    expect(text.match(/it has no name that is a URI/g)).toHaveLength(4)
    expect(text).toContain('merged with another realm of this name')
  })

  it('whose events are kept elsewhere, or without a number, is told', () => {
    const store = {
      type: 'sqlite',
      'event-history': [
        { uri: 'com.a.*', limit: 0 },
        { uri: 'com.b', match: 'exact', limit: 1 },
      ],
    }
    const { document, notes } = imported({ realms: [{ ...REALM, store }] })
    expect(document.realms['realm1']?.topics).toEqual([{ uri: 'com.b', history: { events: 1 } }])
    for (const part of ['events are kept in memory', 'a history needs a number of events']) expect(notes.join('\n')).toContain(part)
    const inMemory = imported({ realms: [{ ...REALM, store: { type: 'memory', 'event-history': [] } }] })
    expect(inMemory.notes.join('\n')).not.toContain('events are kept in memory')
  })
})

describe('a login', () => {
  it.each<[string, object, string]>([
    ['an unknown method', { kerberos: STATIC }, 'there is no such method'],
    ['a procedure without a name', { ticket: { type: 'dynamic' } }, 'it names no authenticator'],
    ['a function', { ticket: { type: 'function' } }, 'a function in the router becomes a procedure'],
    ['chains of certificates', { cryptosign: { ...STATIC, trustroots: ['a'] } }, 'there are no chains of certificates'],
    ['an authid for all', { anonymous: { ...STATIC, authid: 'x' } }, 'each session without a login has an authid of its own'],
    [
      'a role that no realm has',
      { ticket: { ...STATIC, principals: { joe: { ticket: 'j', role: 'nobody' } } } },
      'there is no role nobody in any realm',
    ],
    [
      'a role that its realm has not',
      { ticket: { ...STATIC, principals: { joe: { ticket: 'j', role: 'user', realm: 'other' } } } },
      'there is no role user in the realm other',
    ],
    [
      'half a key',
      { scram: { ...STATIC, principals: { joe: { salt: 'aa', iterations: 5, 'stored-key': 'aa', role: 'user' } } } },
      'salt, iterations, stored-key or server-key is missing',
    ],
  ])('by %s is told', (_what, auth, note) => {
    expect(withAuth({ anonymous: STATIC, ...auth }).notes.join('\n')).toContain(note)
  })

  it('by a derived key has the cost of Crossbar.io by default', () => {
    const cra = (more: object): unknown =>
      realmOf(withAuth({ wampcra: { ...STATIC, users: { joe: { secret: 'aa', role: 'user', ...more } } } })).users
    expect(cra({})).toEqual({ joe: { role: 'user', wampcra: { secret: 'aa' } } })
    expect(cra({ salt: 's' })).toEqual({ joe: { role: 'user', wampcra: { key: 'aa', salt: 's', iterations: 1_000, keylen: 32 } } })
    expect(cra({ salt: 's', iterations: 5, keylen: 16 })).toMatchObject({ joe: { wampcra: { iterations: 5, keylen: 16 } } })
  })

  it('without a login may join a realm that it names, and the role is anonymous by default', () => {
    const at = (realm: string): unknown =>
      withAuth({ anonymous: { ...STATIC, realm } }, [REALM, { ...REALM, name: 'realm2' }]).document.listeners[0]
    expect(at('realm2')).toMatchObject({ websocket: { logins: { methods: ['anonymous'], defaultRealm: 'realm2' } } })
    expect(at('realm3')).not.toHaveProperty('websocket.logins.defaultRealm')
  })

  it('by two procedures for one method keeps the first, and by one for two methods names both', () => {
    const dynamic = (authenticator: string): object => ({ type: 'dynamic', authenticator })
    const config = imported({
      realms: [REALM],
      transports: [
        webSocket({ auth: { ticket: dynamic('com.a'), wampcra: dynamic('com.a') } }),
        webSocket({ endpoint: tcp({ port: 8081 }), auth: { ticket: dynamic('com.b') } }),
        webSocket({ endpoint: tcp({ port: 8082 }), auth: { ticket: dynamic('com.a') } }),
      ],
    })
    expect(realmOf(config).dynamicAuthenticators).toEqual([{ procedure: 'com.a', methods: ['ticket', 'wampcra'] }])
    expect(config.notes.filter((note) => note.includes('decides about this method already'))).toHaveLength(1)
    expect(config.notes.join('\n')).toContain('com.a decides about this method already')
  })
})

describe('a cookie', () => {
  const ticket = { type: 'static', principals: { joe: { ticket: 'j', role: 'user' } } }
  const withCookie = (cookie: object, more: object = {}, realms: readonly object[] = [REALM]): Imported =>
    imported({ realms, transports: [webSocket({ auth: { cookie: {}, ticket }, cookie, ...more })] })

  it('that nobody logs in by is told', () => {
    const config = withCookie({}, { auth: { ticket } })
    expect(realmOf(config)).not.toHaveProperty('cookie')
    expect(config.notes.join('\n')).toContain('cookies are issued only to log in by them')
  })

  it('has the name of Crossbar.io and the port of the listener by default, and the pages are asked for', () => {
    const config = withCookie({}, { endpoint: tcp({ port: 8088 }) })
    expect(realmOf(config).cookie).toEqual({ name: 'cbtid', origins: ['http://localhost:8088'], issued: {} })
    expect(config.notes.join('\n')).toContain('name the pages that may log in by the cookie')
    const referred = withCookie({}, { endpoint: tcp({ port: '${PORT}' }) })
    expect(realmOf(referred).cookie).toMatchObject({ origins: ['http://localhost:8080'] })
  })

  it.each([
    [1, 60_000],
    [59, 60_000],
    [61, 61_000],
    [400 * 86_400, 400 * 86_400_000],
    [400 * 86_400 + 1, 400 * 86_400_000],
  ])('of %s s is as old as Trunkline allows', (seconds, age) => {
    expect(realmOf(withCookie({ max_age: seconds })).cookie).toMatchObject({ issued: { age } })
  })

  it('of several realms has a name and a file for each of them', () => {
    const realms = [REALM, { ...REALM, name: 'realm2' }]
    const config = withCookie({ name: 'sid', store: { type: 'file', path: 'cookies' } }, {}, realms)
    for (const name of ['realm1', 'realm2'])
      expect(realmOf(config, name).cookie).toMatchObject({ name: `sid-${name}`, issued: { file: `cookies.trunkline-${name}` } })
  })

  it('is one for a realm: that of another transport is told', () => {
    const second = webSocket({ endpoint: tcp({ port: 8081 }), auth: { cookie: {} }, cookie: { name: 'second' } })
    const first = webSocket({ auth: { cookie: {}, ticket }, cookie: { name: 'first' } })
    const config = imported({ realms: [REALM], transports: [first, second] })
    expect(realmOf(config).cookie).toMatchObject({ name: 'first' })
    expect(config.notes.join('\n')).toContain('the realm issues a cookie already')
  })
})

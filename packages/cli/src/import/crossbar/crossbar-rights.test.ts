// Shows what becomes of the rights and logins of a Crossbar.io configuration.

import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Config } from '../../config/config.ts'
import type { Imported } from '../../testing/crossbar-folder.ts'
import { CrossbarFolder, permission, REALM, role, tcp, webSocket } from '../../testing/crossbar-folder.ts'

const crossbar = new CrossbarFolder()
const folder = crossbar.path
afterAll(() => crossbar.remove())
const SUM = 'ab'.repeat(32)
const ALL = ['call', 'register', 'publish', 'subscribe']

const imported = crossbar.imported.bind(crossbar)
const withAuth = (auth: object, realms: readonly object[] = [REALM]): Imported => imported({ realms, transports: [webSocket({ auth })] })
const realmOf = (config: Config, name = 'realm1') => config.document.realms[name] ?? {}

describe('rights of Crossbar.io', () => {
  const rulesOf = (...permissions: readonly object[]) =>
    realmOf(imported({ realms: [{ name: 'realm1', roles: [role('user', ...permissions)] }] })).roles?.['user']

  it.each<[object, object]>([
    [permission('com.example.*'), { uri: 'com.example.**' }],
    [permission('com.exa*'), { uri: 'com.exa', match: 'prefix' }],
    [permission('*'), { uri: '**' }],
    [permission('com.*.add'), { uri: 'com..add' }],
    [permission('com.example.add'), { uri: 'com.example.add' }],
    [permission('', { match: 'prefix' }), { uri: '**' }],
    [permission('com.example.', { match: 'prefix' }), { uri: 'com.example.**' }],
    [permission('com.example', { match: 'prefix' }), { uri: 'com.example', match: 'prefix' }],
    [permission('com..add', { match: 'wildcard' }), { uri: 'com..add' }],
    [permission('com.a*', { match: 'exact' }), { uri: 'com.a*', match: 'exact' }],
  ])('%j becomes %j', (from, to) => {
    expect(rulesOf(from)).toEqual([{ ...to, allow: ['call'] }])
  })

  it('are left out where no URI can have them', () => {
    const exact = ['com..add', 'com.', 'com.add'].map((uri) => permission(uri, { match: 'exact' }))
    const config = imported({ realms: [{ name: 'realm1', roles: [role('user', ...exact)] }] })
    expect(realmOf(config).roles?.['user']).toEqual([{ uri: 'com.add', allow: ['call'] }])
    expect(config.notes.filter((note) => note.includes('it matches nothing')).length).toBe(2)
  })

  it('may have any name, like their realms', () => {
    const names = ['__proto__', 'constructor', 'toString']
    const { text } = imported({
      realms: names.map((name) => ({ name, roles: names.map((each) => role(each)), options: { uri_check: 'strict' } })),
    })
    for (const name of names) expect(text.match(new RegExp(`^ +"?${name}"?:`, 'gm'))).toHaveLength(4)
    expect(({} as { uriRule?: string }).uriRule).toBeUndefined()
  })

  it('keep what they disclose, and of two for a URI the last', () => {
    const config = imported({
      realms: [
        {
          name: 'realm1',
          roles: [
            role('user', permission('com.a'), {
              uri: 'com.a',
              allow: { publish: true, subscribe: true },
              disclose: { caller: false, publisher: true },
              cache: true,
            }),
          ],
        },
      ],
    })
    expect(realmOf(config).roles?.['user']).toEqual([{ uri: 'com.a', allow: ['publish', 'subscribe'], disclose: { publisher: 'always' } }])
    expect(config.notes.join('\n')).toContain('permissions[1]: replaces an earlier permission')
  })

  it('allow everything by default, or as an authorizer says', () => {
    const { document, notes } = imported({
      realms: [
        {
          name: 'realm1',
          roles: [
            { name: 'all', 'allow-by-default': true, permissions: [] },
            { name: 'app', authorizer: 'com.example.may' },
          ],
        },
      ],
    })
    expect(document.realms['realm1']).toEqual({
      roles: { all: [{ uri: '**', allow: ALL }] },
      authorizers: { app: { procedure: 'com.example.may' } },
    })
    expect(notes.join('\n')).toContain('a rule for ** grants nothing that begins with wamp')
  })

  it('tell of payload schemas, and of options and stores that are not there', () => {
    const { document, notes } = imported({
      realms: [
        {
          name: 'realm1',
          roles: [role('user', permission('com.a', { validate: { call: 'x' } }))],
          options: { uri_check: 'strict', enable_meta_api: true, bridge_meta_api: true },
          store: { type: 'memory', 'event-history': [{ uri: 'com.a', limit: 100 }, { uri: 'com.b' }] },
        },
      ],
    })
    expect(document.realms['realm1']).toMatchObject({ uriRule: 'strict', topics: [{ uri: 'com.a', history: { events: 100 } }] })
    for (const part of ['validate', 'enable_meta_api', 'bridge_meta_api', 'limit']) expect(notes.join('\n')).toContain(part)
  })
})

describe('logins of Crossbar.io', () => {
  it('are users with each secret in its form', () => {
    const config = withAuth({
      ticket: { type: 'static', principals: { joe: { ticket: '${SECRET}', role: 'user' }, ann: { ticket: 'a${b', role: 'admin' } } },
      wampcra: {
        type: 'static',
        users: { joe: { secret: 's', role: 'user' }, pia: { secret: 'key', role: 'user', salt: 'salt', iterations: 100, keylen: 16 } },
      },
      scram: {
        type: 'static',
        principals: {
          tom: { kdf: 'argon2id-13', iterations: 4, memory: 512, salt: SUM, 'stored-key': SUM, 'server-key': SUM, role: 'user' },
        },
      },
      cryptosign: { type: 'static', principals: { dev: { authorized_keys: [SUM], role: 'user' } } },
    })
    expect(realmOf(config).users).toEqual({
      joe: { role: 'user', ticket: 'hush', wampcra: { secret: 's' } },
      ann: { role: 'admin', ticket: 'a${b' },
      pia: { role: 'user', wampcra: { key: 'key', salt: 'salt', iterations: 100, keylen: 16 } },
      tom: {
        role: 'user',
        scram: { kdf: 'argon2id13', iterations: 4, memory: 512, salt: SUM, dialect: 'autobahn', storedKey: SUM, serverKey: SUM },
      },
      dev: { role: 'user', cryptosign: { publicKeys: [SUM] } },
    })
    expect(config.listeners).toMatchObject([{ logins: { methods: ['ticket', 'wampcra', 'scram', 'cryptosign'] } }])
    expect(config.notes.join('\n')).toContain('tickets are sent unencrypted')
  })

  it('are those of the realm that they name, or of all with their role; a user has one role', () => {
    const principals = {
      joe: { ticket: 'j', role: 'user' },
      ann: { ticket: 'a', role: 'user', realm: 'realm2' },
      eve: { ticket: 'e', role: 'none' },
    }
    const realms = [REALM, { ...REALM, name: 'realm2' }, { name: 'bare', roles: [] }]
    const config = withAuth(
      { ticket: { type: 'static', principals }, wampcra: { type: 'static', users: { joe: { secret: 's', role: 'admin' } } } },
      realms,
    )
    expect(Object.entries(config.document.realms).map(([name, { users }]) => [name, Object.keys(users ?? {})])).toEqual([
      ['realm1', ['joe']],
      ['realm2', ['joe', 'ann']],
      ['bare', []],
    ])
    expect(config.listeners).toMatchObject([{ logins: { defaultRealm: 'realm2' } }])
    expect(config.notes.join('\n')).toMatch(
      /eve: not carried over; there is no role none in any realm[^]*joe: not carried over; the user exists already/,
    )
  })

  it('without a login have the role of the realm where all transports agree, else that of the listener', () => {
    const anonymous = (name: string) => webSocket({ auth: { anonymous: { type: 'static', role: name, authid: 'x' } } })
    const same = imported({ realms: [REALM], transports: [anonymous('user')] })
    expect(realmOf(same).anonymous).toEqual({ role: 'user' })
    expect(same.notes.join('\n')).toContain('authid: not carried over')
    const unix = { type: 'rawsocket', endpoint: { type: 'unix', path: 'sock' }, auth: { anonymous: { type: 'static', role: 'admin' } } }
    const two = imported({ realms: [REALM, { name: 'realm2', roles: [role('user')] }], transports: [anonymous('user'), unix] })
    expect(two.listeners).toMatchObject([
      { logins: { methods: ['anonymous'], anonymous: { role: 'user' } } },
      { listen: { path: join(folder, 'sock') }, logins: { realms: ['realm1'], anonymous: { role: 'admin' } } },
    ])
  })

  it('of one transport are not open to users of another role of the other, nor to others where none of its methods is there', () => {
    const tickets = (name: string, roleName: string) => ({
      ticket: { type: 'static', principals: { [name]: { ticket: name, role: roleName } } },
    })
    const own = { cryptosign: { type: 'function', module: 'keys' } }
    const config = imported({
      realms: [REALM],
      transports: [
        webSocket({ auth: tickets('joe', 'user') }),
        webSocket({ endpoint: tcp({ port: 8081 }), auth: tickets('root', 'admin') }),
        webSocket({ endpoint: tcp({ port: 8082 }), auth: own }),
        webSocket({ endpoint: tcp({ port: 8083 }), auth: {} }),
        webSocket({ endpoint: tcp({ port: 8084 }) }),
      ],
    })
    expect(config.listeners).toMatchObject([
      { logins: { methods: ['ticket'], roles: ['user'] } },
      { logins: { methods: ['ticket'], roles: ['admin'] } },
      { logins: { methods: ['cryptosign'] } },
      { logins: { methods: ['none'] } },
      { logins: { methods: ['anonymous'], roles: ['anonymous'] } },
    ])
  })

  it('of a realm without their role are told, and the file can be used', () => {
    const principals = { joe: { ticket: 'j', role: 'user', realm: 'bare' }, ann: { ticket: 'a', role: 'user', realm: 'nowhere' } }
    const config = withAuth({ ticket: { type: 'static', principals } }, [REALM, { name: 'bare', roles: [] }])
    expect(config.notes.join('\n')).toMatch(/no role user in the realm bare[^]*no role user in the realm nowhere/)
  })

  it('without any are open to the role anonymous, and closed where no realm has it', () => {
    const open = imported({ realms: [REALM], transports: [webSocket()] })
    expect(realmOf(open).anonymous).toEqual({ role: 'anonymous' })
    const closed = imported({ realms: [{ name: 'realm1', roles: [role('user')] }], transports: [webSocket()] })
    expect(realmOf(closed).anonymous).toBeUndefined()
    expect(closed.notes.join('\n')).toContain('no realm has the role anonymous')
  })

  it('by procedures are those of each method, which may assign the other realms', () => {
    const auth = {
      ticket: { type: 'dynamic', authenticator: 'com.auth.ticket', 'authenticator-realm': 'auth' },
      wampcra: { type: 'dynamic', authenticator: 'com.auth.cra', 'authenticator-realm': 'auth' },
      cryptosign: { type: 'function', module: 'keys', create: 'make' },
      'cryptosign-proxy': { type: 'static' },
    }
    const config = withAuth(auth, [
      REALM,
      { ...REALM, name: 'realm2' },
      { name: 'auth', roles: [role('authenticator', permission('com.auth.*'))] },
    ])
    expect(realmOf(config).dynamicAuthenticators).toEqual([
      { procedure: 'com.auth.ticket', methods: ['ticket'], realm: 'auth', assigns: ['realm2'] },
      { procedure: 'com.auth.cra', methods: ['wampcra'], realm: 'auth', assigns: ['realm2'] },
    ])
    expect(realmOf(config, 'auth').dynamicAuthenticators).toBeUndefined()
    expect(config.notes.join('\n')).toMatch(/cryptosign: not carried over; a function[^]*cryptosign-proxy: not carried over/)
  })

  it('by certificate need another sum of it', () => {
    const { notes } = withAuth({ tls: { type: 'static', principals: { joe: { 'certificate-sha1': 'AA', role: 'user' } } } })
    expect(notes.join('\n')).toContain('SHA-256 of the certificate')
  })

  it('by cookie are issued by the realm, with a file of its own and the pages that were named', () => {
    const cookie = {
      name: 'sid',
      max_age: 3600,
      length: 24,
      same_site: 'Lax',
      store: { type: 'file', filename: 'cookies.dat', purge_on_startup: true },
    }
    const auth = { cookie: {}, ticket: { type: 'static', principals: { joe: { ticket: 'j', role: 'user' } } } }
    const options = { allowed_origins: ['https://shop.example.com', 'http://*.example.com'] }
    const config = imported({ realms: [REALM], transports: [webSocket({ auth, cookie, options })] })
    expect(realmOf(config).cookie).toEqual({
      name: 'sid',
      origins: ['https://shop.example.com'],
      issued: { age: 3_600_000, sameSite: 'lax', file: 'cookies.dat.trunkline' },
    })
    expect(config.listeners).toMatchObject([{ origins: ['https://shop.example.com'], logins: { methods: ['cookie', 'ticket'] } }])
    expect(config.notes.join('\n')).toMatch(/http:\/\/\*\.example\.com is not carried over[^]*a new file beside the old one/)
  })
})

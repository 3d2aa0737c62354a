// Shows what a configuration says, and that each kind of mistake is reported with its place.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { selfSigned } from '@trunkline/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { loadConfig, parseConfig } from './config.ts'
import { mistakesIn } from '../testing/mistakes.ts'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

const LISTENERS = 'listeners: [ websocket: { host: 127.0.0.1, port: 0 } ]\n'

/** The mistakes in a configuration in that folder. */
const mistakes = (source: string): readonly string[] => mistakesIn(source, join(folder, 'trunkline.yaml'))

/** A configuration of one realm with one rule. */
const withRule = (rule: string): string => `${LISTENERS}realms:\n  a: { roles: { r: [ ${rule} ] } }`

describe('parseConfig', () => {
  it('reads everything that a file can say', () => {
    const source = `
listeners:
  - websocket:
      { host: "::", port: 8080, backlog: 128, paths: [/ws], origins: [https://app.example.com], serializers: [cbor], limits: { message: 1MiB, connections: 5 } }
  - rawsocket: { port: 8081 }
  - rawsocket: { path: wamp.sock }
realms:
  com.example.shop:
    anonymous: { role: guest }
    uriRule: strict
    requestIds: increasing
    disclosure: false
    slowConsumers: drop_oldest
    topics: [ { uri: com.shop.price.**, slowConsumers: conflate } ]
    limits: { subscriptions: 10, registrations: 11, pendingCalls: 12, uriLength: 100, uriComponents: 5, wildcards: 2 }
    roles:
      guest:
        - { uri: com.shop.**, allow: [call] }
        - { uri: com.shop, match: prefix, allow: [] }
limits: { message: 1MiB, nesting: 32, outbox: 65536, outboxTotal: 1GiB, stall: 5s, hello: 1s, login: 2min, goodbye: 500ms }
admin: { realm: com.example.shop }
`
    const { listeners, router } = parseConfig(source, '/etc/wamp/trunkline.yaml')
    const nothing = {
      tls: undefined,
      backlog: undefined,
      proxyProtocol: undefined,
      logins: undefined,
      serializers: undefined,
      maxMessageBytes: undefined,
      maxConnections: undefined,
    }
    expect(listeners).toEqual([
      {
        kind: 'websocket',
        place: 'ws://[::]:8080 (backlog 128)',
        listen: { host: '::', port: 8080 },
        isUniversal: false,
        maxHeaderBytes: undefined,
        proxyProtocol: undefined,
        hosts: undefined,
        paths: ['/ws'],
        origins: ['https://app.example.com'],
        longPoll: undefined,
        http: undefined,
        tls: undefined,
        backlog: 128,
        logins: undefined,
        serializers: ['cbor'],
        maxMessageBytes: 1_048_576,
        maxConnections: 5,
      },
      { kind: 'rawsocket', place: 'rs://127.0.0.1:8081', listen: { host: '127.0.0.1', port: 8081 }, ...nothing },
      { kind: 'rawsocket', place: 'rs+unix:///etc/wamp/wamp.sock', listen: { path: '/etc/wamp/wamp.sock', mode: 0o666 }, ...nothing },
    ])
    expect(router).toEqual({
      realms: {
        'com.example.shop': {
          authentication: { anonymous: { role: 'guest' }, users: {} },
          topics: [],
          uriRule: 'strict',
          requestIds: 'increasing',
          allowsDisclosure: false,
          slowConsumers: { policy: 'drop_oldest', topics: [{ uri: 'com.shop.price.**', policy: 'conflate' }] },
          limits: { subscriptions: 10, registrations: 11, pendingCalls: 12, uriLength: 100, uriComponents: 5, wildcards: 2 },
          roles: {
            guest: [
              { uri: 'com.shop.**', allow: ['call'] },
              { uri: 'com.shop', match: 'prefix', allow: [] },
            ],
          },
        },
      },
      limits: {
        messageBytes: 1_048_576,
        depth: 32,
        outboxBytes: 65_536,
        outboxTotalBytes: 1_073_741_824,
        stallMs: 5_000,
        helloMs: 1_000,
        loginMs: 120_000,
        goodbyeMs: 500,
      },
      trustedProxies: [],
    })
  })

  it('reads JSON, tabs included', () => {
    const source = '{\n\t"listeners": [{ "websocket": { "host": "localhost", "port": 1 } }],\n\t"realms": { "a": {} }\n}'
    expect(parseConfig(source, 'trunkline.json').router.realms).toHaveProperty('a')
  })

  it('reads aliases', () => {
    const source = `${LISTENERS}realms:\n  a: { roles: { x: &rules [ { uri: a.b, allow: [call] } ], y: *rules } }`
    expect(parseConfig(source, 'x.yaml').router.realms['a']?.roles?.['y']).toEqual([{ uri: 'a.b', allow: ['call'] }])
  })

  it('names an unknown key with its place and the nearest known one', () => {
    expect(mistakes('listners: []\nlisteners: [ websocket: { host: h, port: 1, pathes: [/] } ]\nrealms: {}')).toEqual([
      "1:1 listners: unknown key; did you mean 'listeners'?",
      "2:45 listeners[0].websocket.pathes: unknown key; did you mean 'paths'?",
    ])
  })

  it('lists the known keys when none is near', () => {
    expect(mistakes(`${LISTENERS}realms: { a: { colour: red } }`)).toEqual([
      '2:16 realms.a.colour: unknown key; known are anonymous, users, usersFile, jwt, cookie, dynamicAuthenticators, loginSecret, plainTickets, ' +
        'routerKey, roles, authorizer, authorizers, topics, slowConsumers, uriRule, requestIds, announcements, ' +
        'trustLevels, disclosure, contracts, limits',
    ])
  })

  it('says what is expected and what was found where the type is wrong', () => {
    expect(mistakes('listeners: { a: 1 }\nrealms: [x]')).toEqual([
      '1:12 listeners: expected a list, found a dict',
      '2:9 realms: expected a dict of names, found a list',
    ])
    expect(mistakes(`listeners: [ websocket: { host: 5, port: "80" } ]\nrealms:\n  a:\n  b: { anonymous: { role: true } }`)).toEqual([
      '1:33 listeners[0].websocket.host: expected a text, in quotes, found a number',
      '1:42 listeners[0].websocket.port: expected a whole number from 0 to 65535, found a text of 2 characters',
      '3:5 realms.a: expected a dict, found nothing',
      '4:27 realms.b.anonymous.role: expected a text, in quotes, found the word true',
    ])
  })

  it('refuses numbers and quantities out of range or without a unit', () => {
    const source = `${LISTENERS.replace('port: 0', 'port: 65536')}realms: {}\nlimits: { nesting: 1.5, message: 1B, stall: 10, hello: 3 weeks }`
    expect(mistakes(source)).toEqual([
      '1:50 listeners[0].websocket.port: expected a whole number from 0 to 65535, found 65536',
      '3:20 limits.nesting: expected a whole number from 4 to 1000, found 1.5',
      '3:34 limits.message: expected a size such as 4MiB, from 512B to 1GiB, found 1B',
      '3:45 limits.stall: expected a duration such as 10s, found a number',
      '3:56 limits.hello: expected a duration such as 10s, found a text of 7 characters',
    ])
  })

  it('names what is missing', () => {
    expect(mistakes('limits: {}')).toEqual(["1:1 : 'listeners' is missing", "1:1 : 'realms' is missing"])
    expect(mistakes('')).toEqual(['1:1 : expected a dict, found nothing'])
    expect(mistakes(withRule('{}'))).toEqual(["3:22 realms.a.roles.r[0]: 'uri' is missing", "3:22 realms.a.roles.r[0]: 'allow' is missing"])
  })

  it('takes one kind of listener, and a port or a path', () => {
    const source = `listeners:\n  - {}\n  - rawsocket: { path: a, port: 1 }\n  - rawsocket: { host: h }\n  - socket: {}\nrealms: {}`
    expect(mistakes(source)).toEqual([
      '2:5 listeners[0]: expected exactly one key, websocket, rawsocket, universal, health or metrics',
      "3:16 listeners[1].rawsocket: expected exactly one of 'port' and 'path'",
      "4:16 listeners[2].rawsocket: expected exactly one of 'port' and 'path'",
      "4:18 listeners[2].rawsocket.host: has no meaning without 'port'",
      '5:5 listeners[3].socket: unknown key; known are websocket, rawsocket, universal, health, metrics',
    ])
    expect(mistakes('listeners: []\nrealms: {}')).toEqual(['1:12 listeners: expected at least one item'])
  })

  it('refuses an unknown word with the nearest known one', () => {
    expect(mistakes(withRule('{ uri: a, allow: [cal] }'))).toEqual([
      "3:40 realms.a.roles.r[0].allow[0]: expected call, register, publish, subscribe or see, found 'cal'; did you mean 'call'?",
    ])
  })

  it('refuses patterns that are not valid, with the policy', () => {
    expect(mistakes(withRule('{ uri: "com.x y", allow: [] }'))).toEqual(['3:29 realms.a.roles.r[0].uri: no valid URI pattern'])
    expect(mistakes(withRule('{ uri: com..x, match: exact, allow: [] }'))).toEqual([
      '3:29 realms.a.roles.r[0].uri: no valid URI pattern for match exact',
    ])
    expect(mistakes(withRule('{ uri: com..**, allow: [] }'))).toHaveLength(1)
  })

  it('refuses a * that would silently match nothing', () => {
    const [text] = mistakes(withRule('{ uri: com.*.status, allow: [] }'))
    expect(text).toContain('leave a component empty to match any')
    expect(mistakes(withRule('{ uri: com.*.status, match: exact, allow: [] }'))).toEqual([])
    expect(mistakes(withRule('{ uri: "**", allow: [] }'))).toEqual([])
  })

  it('refuses a role of anonymous clients that does not exist', () => {
    expect(mistakes(`${LISTENERS}realms:\n  a.b: { anonymous: { role: guest } }`)).toEqual([
      `3:29 realms["a.b"].anonymous.role: there is no such role in realms["a.b"].roles`,
    ])
  })

  it('refuses names of realms, origins, hosts and paths that cannot be', () => {
    const source = `listeners: [ websocket: { host: ws://h, port: 1, origins: [app.example.com, https://x/y], paths: [ws] } ]\nrealms: { a..b: {} }`
    expect(mistakes(source)).toHaveLength(5)
  })

  it('tells a syntax error with its place', () => {
    const found = mistakes('listeners:\n  - websocket: { host: h\nrealms: {}')
    expect(found.length).toBeGreaterThan(0)
    expect(found[0]).toMatch(/^3:1 /)
  })

  it('takes names as they are written, and demands quotes where YAML would read something else', () => {
    const { router } = parseConfig(`${LISTENERS}realms: { 1.10: { roles: { 007: [], 7: [], 1e3: [] } } }`, 'x.yaml')
    expect(Object.keys(router.realms)).toEqual(['1.10'])
    expect(Object.keys(router.realms['1.10']?.roles ?? {}).sort()).toEqual(['007', '1e3', '7'])
    expect(mistakes(`${LISTENERS}realms: { true: {}, a: { anonymous: { role: 007 } } }`)).toEqual([
      "2:11 realms: expected a text as key; write 'true' in quotes",
      '2:45 realms.a.anonymous.role: expected a text, in quotes, found a number',
    ])
  })

  it('takes a wildcard host in an origin, for one whole label', () => {
    const origins = (origin: string): readonly string[] =>
      mistakes(`listeners: [ websocket: { host: a, port: 1, origins: ['${origin}'] } ]\nrealms: {}`)
    expect(origins('https://*.example.com')).toEqual([])
    for (const origin of ['https://app*.example.com', 'https://*.*.example.com', 'https://*']) expect(origins(origin)).toHaveLength(1)
  })

  it('reads where else to listen, and who speaks first', () => {
    const source = `listeners:
  - websocket: { path: w.sock, mode: '0660' }
  - universal: { host: 127.0.0.1, port: 0, proxyProtocol: true, limits: { headers: 16KiB } }
  - health: { host: 127.0.0.1, port: 0 }
trustedProxies: [unix]
logs: { level: warn, areas: { rights: debug }, access: stdout, audit: audit.log }
realms: {}`
    const { listeners, logs, logLevels } = parseConfig(source, '/etc/trunkline/x.yaml')
    expect(listeners).toMatchObject([
      { kind: 'websocket', listen: { path: '/etc/trunkline/w.sock', mode: 0o660 }, isUniversal: false },
      { kind: 'websocket', isUniversal: true, proxyProtocol: true, maxHeaderBytes: 16_384 },
      { kind: 'health', listen: { host: '127.0.0.1', port: 0 } },
    ])
    expect(logs).toEqual({ access: 'stdout', audit: '/etc/trunkline/audit.log' })
    expect(logLevels).toEqual({ level: 'warn', areas: { rights: 'debug' } })
    expect(mistakes(`listeners: [ rawsocket: { port: 1, proxyProtocol: true } ]\nrealms: {}`)).toEqual([
      '1:14 listeners[0]: proxyProtocol needs trustedProxies: the router accepts the header only from them',
    ])
    expect(mistakes(`listeners: [ rawsocket: { path: r.sock } ]\ntrustedProxies: [unix]\nrealms: {}`)).toEqual([
      "1:14 listeners[0]: trustedProxies has 'unix': the socket needs a 'mode', since each program that may connect can name any client address",
    ])
    expect(mistakes(`listeners: [ websocket: { port: 1, mode: 0660 } ]\nrealms: {}`)).toEqual([
      "1:25 listeners[0].websocket: 'port' needs 'host' beside it",
      "1:36 listeners[0].websocket.mode: has no meaning without 'path'",
      '1:42 listeners[0].websocket.mode: expected a text, in quotes, found a number',
    ])
  })

  it('refuses a key that comes twice', () => {
    expect(mistakes(`${LISTENERS}realms: {}\nrealms: {}`)).toEqual(["3:1 : 'realms' appears twice"])
    expect(
      mistakes(`${LISTENERS}realms: { a: { users: { u: { role: r, ticket: t, extra: { b: { c: 1, c: 2 } } } }, roles: { r: [] } } }`),
    ).toEqual([expect.stringMatching(/'c' appears twice$/) as string])
  })

  it('refuses files of TLS that are not there or no certificate', () => {
    writeFileSync(join(folder, 'text.pem'), 'hello')
    const tls = (cert: string): string =>
      `listeners: [ websocket: { host: h, port: 1, tls: { cert: ${cert}, key: text.pem } } ]\nrealms: {}`
    expect(mistakes(tls('none.pem'))[0]).toMatch(
      /^1:58 listeners\[0\]\.websocket\.tls\.cert: cannot read this file \(ENOENT\); a path is relative to \//,
    )
    expect(mistakes(tls('text.pem'))[0]).toMatch(/^1:50 listeners\[0\]\.websocket\.tls: certificate and key cannot be used: /)
  })

  it('reads what TLS may be made of, and refuses what OpenSSL does not know', () => {
    const { cert, key } = selfSigned()
    writeFileSync(join(folder, 'cert.pem'), cert)
    writeFileSync(join(folder, 'key.pem'), key)
    const tls = (choices: string): string =>
      `listeners: [ websocket: { host: h, port: 1, tls: { cert: cert.pem, key: key.pem, ${choices} } } ]\nrealms: {}`
    const good = 'minVersion: TLSv1.3, ciphers: TLS_AES_256_GCM_SHA384, curves: [X25519, P-256]'
    expect(parseConfig(tls(good), join(folder, 'a.yaml')).listeners).toMatchObject([
      { tls: { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_256_GCM_SHA384', ecdhCurve: 'X25519:P-256' } },
    ])
    expect(mistakes(tls('ciphers: rot13'))[0]).toMatch(/ listeners\[0\]\.websocket\.tls\.ciphers: the ciphers cannot be used: /)
    expect(mistakes(tls('curves: [X25519, round]'))[0]).toMatch(/ listeners\[0\]\.websocket\.tls\.curves: the curves cannot be used: /)
    expect(mistakes(tls('minVersion: SSLv3'))[0]).toMatch(/expected TLSv1.2 or TLSv1.3/)
  })

  it('reads whom a listener lets in, and refuses realms and roles that are not there', () => {
    const source = (logins: string): string =>
      `listeners: [ rawsocket: { port: 0, logins: ${logins} } ]\nrealms: { a: { roles: { r: [], s: [] } }, b: { roles: { r: [] } } }`
    const good = '{ realms: [a], methods: [ticket, anonymous], roles: [r, s], anonymous: { role: s }, defaultRealm: a }'
    expect(parseConfig(source(good), 'a.yaml').listeners).toMatchObject([
      {
        logins: {
          realms: ['a'],
          methods: ['ticket', 'anonymous'],
          roles: ['r', 's'],
          anonymous: { role: 's' },
          defaultRealm: 'a',
        },
      },
    ])
    const texts = mistakes(source('{ realms: [a, c], methods: [ticket], roles: [x], anonymous: { role: s }, defaultRealm: b }'))
    expect(texts.map((text) => text.replace(/^.*?logins\./, ''))).toEqual([
      "realms[1]: there is no such realm in realms; did you mean 'a'?",
      'roles[0]: none of the realms of this listener has this role',
      "anonymous: has no meaning where methods lacks 'anonymous'",
      'defaultRealm: is not one of the realms that clients may join through this listener',
    ])
    expect(mistakes(source('{ anonymous: { role: s } }'))[0]).toMatch(/anonymous\.role: there is no such role in realms\.b\.roles/)
  })

  it('refuses two listeners on the same address, and an admin realm that is not there', () => {
    const source = 'listeners: [ rawsocket: { port: 8081 }, websocket: { host: 127.0.0.1, port: 8081 } ]\nrealms: {}\nadmin: { realm: a }'
    expect(mistakes(source)).toEqual([
      '1:41 listeners[1]: listeners[0] listens at this address already',
      '3:17 admin.realm: there is no such realm in realms',
    ])
    expect(mistakes('listeners: [ rawsocket: { port: 0 }, rawsocket: { port: 0 } ]\nrealms: {}')).toEqual([])
  })

  it('makes __proto__ a name like any other', () => {
    const { router } = parseConfig(`${LISTENERS}realms: { __proto__: {} }`, 'x.yaml')
    expect(Object.keys(router.realms)).toEqual(['__proto__'])
  })
})

describe('ConfigError', () => {
  it('lists the mistakes in the order of the file, one a line, each with file, line and column', () => {
    expect(() => parseConfig('realms: 5\nlistener: 1', 'my.yaml')).toThrow(
      "my.yaml has 3 mistakes:\n  my.yaml:1:1: 'listeners' is missing\n  my.yaml:1:9: realms: expected a dict of names, found a number\n" +
        "  my.yaml:2:1: listener: unknown key; did you mean 'listeners'?",
    )
  })
})

describe('loadConfig', () => {
  /** Writes a module and loads it. */
  const loadModule = (name: string, code: string) => {
    writeFileSync(join(folder, name), code)
    return loadConfig(join(folder, name))
  }

  it('names a file that is not there', async () => {
    await expect(loadConfig(join(folder, 'none.yaml'))).rejects.toThrow(
      /^cannot read the configuration .*none\.yaml: there is no such file/,
    )
    await expect(loadConfig(join(folder, 'none.mjs'))).rejects.toThrow(/^cannot read the configuration .*none\.mjs: there is no such file/)
  })

  it('takes the example of the quick start', async () => {
    const { router } = await loadConfig(new URL('../../../../examples/quickstart/trunkline.yaml', import.meta.url).pathname)
    expect(Object.keys(router.realms)).toEqual(['realm1'])
  })

  it('takes a module, and reads it again each time', async () => {
    const code = (realm: string) =>
      `export default { listeners: [{ rawsocket: { port: 4 + 4 } }], realms: { ${realm}: { anonymous: undefined } } }`
    expect(Object.keys((await loadModule('trunkline.config.mjs', code('a'))).router.realms)).toEqual(['a'])
    expect(Object.keys((await loadModule('trunkline.config.mjs', code('b'))).router.realms)).toEqual(['b'])
  })

  it('tells the mistakes of a module by their path', async () => {
    await expect(loadModule('wrong.mjs', 'export default { listeners: [{ rawsocket: { port: -1 } }], realm: {} }')).rejects.toThrow(
      /wrong\.mjs has 3 mistakes:\n {2}\S*wrong\.mjs: 'realms' is missing\n {2}\S*wrong\.mjs: listeners\[0\]\.rawsocket\.port: expected/,
    )
  })

  it('refuses a module that fails or exports something else than data', async () => {
    await expect(loadModule('throws.mjs', 'throw new Error("no luck")')).rejects.toThrow(/^cannot use the configuration .*: no luck$/)
    await expect(loadModule('function.mjs', 'export default { realms() {} }')).rejects.toThrow(/'realms' is a function; expected data/)
    await expect(loadModule('nothing.mjs', 'export const x = 1')).rejects.toThrow('expected a dict, found nothing')
  })
})

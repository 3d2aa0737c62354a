// Shows how users, rights and topics of a realm are read, and which mistakes in them are reported.

import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RealmOptions } from '@trunkline/router'
import { describe, expect, it } from 'vitest'
import type { Config } from './config.ts'
import { parseConfig, tryOut } from './config.ts'
import { ConfigError } from './problems.ts'

const LISTENERS = 'listeners: [ rawsocket: { port: 0 } ]\n'
const SUM = 'ab'.repeat(32)

/** A realm as the router takes it; the router itself has no objection. */
function realm(text: string): RealmOptions {
  const config = parseConfig(`${LISTENERS}realms:\n  a:\n    roles: { r: [] }\n    ${text}`, 'a.yaml')
  tryOut(config)
  return config.router.realms['a'] ?? {}
}

/** The mistakes in a realm with role `r`, as `path: text` below the realm. */
function mistakes(text: string): readonly string[] {
  try {
    realm(text)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ path, text: what }) => `${path.replace(/^realms\.a\.?/, '')}: ${what}`)
  }
  return []
}

describe('users', () => {
  it('have each method in each of its forms', () => {
    const { authentication } = realm(`users:
      one: { role: r, ticket: secret, extra: { team: [red] } }
      two: { role: r, ticket: { sha256: ${SUM} }, cryptosign: { publicKeys: [${SUM}] } }
      three: { role: r, wampcra: { secret: s } }
      four: { role: r, wampcra: { password: p, salt: s } }
      five: { role: r, wampcra: { key: ${Buffer.alloc(32).toString('base64')}, salt: s, iterations: 1000, keylen: 32 } }
      eight: { role: r, tls: { sha256: [${SUM}] } }
      six: { role: r, scram: { kdf: pbkdf2, password: p, salt: '${SUM}', iterations: 4096 } }
      seven: { role: r, scram: { kdf: argon2id13, dialect: autobahn, salt: '${SUM}', iterations: 2, memory: 4096, storedKey: '${SUM}', serverKey: '${SUM}' } }`)
    expect(authentication).toEqual({
      users: {
        one: { role: 'r', ticket: 'secret', extra: { team: ['red'] } },
        two: { role: 'r', ticket: { sha256: SUM }, cryptosign: { publicKeys: [SUM] } },
        three: { role: 'r', wampcra: { secret: 's' } },
        four: { role: 'r', wampcra: { password: 'p', salt: 's' } },
        five: { role: 'r', wampcra: { key: Buffer.alloc(32).toString('base64'), salt: 's', iterations: 1000, keylen: 32 } },
        eight: { role: 'r', tls: { sha256: [SUM] } },
        six: { role: 'r', scram: { kdf: 'pbkdf2', password: 'p', salt: SUM, iterations: 4096 } },
        seven: {
          role: 'r',
          scram: { kdf: 'argon2id13', dialect: 'autobahn', salt: SUM, iterations: 2, memory: 4096, storedKey: SUM, serverKey: SUM },
        },
      },
    })
  })

  it('need a role of the realm and a way to log in', () => {
    expect(mistakes('users: { one: { role: x, ticket: t }, two: { role: r } }')).toEqual([
      "users.one.role: there is no such role in realms.a.roles; did you mean 'r'?",
      'users.two: needs at least one login method: ticket, wampcra, scram, cryptosign, tls',
    ])
  })

  it('have what belongs together together', () => {
    expect(mistakes('users: { one: { role: r, wampcra: { secret: s, salt: x } } }')).toEqual([
      "users.one.wampcra.salt: has no meaning without 'password' or 'key'",
    ])
    expect(mistakes('users: { one: { role: r, wampcra: { password: p, key: k, salt: s } } }')).toEqual([
      "users.one.wampcra: expected exactly one of 'secret' and 'password' and 'key'",
      "users.one.wampcra: 'key' needs 'iterations' beside it",
      "users.one.wampcra: 'key' needs 'keylen' beside it",
    ])
    expect(mistakes(`users: { one: { role: r, scram: { kdf: argon2id13, password: p, salt: '${SUM}', iterations: 2 } } }`)).toEqual([
      "users.one.scram: 'argon2id13' needs 'memory' beside it",
    ])
    expect(mistakes(`users: { one: { role: r, scram: { kdf: pbkdf2, storedKey: '${SUM}', salt: '${SUM}', iterations: 2 } } }`)).toEqual([
      "users.one.scram: 'storedKey' needs 'serverKey' beside it",
    ])
  })

  it('never have their secrets shown in a mistake', () => {
    const told =
      mistakes(`users: { one: { role: r, ticket: [hush] }, two: { role: r, wampcra: { secret: 5 } }, three: { role: r, ticket: "" } }
    routerKey: hush-hush`)
    expect(told).toEqual([
      'users.one.ticket: expected a text or a dict with sha256, found a list',
      'users.two.wampcra.secret: expected a text, in quotes, found a number',
      'users.three.ticket: expected a text that is not empty',
      'routerKey: expected a key, 64 hexadecimal digits, found a text of 9 characters',
    ])
  })
})

describe('tokens, cookies and procedures', () => {
  const { publicKey } = generateKeyPairSync('ed25519')
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString()

  it('are what the router calls them', () => {
    const { authentication } = realm(`jwt:
      algorithms: [EdDSA]
      keys: [ { kid: one, pem: ${JSON.stringify(pem)} }, { jwk: ${JSON.stringify(publicKey.export({ format: 'jwk' }))} } ]
      issuer: [https://id.example.com]
      claims: { authid: email, authrole: realm_access.roles }
      role: r
      tolerance: 2s
    cookie: { name: sid, origins: [https://shop.example.com], static: { ${SUM}: { authid: one, role: r } }, procedure: com.example.who, realm: b }
    dynamicAuthenticators: [ { procedure: com.example.login, methods: [ticket], realm: b, deadline: 1s } ]`)
    expect(authentication).toEqual({
      users: {},
      jwt: {
        algorithms: ['EdDSA'],
        keys: [{ kid: 'one', pem }, { jwk: publicKey.export({ format: 'jwk' }) }],
        issuer: ['https://id.example.com'],
        claims: { authid: 'email', authrole: 'realm_access.roles' },
        role: 'r',
        toleranceSeconds: 2,
      },
      cookie: {
        name: 'sid',
        origins: ['https://shop.example.com'],
        static: { [SUM]: { authid: 'one', role: 'r' } },
        procedure: 'com.example.who',
        realm: 'b',
      },
      dynamic: [{ procedure: 'com.example.login', methods: ['ticket'], realm: 'b', deadlineMs: 1_000 }],
    })
  })

  it('take keys of tokens from files, in both forms', () => {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-realms-'))
    writeFileSync(join(folder, 'key.pem'), pem)
    writeFileSync(join(folder, 'key.jwk'), JSON.stringify(publicKey.export({ format: 'jwk' })))
    const text = 'realms: { a: { jwt: { algorithms: [EdDSA], keys: [ { file: key.pem }, { file: key.jwk } ] } } }'
    const config = parseConfig(LISTENERS + text, join(folder, 'a.yaml'))
    rmSync(folder, { recursive: true })
    expect(config.router.realms['a']?.authentication?.jwt?.keys).toEqual([
      { pem: pem.trim() },
      { jwk: publicKey.export({ format: 'jwk' }) },
    ])
    expect(config.files).toEqual([join(folder, 'key.pem'), join(folder, 'key.jwk')])
  })

  it('have roles of the realm, and something that judges', () => {
    const told = mistakes(`jwt: { algorithms: [EdDSA], keys: [ { file: none.pem } ], role: x }
    cookie: { name: sid, origins: [https://a.example] }`)
    expect(told).toEqual([
      expect.stringMatching(/^jwt\.keys\[0\]\.file: cannot read this file \(ENOENT\)/) as string,
      "jwt.role: there is no such role in realms.a.roles; did you mean 'r'?",
      "cookie: expected 'static', 'procedure' or 'issued', which say who has a cookie",
    ])
  })

  it('may be late by nothing up to ten minutes', () => {
    const told = (tolerance: string): readonly string[] =>
      mistakes(`jwt: { algorithms: [HS256], keys: [ { secret: 'a secret of at least 32 octets, all in all' } ], tolerance: ${tolerance} }`)
    expect([told('0s'), told('600s')]).toEqual([[], []])
    expect(told('601s')).toEqual([expect.stringMatching(/^jwt\.tolerance: /)])
  })

  it('name the pages that may log in by a cookie, never all', () => {
    const told = (origin: string): readonly string[] => mistakes(`cookie: { name: sid, origins: ['${origin}'], issued: {} }`)
    expect(told('https://*.example.com')).toEqual([])
    for (const origin of ['*', 'https://*'])
      expect(told(origin)).toEqual([expect.stringMatching(/^cookie\.origins\[0\]: expected an origin/)])
  })
})

describe('rights', () => {
  it('have placeholders, disclosure and options', () => {
    const rule = "{ uri: 'com.{authid}.**', allow: [call], disclose: { caller: always }, options: [force_reregister] }"
    const config = parseConfig(`${LISTENERS}realms: { a: { roles: { r: [ ${rule} ] } } }`, 'a.yaml')
    tryOut(config)
    expect(config.router.realms['a']?.roles).toEqual({
      r: [{ uri: 'com.{authid}.**', allow: ['call'], disclose: { caller: 'always' }, options: ['force_reregister'] }],
    })
  })

  it('refuse placeholders that are not known, and disclosure that the realm forbids', () => {
    const read = (text: string) => () => parseConfig(`${LISTENERS}realms: { a: { ${text} } }`, 'a.yaml')
    expect(read("roles: { r: [ { uri: 'com.{user}.x', allow: [] } ] }")).toThrow(
      'a component with { } has to be one of {authid}, {authrole}, {session}',
    )
    expect(read("roles: { r: [ { uri: 'com.x{authid}', allow: [] } ] }")).toThrow('a component with { } has to be one of')
    expect(read('disclosure: false, roles: { r: [ { uri: com.x, allow: [call], disclose: { caller: always } } ] }')).toThrow(
      'realms.a.roles.r[0].disclose: discloses always, but realms.a.disclosure is false',
    )
  })

  it('may be decided by a procedure, for roles of any name', () => {
    const authorizer = 'authorizer: { procedure: com.example.may, realm: b, deadline: 2s, cache: { entries: 10, age: 1min } }'
    const { dynamicAuthorizer } = realm(`${authorizer}\n    users: { one: { role: any.role, ticket: t } }`)
    expect(dynamicAuthorizer).toEqual({
      procedure: 'com.example.may',
      realm: 'b',
      deadlineMs: 2_000,
      cache: { entries: 10, ttlMs: 60_000 },
    })
  })
})

describe('cookies of the router', () => {
  it('have their age, their kind, their bound and a file beside the configuration', () => {
    const cookie = 'cookie: { name: sid, origins: [https://a.example], issued: { age: 24h, sameSite: lax, most: 5, file: logins } }'
    const config = parseConfig(`${LISTENERS}realms: { a: { roles: { r: [] }, ${cookie} } }`, '/etc/wamp/a.yaml')
    expect(config.router.realms['a']?.authentication?.cookie).toEqual({
      name: 'sid',
      origins: ['https://a.example'],
      issued: { ageMs: 86_400_000, sameSite: 'lax', most: 5, file: '/etc/wamp/logins' },
    })
  })

  it('stand in place of those of the application', () => {
    expect(mistakes('cookie: { name: sid, origins: [https://a.example], issued: {}, procedure: com.who }')).toEqual([
      "cookie.issued: cannot be combined with 'static' or 'procedure'",
    ])
    expect(mistakes('cookie: { name: sid, origins: [https://a.example] }')).toEqual([
      "cookie: expected 'static', 'procedure' or 'issued', which say who has a cookie",
    ])
  })
})

describe('authorizers of roles', () => {
  it('are roles too, and stand in place of rules', () => {
    const { dynamicAuthorizers } = realm('authorizers: { s: { procedure: com.example.s, deadline: 2s } }\n    anonymous: { role: s }')
    expect(dynamicAuthorizers).toEqual({ s: { procedure: 'com.example.s', deadlineMs: 2_000 } })
    expect(mistakes('authorizers: { r: { procedure: com.example.r } }')).toEqual(["authorizers.r: role 'r' has rules in roles already"])
  })
})

describe('realms that logins assign', () => {
  const config = (a: string): Config =>
    parseConfig(`${LISTENERS}realms: { a: { roles: { r: [] }, ${a} }, b: { roles: { s: [] } } }`, 'a.yaml')

  it('are those of a user, of a cookie, and those that a procedure may name', () => {
    const { authentication } =
      config(`users: { one: { role: s, realm: b, ticket: t } }, dynamicAuthenticators: [ { procedure: p, methods: [ticket], assigns: [b] } ],
      cookie: { name: sid, origins: ['https://a.example'], static: { ${SUM}: { authid: one, role: s, realm: b } }, procedure: q, assigns: [b] }`)
        .router.realms['a'] ?? {}
    expect(authentication).toMatchObject({
      users: { one: { role: 's', realm: 'b' } },
      dynamic: [{ assigns: ['b'] }],
      cookie: { static: { [SUM]: { realm: 'b' } }, assigns: ['b'] },
    })
  })

  it.each([
    ['users: { one: { role: r, realm: b, ticket: t } }', 'realms.a.users.one.role: there is no such role in realms.b.roles'],
    ['users: { one: { role: r, realm: c, ticket: t } }', 'realms.a.users.one.realm: there is no such realm in realms'],
    [
      'dynamicAuthenticators: [ { procedure: p, methods: [ticket], assigns: [c] } ]',
      'realms.a.dynamicAuthenticators[0].assigns[0]: there is no such realm in realms',
    ],
  ])('have to be there with that role: %s', (text, mistake) => {
    expect(() => config(text)).toThrow(mistake)
  })

  it('are asked of one procedure for each method', () => {
    const procedure = '{ procedure: p, methods: [ticket] }'
    expect(mistakes(`dynamicAuthenticators: [ ${procedure}, ${procedure} ]`)).toEqual([
      ": two dynamic authenticators decide about method 'ticket'",
    ])
  })
})

describe('topics and limits', () => {
  it('are what the router calls them', () => {
    const { limits, slowConsumers, ...rest } = realm(`topics:
      - { uri: com.a, match: exact, history: { events: 10, age: 1h, size: 1MiB } }
      - { uri: com.b.**, retain: { age: 10min }, slowConsumers: conflate }
      - { uri: com.c, retain: false }
    announcements: strict
    trustLevels: [ { uri: com.**, role: r, level: 2 } ]
    limits: { sessions: 5, messageRate: { perSecond: 10, burst: 20 }, testaments: 1, retainedEvents: 2, retainedSize: 1KiB }`)
    expect(rest).toMatchObject({
      topics: [
        { uri: 'com.a', match: 'exact', history: { events: 10, ageMs: 3_600_000, bytes: 1_048_576 } },
        { uri: 'com.b.**', retain: { ageMs: 600_000 } },
        { uri: 'com.c', retain: false },
      ],
      announcements: 'strict',
      trustLevels: [{ uri: 'com.**', role: 'r', level: 2 }],
    })
    expect(slowConsumers).toEqual({ policy: 'disconnect', topics: [{ uri: 'com.b.**', policy: 'conflate' }] })
    expect(limits).toEqual({
      sessions: 5,
      messageRate: { perSecond: 10, burst: 20 },
      testaments: 1,
      retainedEvents: 2,
      retainedBytes: 1_024,
    })
  })

  it('refuse patterns that cannot be, and a match where the policy is for', () => {
    expect(mistakes('topics: [ { uri: "com.*.x" }, { uri: com.x, match: prefix, slowConsumers: conflate }, { uri: c d } ]')).toEqual([
      expect.stringMatching(/^topics\[0\]\.uri: .*leave a component empty/) as string,
      "topics[1].match: has no meaning with 'slowConsumers'; write the pattern in uri",
      'topics[2].uri: no valid URI pattern',
    ])
  })
})

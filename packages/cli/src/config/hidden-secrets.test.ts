// Shows that no mistake in a configuration, no view of it and no reload shows a secret, wherever it stands and wherever it
// comes from.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseConfig, tryOut } from './config.ts'
import { documentChanges } from './plan.ts'
import { CONFIG_SCHEMA } from './schema.ts'
import { effective } from './show.ts'

const SECRET = 'hunter2-Tr0ub4dor'
const folder = mkdtempSync(join(tmpdir(), 'trunkline-secrets-'))
writeFileSync(join(folder, 'secret.txt'), SECRET)
writeFileSync(join(folder, 'key.json'), `{ ${SECRET}`)
afterAll(() => rmSync(folder, { recursive: true }))

/** What is said about a configuration with mistakes. */
function complaint(text: string): string {
  try {
    tryOut(parseConfig(text, join(folder, 'x.yaml'), { SECRET, EMPTY: '' }))
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  throw new Error(`no mistake in ${text}`)
}

const realm = (rest: string): string =>
  `listeners: [{ websocket: { host: 127.0.0.1, port: 0 } }]\nrealms: { r: { roles: { user: [] }, ${rest} } }`
const listener = (rest: string): string => `listeners: [{ websocket: { ${rest} } }]\nrealms: {}`

/** Where a secret may stand by mistake; SECRET is put in as it is, as a reference to a variable and to a file. */
const PLACES: readonly (readonly [string, (secret: string) => string])[] = [
  ['a number', (secret) => listener(`host: h, port: ${secret}`)],
  ['a host', (secret) => listener(`host: '${secret} ', port: 0`)],
  ['a path', (secret) => listener(`host: h, port: 0, paths: [${secret}]`)],
  ['an origin', (secret) => listener(`host: h, port: 0, origins: [${secret}]`)],
  ['a file', (secret) => listener(`host: h, port: 0, tls: { cert: ${secret}, key: ${secret} }`)],
  ['a word', (secret) => realm(`uriRule: ${secret}`)],
  ['a flag', (secret) => realm(`plainTickets: ${secret}`)],
  ['a size', (secret) => realm(`limits: { retainedSize: ${secret} }`)],
  ['a duration', (secret) => `limits: { hello: ${secret} }\n${realm('')}`],
  ['a dict', (secret) => realm(`users: { joe: ${secret} }`)],
  ['a list', (secret) => realm(`users: { joe: { role: user, cryptosign: { publicKeys: ${secret} } } }`)],
  ['a sum', (secret) => realm(`users: { joe: { role: user, ticket: { sha256: ${secret} } } }`)],
  ['a key', (secret) => realm(`users: { joe: { role: user, cryptosign: { publicKeys: [${secret}] } } }`)],
  ['the key of the router', (secret) => realm(`routerKey: ${secret}`)],
  ['a role', (secret) => realm(`users: { joe: { role: ${secret}, ticket: x } }`)],
  ['a realm', (secret) => realm(`users: { joe: { role: user, realm: ${secret}, ticket: x } }`)],
  ['a pattern', (secret) => realm(`topics: [{ uri: 'a b ${secret}', history: { events: 1 } }]`)],
  ['a URL', (secret) => realm(`jwt: { algorithms: [EdDSA], jwks: 'https://joe:${secret}@id.example.com/' }`)],
]

describe('a mistake in a configuration is told without the secret', () => {
  it.each(PLACES)('that stands in the place of %s', (_, at) => {
    for (const secret of [SECRET, `'\${env:SECRET}'`, `'\${file:secret.txt}'`, `'\${env:EMPTY:-${SECRET}}'`]) {
      const text = at(secret.startsWith("'") && at('x').includes("'") ? secret.slice(1, -1) : secret)
      expect(complaint(text)).not.toContain(SECRET)
    }
  })

  it.each([
    [
      'is the name of a cookie’s value',
      realm(`cookie: { name: sid, origins: ['https://a.example'], static: { ${SECRET}: { authid: joe, role: none } } }`),
    ],
    ['is written like a key', realm(`users: { joe: { role: user, ticket: { ${SECRET} } } }`)],
    ['looks like a reference', realm(`users: { joe: { role: user, ticket: 'a\${${SECRET}' } }`)],
    ['stands behind env', realm(`users: { joe: { role: user, ticket: '\${env:${SECRET} }' } }`)],
    ['looks like an alias', realm(`users: { joe: { role: user, ticket: *${SECRET} } }`)],
    ['looks like a tag', realm(`users: { joe: { role: user, ticket: !${SECRET} x } }`)],
    ['breaks the document', realm(`users: { joe: { role: user, ticket: "x" ${SECRET} } }`)],
    ['stands in a broken file of a key', realm(`jwt: { algorithms: [EdDSA], keys: [{ file: key.json }] }`)],
  ])('that %s', (_, text) => {
    expect(complaint(text)).not.toContain(SECRET)
  })

  it('and with what is needed to find it', () => {
    expect(complaint(realm(`uriRule: '\${env:SECRET}'`))).toMatch(
      /x\.yaml:2:\d+: realms\.r\.uriRule: expected loose or strict, found a text of 17 characters$/,
    )
    expect(complaint(realm('uriRule: stricd'))).toContain("found 'stricd'; did you mean 'strict'?")
    expect(complaint(realm('users: { joe: { role: usr, ticket: x } }'))).toContain(
      "there is no such role in realms.r.roles; did you mean 'user'?",
    )
  })
})

describe('what is shown of a configuration', () => {
  const text = realm(`jwt: { algorithms: [HS256], jwks: 'https://id.example.com/keys?token=${SECRET}#${SECRET}' }, loginSecret: ${SECRET}`)
  const keys = realm(
    `jwt: { algorithms: [HS256], keys: [{ jwk: { kty: oct, k: ${Buffer.from(SECRET.repeat(2)).toString('base64url')} } }, { secret: ${SECRET}${SECRET} }] }`,
  )
  const documentOf = (source: string): unknown => parseConfig(source, join(folder, 'x.yaml')).document

  it('has no secret in it, not within a URL and not in a key', () => {
    const shown = JSON.stringify([effective(documentOf(text), CONFIG_SCHEMA), effective(documentOf(keys), CONFIG_SCHEMA)])
    expect(shown).not.toContain(SECRET)
    expect(shown).not.toContain(Buffer.from(SECRET.repeat(2)).toString('base64url'))
    expect(shown).toContain('https://id.example.com/keys?<hidden>#<hidden>')
  })

  it('has nothing in it by which others could try secrets without the router: digests, derived keys, salts', () => {
    const hex = (digit: string): string => digit.repeat(64)
    const of = (a: string, b: string): string =>
      realm(`cookie: { name: sid, origins: ['https://a.example'], static: { ${hex(a)}: { authid: joe, role: user }, ${hex('9')}: { authid: ann, role: user } } },
        users: {
          joe: { role: user, ticket: { sha256: ${hex(a)} } },
          ann: { role: user, wampcra: { key: ${Buffer.from(hex(a)).toString('base64')}, salt: salt${a}, iterations: 1000, keylen: 32 } },
          eve: { role: user, scram: { kdf: pbkdf2, salt: '${hex(a).slice(0, 32)}', iterations: 4096, storedKey: ${hex(a)}, serverKey: ${hex(b)} } }
        }`)
    const shown = effective(documentOf(of('a', 'b')), CONFIG_SCHEMA)
    const changes = documentChanges(documentOf(of('a', 'b')), documentOf(of('c', 'd')))
    const mistake = complaint(of('a', 'b').replace('{ authid: joe, role: user }', '{ authid: joe, role: nobody, x: 1 }'))
    const text = JSON.stringify([shown, changes, mistake])
    for (const secret of ['aaaa', 'bbbb', 'cccc', 'dddd', '9999', 'salta', 'saltc', Buffer.from(hex('a')).toString('base64')])
      expect(text).not.toContain(secret)
    expect(shown).toMatchObject({
      realms: { r: { cookie: { static: { '<hidden> 1': { authid: 'joe' }, '<hidden> 2': { authid: 'ann' } } } } },
    })
    expect(changes).toContain('realms.r.users.joe.ticket changed')
    expect(mistake).toContain('realms.r.cookie.static["<hidden>"].x: unknown key')
  })

  it('has no user and no password of a URL in it, of whatever kind the text is', () => {
    const issued = documentOf(
      realm(`jwt: { algorithms: [HS256], jwks: 'https://a.example/', issuer: ['https://${SECRET}@id.example.com/x?y#z'] }`),
    )
    expect(JSON.stringify(effective(issued, CONFIG_SCHEMA))).toContain('"https://<hidden>@id.example.com/x?y#z"')
  })

  it('has none in what a reload tells', () => {
    const changes = documentChanges(documentOf(text), documentOf(text.replaceAll(SECRET, 'other'))).join('\n')
    expect(changes).toContain('jwks changed: https://id.example.com/keys?<hidden>')
    expect(changes).not.toContain(SECRET)
    expect(changes).not.toContain('other')
  })
})

// Shows the commands around a configuration: writing one, checking and showing it, and making what goes into it.

import { createHash, createPrivateKey, createPublicKey, pbkdf2Sync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSession } from '@trunkline/client/session'
import { craAuth, cryptosignAuth, scramAuth, ticketAuth } from '@trunkline/client/auth'
import { selfSigned } from '@trunkline/testkit'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { result, resultWith, Running } from '../testing/running-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-tools-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => {
  vi.unstubAllEnvs()
  vi.useRealTimers()
})

let files = 0

function configured(text: string): string {
  const file = join(folder, `${++files}.yaml`)
  writeFileSync(file, text)
  return file
}

describe('trunkline init', () => {
  it.each([
    ['minimal', '1 listener, 1 realm'],
    ['production', '2 listeners, 2 realms'],
  ])('writes a %s file that passes the check', async (template, holds) => {
    const output = join(folder, `${template}.yaml`)
    const written = await result('init', '--template', template, '--output', output)
    expect(written.code).toBe(0)
    expect(await result('check', output)).toEqual({ code: 0, out: `${output} is fine: ${holds}\n`, err: '' })
  })

  it('prints the tickets of which it writes the sums', async () => {
    const output = join(folder, 'sum.yaml')
    const { out } = await result('init', '--template', 'production', '--output', output)
    const text = readFileSync(output, 'utf8')
    const tickets = Array.from(out.matchAll(/of the user (\w+), printed only this once: (\S+)/g), ([, user = '', ticket = '']) => [
      user,
      ticket,
    ])
    expect(tickets.map(([user]) => user)).toEqual(['backend', 'operator'])
    for (const [, ticket = ''] of tickets) {
      expect(text).toContain(createHash('sha256').update(ticket).digest('hex'))
      expect(text).not.toContain(ticket)
    }
  })

  it('writes a file that not all users of the machine can read', async () => {
    const output = join(folder, 'secret.yaml')
    await result('init', '--template', 'production', '--output', output)
    expect(statSync(output).mode & 0o007).toBe(0)
  })

  it('never replaces a file', async () => {
    const output = configured('precious')
    const { code, err } = await result('init', '--output', output)
    expect({ code, err }).toEqual({ code: 2, err: `error: cannot write ${output}: it exists already\n` })
    expect(readFileSync(output, 'utf8')).toBe('precious')
  })
})

describe('trunkline check', () => {
  it.each([
    ['host: 0.0.0.0, port: 8089', 'everybody who can connect to 0.0.0.0:8089 can read the metrics: set addresses or token'],
    ["host: '::', port: 8089", 'everybody who can connect to [::]:8089 can read the metrics'],
    ['host: metrics.example.com, port: 8089', 'everybody who can connect to metrics.example.com:8089 can'],
    ['host: 0.0.0.0, port: 8089, addresses: [10.0.0.0/8]', undefined],
    ['host: 0.0.0.0, port: 8089, token: of-more-than-16-characters', undefined],
    ['host: 127.0.0.1, port: 8089', undefined],
    ["host: '::1', port: 8089", undefined],
    ['path: metrics.sock', undefined],
  ])('warns of metrics that others than this machine may read: { %s }', async (listener, warning) => {
    const file = configured(
      `listeners: [ metrics: { ${listener} } ]\nrealms: { a: { roles: { guest: [{ uri: com.**, allow: [call] }] } } }`,
    )
    const { code, err } = await result('check', file)
    expect([code, err === '']).toEqual([0, warning === undefined])
    if (warning !== undefined) expect(err).toContain(warning)
  })

  it.each([
    ['wamp.**', 'grant wamp.session.kill, wamp.session.kill_by_authid'],
    ['wamp.registration.**', undefined],
  ])('warns where any client may act on others: %s', async (uri, warning) => {
    const rule = `{ uri: ${uri}, allow: [call] }`
    const file = configured(
      `listeners: [ rawsocket: { path: a.sock } ]\nrealms: { a: { anonymous: { role: guest }, roles: { guest: [${rule}], operator: [{ uri: wamp.**, allow: [call] }] } } }`,
    )
    const { code, err } = await result('check', file)
    expect([code, err === '']).toEqual([0, warning === undefined])
    if (warning !== undefined) expect(err).toContain(warning)
  })

  it.each([
    ['message: 16MiB', '', 'holds fewer than two messages of limits.message (16MiB)'],
    ['outbox: 1MiB', '', 'raise it to 8MiB'],
    ['outbox: 16MiB', ', limits: { message: 9MiB }', 'raise it to 18MiB'],
    ['message: 16MiB, outbox: 32MiB', '', undefined],
    ['stall: 10s', '', undefined],
  ])('warns where two messages do not fit into what may wait: { %s }%s', async (limits, listener, warning) => {
    const roles = 'roles: { guest: [{ uri: com.**, allow: [call] }] }'
    const file = configured(
      `listeners: [ websocket: { host: 127.0.0.1, port: 0${listener} } ]\nrealms: { a: { ${roles} } }\nlimits: { ${limits} }`,
    )
    const { code, out, err } = await result('check', file)
    expect([code, out.includes('is fine'), err === '']).toEqual([0, true, warning === undefined])
    if (warning !== undefined) expect(err).toContain(warning)
  })

  it.each([
    [1, 'expires soon'],
    [3, 'has expired'],
  ])('warns of a certificate of a listener that %i days later %s, and passes it', async (days, fate) => {
    const { cert, key } = selfSigned('router.example.com')
    for (const [name, pem] of Object.entries({ cert, key })) writeFileSync(join(folder, `${name}.pem`), pem)
    const tls = `{ cert: ${join(folder, 'cert.pem')}, key: ${join(folder, 'key.pem')} }`
    const file = configured(`listeners: [ rawsocket: { host: 127.0.0.1, port: 9, tls: ${tls} } ]\nrealms: { a: { roles: { r: [] } } }`)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + days * 86_400_000 })
    const { code, out, err } = await result('check', file)
    expect([code, out]).toEqual([0, `${file} is fine: 1 listener, 1 realm\n`])
    expect(err).toMatch(new RegExp(`^warning: the certificate of CN=router\\.example\\.com for \\S+ ${fate}: \\d{4}-.*\n$`))
  })

  it('tells all mistakes, each with its place, and ends with 2', async () => {
    const file = configured('listeners: [ rawsocket: { port: x } ]\nrealms: { a: { roles: 5 } }')
    const { code, out, err } = await result('check', file)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(/has 2 mistakes:\n {2}\S+:1:33: listeners\[0\]\.rawsocket\.port: .*\n {2}\S+:2:23: realms\.a\.roles: /)
  })

  it('tells what only the router can judge', async () => {
    const roles = 'roles: { r: [ { uri: "com.{authid}", match: prefix, allow: [call] } ] }'
    const { code, err } = await result('check', configured(`listeners: [ rawsocket: { port: 0 } ]\nrealms: { a: { ${roles} } }`))
    expect(code).toBe(2)
    expect(err).toContain('a prefix that ends with a placeholder')
  })
})

describe('trunkline config', () => {
  const SECRETS = `
listeners: [ rawsocket: { port: 8081 } ]
realms:
  a:
    users:
      one: { role: r, ticket: secret-1 }
      two: { role: r, wampcra: { password: "\${env:TRUNKLINE_TEST_PASSWORD}", salt: salty } }
    roles: { r: [] }
limits: { message: 1048576 }`

  it('shows every default, and no secret, in a form that can be read again', async () => {
    vi.stubEnv('TRUNKLINE_TEST_PASSWORD', 'secret-2')
    const { code, out } = await result('config', 'show', configured(SECRETS))
    expect(code).toBe(0)
    expect(out).not.toMatch(/secret-\d/)
    const shown = parse(out) as unknown
    expect(shown).toMatchObject({
      listeners: [{ rawsocket: { port: 8081, serializers: ['json', 'msgpack', 'cbor'] } }],
      realms: {
        a: {
          users: { one: { role: 'r', ticket: '<hidden>' }, two: { wampcra: { password: '<hidden>', salt: '<hidden>' } } },
          uriRule: 'loose',
          limits: { subscriptions: 10_000 },
        },
      },
      limits: { message: '1MiB', stall: '10s' },
    })
    expect((await result('check', configured(out))).code).toBe(0)
    const asJson = await result('config', 'show', '--json', configured(SECRETS))
    expect(JSON.parse(asJson.out)).toEqual(shown)
  })

  it('prints the schema that the package holds', async () => {
    const { code, out } = await result('config', 'schema')
    expect(code).toBe(0)
    expect(out).toBe(readFileSync(new URL('../../config.schema.json', import.meta.url), 'utf8'))
  })
})

describe('trunkline keys, token and salt', () => {
  it('make what users log in with, and what of it the configuration may hold [AP-SCR-05]', async () => {
    const keyFile = join(folder, 'sensor.key')
    const keys = JSON.parse((await result('keys', 'new', '--json')).out) as { publicKey: string; privateKey: string }
    const toFile = await result('keys', 'new', '--output', keyFile)
    const [, filePublic = ''] = /public key {3}([\da-f]{64})\n/.exec(toFile.out) ?? []
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    const token = JSON.parse((await result('token', '--json')).out) as { ticket: string; sha256: string }
    const salted = (...words: string[]) => resultWith('pass word\n', 'salt', ...words).then(({ out }) => parse(out) as object)
    const users = {
      one: { role: 'r', cryptosign: { publicKeys: [keys.publicKey, filePublic] } },
      two: { role: 'r', ticket: { sha256: token.sha256 } },
      three: { role: 'r', ...(await salted('--memory', '8192', '--iterations', '2')) },
      four: { role: 'r', ...(await salted('--kdf', 'pbkdf2', '--iterations', '5000')) },
      five: { role: 'r', ...(await salted('--method', 'wampcra', '--iterations', '1000')) },
    }
    const text = JSON.stringify({ listeners: [{ websocket: { host: '127.0.0.1', port: 0 } }], realms: { a: { users, roles: { r: [] } } } })
    expect(text).not.toContain('pass word')
    const node = new Running(['start', '--config', configured(text)])
    const [, url = ''] = await node.shows(/"address":"(ws[^"]+)"/)
    const logins = [
      ['one', cryptosignAuth(keys.privateKey)],
      ['one', cryptosignAuth(readFileSync(keyFile, 'utf8').trim())],
      ['two', ticketAuth(token.ticket)],
      ['three', scramAuth('pass word')],
      ['four', scramAuth('pass word')],
      ['five', craAuth('pass word')],
    ] as const
    for (const [authid, auth] of logins) {
      const session = await openSession({ url, realm: 'a', authid, auth })
      expect(session.details).toMatchObject({ authid, authrole: 'r', authmethod: auth.name })
      await session.leave()
    }
    vi.stubEnv('TRUNKLINE_SECRET', token.ticket)
    const login = ['--url', url, '--realm', 'a', '--authid', 'two', '--login', 'ticket']
    expect((await result('call', 'com.example.x', ...login)).err).toContain('not_authorized')
    vi.unstubAllEnvs()
    expect((await resultWith('wrong', 'call', 'com.example.x', ...login)).code).toBe(4)
    await node.interrupt()
  })

  it('make another one each time: each user has a salt of his own [AP-SCR-05]', async () => {
    for (const words of [['keys', 'new'], ['token']]) expect((await result(...words)).out).not.toBe((await result(...words)).out)
    for (const words of [
      ['--method', 'wampcra'],
      ['--kdf', 'pbkdf2', '--iterations', '10'],
    ]) {
      const twice = [await resultWith('p', 'salt', ...words), await resultWith('p', 'salt', ...words)]
      const [one, two] = twice.map(({ out }) => /salt: ["']?([\da-f]+)/.exec(out)?.[1])
      expect(one).toHaveLength(32)
      expect(two).not.toBe(one)
    }
  })

  it('agree with what others compute', async () => {
    const { publicKey, privateKey } = JSON.parse((await result('keys', 'new', '--json')).out) as { publicKey: string; privateKey: string }
    const der = Buffer.from(`302e020100300506032b657004220420${privateKey}`, 'hex')
    const { x = '' } = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).export({ format: 'jwk' })
    expect(Buffer.from(x, 'base64url').toString('hex')).toBe(publicKey)
    const { wampcra } = parse((await resultWith('secret', 'salt', '--method', 'wampcra', '--iterations', '10')).out) as {
      wampcra: { key: string; salt: string }
    }
    expect(wampcra.key).toBe(pbkdf2Sync('secret', wampcra.salt, 10, 32, 'sha256').toString('base64'))
  })
})

// Shows the commands for users: what they write lets users log in, they lose and show nothing, and say what is wrong.

import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { result, resultWith, Running } from '../testing/running-command.ts'

const CHEAP = ['--kdf', 'pbkdf2', '--iterations', '4096']
let folder: string
let file: string
let config: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-'))
  file = join(folder, 'users.jsonl')
  config = join(folder, 'trunkline.yaml')
  writeFileSync(
    config,
    `listeners: [ websocket: { host: 127.0.0.1, port: 0 } ]
realms:
  shop:
    usersFile: users.jsonl
    users: { sam: { role: customer, ticket: x } }
    roles: { customer: [ { uri: wamp.session.count, allow: [call] } ] }
`,
  )
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

async function user(password: string, ...words: string[]): Promise<string> {
  const { code, out, err } = await resultWith(password, 'user', ...words, '--config', config)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return out
}

const users = (): Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** The exit codes of calls with a secret each. */
async function logins(...tries: [authid: string, login: string, secret: string][]): Promise<number[]> {
  const router = new Running(['start', '--config', config])
  const [, url = ''] = await router.shows(/"address":"(ws:[^"]+)"/)
  const codes = []
  for (const [authid, login, secret] of tries) {
    vi.stubEnv('TRUNKLINE_SECRET', secret)
    codes.push((await result('call', 'wamp.session.count', '--url', url, '--realm', 'shop', '--login', login, '--authid', authid)).code)
  }
  await router.interrupt()
  return codes
}

describe('trunkline user', () => {
  it('adds users who can log in, and changes their passwords', async () => {
    await user('first\n', 'add', 'alice', '--role', 'customer', ...CHEAP)
    await user('first\n', 'add', 'carl', '--role', 'customer', '--method', 'wampcra', '--iterations', '1000')
    const { ticket } = JSON.parse(await user('', 'add', 'bob', '--role', 'customer', '--method', 'ticket', '--json')) as { ticket: string }
    await user('second\n', 'passwd', 'alice')
    await user('second\n', 'passwd', 'carl')
    expect(
      await logins(
        ['alice', 'scram', 'first'],
        ['alice', 'scram', 'second'],
        ['carl', 'wampcra', 'first'],
        ['carl', 'wampcra', 'second'],
        ['bob', 'ticket', ticket],
      ),
    ).toEqual([4, 0, 4, 0, 0])
    expect(users()).toMatchObject([
      { authid: 'alice', scram: { kdf: 'pbkdf2', iterations: 4096 } },
      { authid: 'carl', wampcra: { iterations: 1000 } },
      { authid: 'bob' },
    ])
  })

  it('shows no password, writes none, and makes a file that only its owner reads', async () => {
    expect(await user('hunter2\n', 'add', 'alice', '--role', 'customer', ...CHEAP)).not.toContain('hunter2')
    expect(readFileSync(file, 'utf8')).not.toContain('hunter2')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    chmodSync(file, 0o640)
    await user('', 'rm', 'alice')
    expect([statSync(file).mode & 0o777, readFileSync(file, 'utf8')]).toEqual([0o640, ''])
  })

  it('asks at a terminal twice, and takes nothing that differs', async () => {
    const words = ['user', 'add', 'alice', '--role', 'r', '--file', file, ...CHEAP]
    const wrong = new Running(words, 'one\ntwo\n', true)
    expect(await wrong.ended).toBe(2)
    expect(wrong.err).toContain('differ')
    const right = new Running(words, 'one\none\n', true)
    expect([await right.ended, users().length]).toEqual([0, 1])
  })

  it('loses none of many that are added at once', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `u${i}`)
    await Promise.all(names.map((name) => user('', 'add', name, '--role', 'customer', '--method', 'ticket')))
    expect(new Set(users().map(({ authid }) => authid))).toEqual(new Set(names))
  })

  it('leaves other lines and keys as they are', async () => {
    const other = '{ "authid": "joe",  "role": "customer", "ticket": "${env:JOE}" }'
    writeFileSync(file, `\n${other}\n{"authid":"ann","role":"customer","extra":{"a":1},"ticket":"t"}`)
    await user('p\n', 'passwd', 'ann', '--method', 'scram', ...CHEAP)
    const [, first, second = ''] = readFileSync(file, 'utf8').split('\n')
    expect(first).toBe(other)
    expect(JSON.parse(second)).toMatchObject({ authid: 'ann', extra: { a: 1 }, ticket: 't', scram: { kdf: 'pbkdf2' } })
  })

  it('lists users without anything secret', async () => {
    writeFileSync(file, '{"authid":"joe","role":"customer","ticket":"hunter2","cryptosign":{"publicKeys":["00"]}}\n')
    expect(await user('', 'ls')).toBe('AUTHID  ROLE      LOGINS\njoe     customer  ticket, cryptosign\n')
    expect(await user('', 'ls', '--json')).toBe('{"authid":"joe","role":"customer","logins":["ticket","cryptosign"]}\n')
  })

  it('is read by a router that watches its files', async () => {
    writeFileSync(file, '')
    const router = new Running(['start', '--watch', '--config', config])
    await router.shows(/"msg":"listening"/)
    await user('', 'add', 'bob', '--role', 'customer', '--method', 'ticket')
    await router.shows(/"cause":"file"/)
    expect(await router.interrupt()).toBe(0)
  })

  it.each([
    [['add', 'alice', '--role', 'custmer'], "did you mean 'customer'?"],
    [['add', 'joe', '--role', 'customer'], "users.jsonl:1: there is a user 'joe' already"],
    [['add', 'sam', '--role', 'customer'], 'the configuration itself'],
    [['add', '', '--role', 'customer'], 'a name'],
    [['add', 'a', '--role', 'customer', '--public-key', 'x'], '64 hexadecimal'],
    [['add', 'a', '--role', 'customer', '--method', 'wampcra', '--kdf', 'pbkdf2'], '--method scram'],
    [['passwd', 'jo'], "did you mean 'joe'?"],
    [['passwd', 'joe', '--realm', 'shp'], "did you mean 'shop'?"],
    [['rm', 'x'], "no user 'x'"],
  ])('ends with 2 and a hint for %j', async (words, hint) => {
    writeFileSync(file, '{"authid":"joe","role":"customer","ticket":"t"}\n')
    const { code, err } = await resultWith('p\n', 'user', ...words, '--config', config)
    expect(code).toBe(2)
    expect(err).toContain(hint)
    expect(users()).toHaveLength(1)
  })

  it('says which line is wrong without its content, and changes nothing', async () => {
    writeFileSync(file, '\n{"authid":"joe","ticket":"hunter2"\n')
    const { code, err } = await resultWith('', 'user', 'add', 'a', '--role', 'customer', '--method', 'ticket', '--config', config)
    expect([code, err]).toEqual([2, `error: ${file}:2: expected a dict in JSON with the key authid\n`])
  })
})

// Shows users that stand in a file of their own.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Config } from './config.ts'
import { loadConfig } from './config.ts'
import { ConfigError } from './problems.ts'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-users-'))
afterAll(() => rmSync(folder, { recursive: true }))

function load(lines: string | Buffer | undefined, rest = ''): Promise<Config> {
  const file = join(folder, 'trunkline.yaml')
  rmSync(join(folder, 'users.jsonl'), { force: true })
  if (lines !== undefined) writeFileSync(join(folder, 'users.jsonl'), lines)
  const listener = 'listeners: [ websocket: { host: 127.0.0.1, port: 0 } ]'
  writeFileSync(file, `${listener}\nrealms:\n  a:\n    roles: { r: [] }\n    usersFile: users.jsonl\n${rest}`)
  return loadConfig(file, { SECRET: 'from outside' })
}

async function mistakes(lines: string | Buffer | undefined, rest = ''): Promise<readonly string[]> {
  const error: unknown = await load(lines, rest).catch((reason: unknown) => reason)
  if (!(error instanceof ConfigError)) throw new Error('expected mistakes', { cause: error })
  return error.problems.map(({ line, path, text }) => `${line} ${path} ${text}`)
}

const JOE = '{"authid":"joe","role":"r","ticket":"t"}'

describe('a file of users', () => {
  it('adds them to those of the configuration, references put in, and is one of its files', async () => {
    const ann = '{"authid":"__proto__","role":"r","ticket":"${env:SECRET}"}'
    const config = await load(`\uFEFF${JOE}\r\n\n${ann}\n`, '    users: { sam: { role: r, ticket: x } }\n')
    const users = config.router.realms['a']?.authentication?.users ?? {}
    expect(Object.keys(users)).toEqual(['sam', 'joe', '__proto__'])
    expect(Object.entries(users)[2]?.[1]).toMatchObject({ role: 'r', ticket: 'from outside' })
    expect(Object.keys(config.document.realms['a']?.users ?? {})).toEqual(Object.keys(users))
    expect(config.document.realms['a']).not.toHaveProperty('usersFile')
    expect(config.files).toEqual([join(folder, 'users.jsonl')])
  })

  it.each([
    ['is no JSON', `${JOE}\n{authid: secret}`, 'users.jsonl:2: expected a dict in JSON, with authid and the keys of a user'],
    ['is a list', '["secret"]', 'users.jsonl:1: expected a dict, found a list'],
    ['names no one', '{"role":"r","ticket":"secret"}', "users.jsonl:1: 'authid' is missing"],
    ['has an empty name', '{"authid":"","role":"r","ticket":"secret"}', 'users.jsonl:1: authid: expected a name'],
    ['has a key twice', '{"authid":"a","role":"r","ticket":"secret","ticket":"secret"}', "users.jsonl:1: 'ticket' appears twice"],
    [
      'has a wrong sum',
      '\n{"authid":"a","role":"r","ticket":{"sha256":"secret"}}',
      /^users.jsonl:2: ticket.sha256: expected .*, found a text of 6/,
    ],
    ['names one who is there', `${JOE}\n${JOE}`, 'users.jsonl:2: authid: this user appears twice'],
  ])('is refused with its line when that %s, and shows no secret', async (_, lines, text) => {
    const [found = '', ...others] = await mistakes(lines)
    expect(others).toEqual([])
    expect(found).toMatch(/^5 realms\.a\.usersFile /)
    expect(found.slice('5 realms.a.usersFile '.length)).toEqual(typeof text === 'string' ? text : expect.stringMatching(text))
    expect(found).not.toContain('secret')
  })

  it('is refused with line and key when only the whole shows that a user is wrong', async () => {
    expect(await mistakes(`${JOE}\n{"authid":"a.b","role":"q","ticket":"x"}\n{"authid":"ann","role":"r"}`)).toEqual([
      '5 realms.a.users["a.b"].role users.jsonl:2: there is no such role in realms.a.roles; did you mean \'r\'?',
      '5 realms.a.users.ann users.jsonl:3: needs at least one login method: ticket, wampcra, scram, cryptosign, tls',
    ])
  })

  it('is refused when it is no text or not there', async () => {
    expect(await mistakes(Buffer.from([0x7b, 0xff]))).toEqual([
      '5 realms.a.usersFile users.jsonl:1:2: is not UTF-8 from here on; save it as UTF-8',
    ])
    expect((await mistakes(undefined))[0]).toMatch(/^5 realms.a.usersFile cannot read this file \(ENOENT\)/)
  })
})

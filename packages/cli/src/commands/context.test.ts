// Shows contexts: their file, which one a command uses, and where each of its values is from.

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Running } from '../testing/running-command.ts'
import { result, startDev } from '../testing/running-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-'))
const file = join(folder, 'trunkline', 'contexts.json')
let node: Running
let url: string

beforeAll(async () => {
  ;({ node, url } = await startDev())
})
afterAll(async () => {
  await node.interrupt()
  rmSync(folder, { recursive: true })
})
beforeEach(() => void vi.stubEnv('XDG_CONFIG_HOME', folder))
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(join(folder, 'trunkline'), { recursive: true, force: true })
})

async function run(...words: string[]): Promise<string> {
  const { code, out, err } = await result(...words)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return out
}

async function sources(...words: string[]): Promise<Record<string, [string, string]>> {
  const { values } = JSON.parse(await run('context', 'show', '--json', ...words)) as {
    values: { key: string; value: string; from: string }[]
  }
  return Object.fromEntries(values.map(({ key, value, from }) => [key, [value, from]]))
}

describe('trunkline context', () => {
  it('makes commands reach a router by its name, or by the one in use', async () => {
    await run('context', 'add', 'test', '--url', url)
    expect(await run('call', 'com.example.add', '2', '3', '--context', 'test')).toBe('5\n')
    await run('context', 'use', 'test')
    expect(await run('call', 'com.example.add', '2', '3')).toBe('5\n')
    expect(await run('status', '--json')).toContain('"state":"running"')
  })

  it('takes each value from option, environment, context or default, in this order', async () => {
    await run('context', 'add', 'prod', '--url', 'ws://a.example/ws', '--realm', 'r.one', '--authid', 'alice', '--login', 'ticket', '--use')
    expect(await sources()).toEqual({
      url: ['ws://a.example/ws', 'context'],
      realm: ['r.one', 'context'],
      adminRealm: ['trunkline', 'default'],
      authid: ['alice', 'context'],
      login: ['ticket', 'context'],
      serializer: ['json', 'default'],
    })
    vi.stubEnv('TRUNKLINE_REALM', 'r.two')
    expect(await sources('--authid', 'bob')).toMatchObject({ realm: ['r.two', 'environment'], authid: ['bob', 'option'] })
    expect((await sources('--realm', 'r.three'))['realm']).toEqual(['r.three', 'option'])
    await run('context', 'add', 'other', '--url', 'ws://b.example/ws')
    vi.stubEnv('TRUNKLINE_CONTEXT', 'other')
    expect((await sources())['url']).toEqual(['ws://b.example/ws', 'context'])
    expect((await sources('--context', 'prod'))['url']).toEqual(['ws://a.example/ws', 'context'])
    vi.stubEnv('TRUNKLINE_URL', 'ws://c.example/ws')
    expect((await sources())['url']).toEqual(['ws://c.example/ws', 'environment'])
  })

  it('gives the login of the context in use to no router that is named otherwise', async () => {
    await run(
      'context',
      'add',
      'prod',
      '--url',
      'ws://a.example/ws',
      '--authid',
      'alice',
      '--login',
      'ticket',
      '--secret',
      'env:NONE',
      '--use',
    )
    expect(await run('call', 'com.example.add', '1', '1', '--url', url)).toBe('2\n')
    expect(await sources('--url', url)).not.toHaveProperty('login')
    expect(await sources('--url', url, '--context', 'prod')).toHaveProperty('login')
    vi.stubEnv('TRUNKLINE_CONTEXT', 'prod')
    expect(await sources()).toHaveProperty('login')
    expect(await sources('--url', url)).not.toHaveProperty('login')
    vi.stubEnv('TRUNKLINE_URL', url)
    expect(await sources()).not.toHaveProperty('login')
  })

  it('gives commands of operators its admin realm, and never its realm', async () => {
    await run('context', 'add', 'test', '--url', url, '--realm', 'com.example.shop', '--use')
    expect(await run('ls', 'realms')).toContain('trunkline')
    await run('context', 'add', 'test', '--url', url, '--admin-realm', 'com.example.none', '--replace')
    expect((await result('ls', 'realms')).err).toContain('no_such_procedure')
  })

  it('keeps its file for its user, without secrets', async () => {
    await run('context', 'add', 'a', '--url', url, '--secret', 'file:~/ticket', '--ca', 'ca.pem')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).not.toContain('~')
    chmodSync(file, 0o640)
    await run('context', 'add', 'b', '--url', url)
    expect(statSync(file).mode & 0o777).toBe(0o640)
    expect(await run('context', 'ls')).toMatch(/^ +NAME +URL.*\n +a +ws:.*\n +b +ws:.*\n$/)
    expect(await run('context', 'show', 'a')).toMatch(/^secret +file:\/.*ticket$/m)
  })

  it('reads the secret where the context says it is, and warns of a file that is open to others', async () => {
    const secret = join(folder, 'ticket')
    writeFileSync(secret, 's3cret\n', { mode: 0o644 })
    const login = ['--authid', 'alice', '--login', 'ticket']
    await run('context', 'add', 'a', '--url', url, ...login, '--secret', `file:${secret}`)
    await run('context', 'add', 'b', '--url', url, ...login, '--secret', 'env:TRUNKLINE_TEST_NONE')
    expect((await result('call', 'a.b', '--context', 'a')).err).toMatch(/^warning: .*is open to others.*\nerror: /)
    expect(await result('call', 'a.b', '--context', 'b')).toMatchObject({
      code: 2,
      err: expect.stringContaining('TRUNKLINE_TEST_NONE') as string,
    })
  })

  it('loses none of many that are added at once', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `c${i}`)
    await Promise.all(names.map((name) => run('context', 'add', name, '--url', url)))
    const listed = (await run('context', 'ls', '--json')).trim().split('\n')
    expect(listed.map((line) => (JSON.parse(line) as { name: string }).name).toSorted()).toEqual(names.toSorted())
  })

  it('forgets one that is removed', async () => {
    await run('context', 'add', 'a', '--url', url, '--use')
    await run('context', 'rm', 'a')
    expect(await result('context', 'ls')).toMatchObject({ out: '', err: expect.stringContaining('no contexts') as string })
    expect((await sources())['url']?.[1]).toBe('default')
  })

  it.each([
    [['add', 'a'], '--url'],
    [['add', '../a', '--url', 'ws://a'], 'no name for a context'],
    [['add', 'a', '--url', 'http://a'], 'ws://'],
    [['add', 'a', '--url', 'ws://u:p@a'], '--secret'],
    [['add', 'a', '--url', 'ws://a', '--secret', 'hunter2'], 'env:NAME or file:PATH'],
    [['add', 'prod', '--url', 'ws://a'], '--replace'],
    [['use', 'prd'], "did you mean 'prod'?"],
    [['rm', 'x'], 'no context'],
    [['show', 'x'], 'no context'],
    [['show', '--context', 'x'], 'no context'],
  ])('ends with 2 and a hint for %j', async (words, hint) => {
    await run('context', 'add', 'prod', '--url', 'ws://a')
    const { code, out, err } = await result('context', ...words)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(hint)
  })

  it.each([
    ['{', 'contexts.json: '],
    ['{"contxts":{}}', "did you mean 'contexts'?"],
    ['{"contexts":{"a":{"utl":"x"}}}', "contexts.a: unknown key 'utl'; did you mean 'url'?"],
    ['{"contexts":{"a":{"url":1}}}', 'contexts.a.url: expected a text'],
    ['{"contexts":{"$(touch x)":{}}}', 'no name for a context'],
    ['[]', 'expected a dict'],
  ])('says what is wrong in its file: %s', async (text, fault) => {
    mkdirSync(join(folder, 'trunkline'))
    writeFileSync(file, text)
    const { code, err } = await result('context', 'ls')
    expect(code).toBe(2)
    expect(err).toContain(fault)
  })
})

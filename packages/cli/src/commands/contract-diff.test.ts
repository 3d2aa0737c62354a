// Shows what the comparison of two contract files prints, and when it fails.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { result } from '../testing/running-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-diff-'))
afterAll(() => rmSync(folder, { recursive: true }))

const LIMIT = '/procedures/com.shop.list/call/kwargs/properties/limit'

function contract(version: string, maximum: number, ...more: string[]): object {
  const list = { call: { args: [], kwargs: { type: 'object', properties: { limit: { type: 'integer', maximum } } } }, result: { args: [] } }
  const others = more.map((uri) => [uri, { call: { args: [] }, result: { args: [] } }])
  return {
    trunkline: 'contract/1',
    prefix: 'com.shop',
    version,
    procedures: { 'com.shop.list': list, ...Object.fromEntries(others) },
    topics: {},
  }
}

let files = 0

function write(content: object, name = `${++files}.json`): string {
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify(content))
  return file
}

async function diff(old: object, now: object, ...words: string[]): Promise<{ code: number; out: string; err: string }> {
  return result('contract', 'diff', write(old), write(now), ...words)
}

describe('trunkline contract diff', () => {
  it('names what breaks, and fails until the version says it', async () => {
    const [old, now] = [contract('1.2.0', 100), contract('1.3.0', 50, 'com.shop.new')]
    const lines = `breaking    ${LIMIT}: maximum was 100, is 50\ncompatible  /procedures/com.shop.new: is new\n`
    expect(await diff(old, now)).toEqual({
      code: 1,
      out: `${lines}1.2.0 to 1.3.0: 1 breaking, 1 compatible\n`,
      err: 'error: breaking changes need version 2.0.0; the new contract says 1.3.0\n',
    })
    expect(await diff(old, contract('2.0.0', 50, 'com.shop.new'))).toEqual({
      code: 0,
      out: `${lines}1.2.0 to 2.0.0: 1 breaking, 1 compatible\n`,
      err: '',
    })
  })

  it.each([
    ['0.3.0', '0.4.0', 0],
    ['0.3.0', '0.3.1', 1],
    ['1.2.0', '1.9.9', 1],
    ['1.2.0', '3.0.0', 0],
  ])('takes a breaking change from %s to %s with exit code %i', async (before, after, code) => {
    expect((await diff(contract(before, 100), contract(after, 50))).code).toBe(code)
  })

  it('passes what is compatible, in any version that does not go back', async () => {
    expect(await diff(contract('1.2.0', 50), contract('1.2.0', 50))).toEqual({ code: 0, out: '1.2.0 to 1.2.0: nothing changed\n', err: '' })
    expect((await diff(contract('1.2.0', 50), contract('1.2.0', 100))).code).toBe(0)
    expect(await diff(contract('1.2.0', 50), contract('1.1.0', 50))).toMatchObject({
      code: 1,
      err: 'error: the version went back, from 1.2.0 to 1.1.0\n',
    })
  })

  it('does not count what is accepted', async () => {
    const [old, now] = [contract('1.2.0', 100), contract('1.2.1', 50)]
    expect(await diff(old, now, '--accept', '/procedures/com.shop.list/call')).toEqual({
      code: 0,
      out: '1.2.0 to 1.2.1: 1 accepted\n',
      err: '',
    })
    expect((await diff(old, now, '--accept', '/procedures/com.shop')).code).toBe(1)
  })

  it('prints one JSON document', async () => {
    const { code, out, err } = await diff(contract('1.2.0', 100), contract('1.2.0', 50), '--json')
    const fault = 'breaking changes need version 2.0.0; the new contract says 1.2.0'
    expect(code).toBe(1)
    expect(JSON.parse(out)).toEqual({
      old: '1.2.0',
      new: '1.2.0',
      needs: '2.0.0',
      fault,
      changes: [{ level: 'breaking', path: LIMIT, text: 'maximum was 100, is 50' }],
      accepted: [],
    })
    expect(JSON.parse(err)).toEqual({ error: 'TL_CONTRACT', message: fault })
  })

  it('compares with what a revision of git has', async () => {
    const git = (...words: string[]): string =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...words], { cwd: folder, encoding: 'utf8' })
    const file = write(contract('1.0.0', 100), 'shop.json')
    git('init', '--quiet')
    git('add', 'shop.json')
    git('commit', '--quiet', '--message', 'first')
    write(contract('1.0.0', 50), 'shop.json')
    expect(await result('contract', 'diff', '--base', 'HEAD', file)).toMatchObject({
      code: 1,
      out: expect.stringContaining('1 breaking') as string,
    })
    expect(await result('contract', 'diff', '--base', 'nowhere', file)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/cannot read .*shop\.json of nowhere: fatal: .*nowhere/) as string,
    })
  })

  it.each([
    [['one.json'], 'expected the old file and the new one'],
    [['a.json', 'b.json', '--base', 'main'], 'expected the old file and the new one'],
    [['/none/a.json', '/none/b.json'], 'cannot read the contract /none/b.json'],
    [[], 'missing required argument'],
  ])('ends with 2 for the files %j', async (words, why) => {
    const { code, out, err } = await result('contract', 'diff', ...words)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(why)
  })
})

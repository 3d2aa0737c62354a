// Shows which mistakes in a contract file are found, and how they are said.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { result } from '../testing/running-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-contract-'))
afterAll(() => rmSync(folder, { recursive: true }))

const NOTHING = { args: [] }
const PROCEDURE = { doc: 'Does it.', call: NOTHING, result: NOTHING }
const BASE = { trunkline: 'contract/1', prefix: 'com.shop', version: '1.0.0', procedures: {}, topics: {} }

async function checked(content: unknown): Promise<{ code: number; out: string; err: string }> {
  const file = join(folder, 'a.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, undefined, 2))
  const { code, out, err } = await result('contract', 'check', file)
  return { code, out: out.replaceAll(`${folder}/`, ''), err: err.replaceAll(`${folder}/`, '') }
}

const withProcedures = (...uris: string[]): object => ({ ...BASE, procedures: Object.fromEntries(uris.map((uri) => [uri, PROCEDURE])) })
const withCall = (schema: unknown): object => ({
  ...BASE,
  procedures: { 'com.shop.a': { ...PROCEDURE, call: { args: [{ name: 'n', required: true, schema }] } } },
})

describe('trunkline contract check', () => {
  it('passes a file that leaves out what it may', async () => {
    expect(await checked(withProcedures('com.shop.a'))).toEqual({
      code: 0,
      out: 'a.json is fine: com.shop 1.0.0, 1 procedure, 0 topics, 0 errors\n',
      err: '',
    })
  })

  it.each([
    [{ ...BASE, procedurs: {} }, "a.json:7:3: procedurs: unknown key; did you mean 'procedures'?"],
    [{ ...BASE, trunkline: 'contract/2' }, "a.json:2:16: trunkline: expected contract/1, found 'contract/2'; did you mean 'contract/1'?"],
    [{ ...BASE, version: 1 }, 'a.json:4:14: version: expected a text, in quotes'],
    [
      withCall({ type: 'string', maxLenght: 3 }),
      "a.json:13:23: procedures[\"com.shop.a\"].call.args[0].schema: the keyword 'maxLenght' is not known; did you mean 'maxLength'?",
    ],
    [withCall({ type: 'text' }), 'schema: /type: "text" is no type'],
    [withCall(3), 'expected a dict, found a number'],
    [
      { ...BASE, procedures: { 'com.shop.a': { ...PROCEDURE, errors: ['com.shop.x'] } }, errors: { 'com.shop.y': NOTHING } },
      "there is no com.shop.x in errors; did you mean 'com.shop.y'?",
    ],
    ['{ "trunkline": "contract/1", "trunkline": "contract/1" }', 'appears twice'],
    ['no JSON', 'expected a dict'],
    [Buffer.from([0xff, 0xfe]).toString('latin1'), 'expected a dict'],
  ])('ends with 2 and the place for a file that is no contract: %#', async (content, text) => {
    const { code, out, err } = await checked(content)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(text)
  })

  it.each([
    [{ ...BASE, version: '1' }, "version: expected three numbers such as 1.2.0, found '1'"],
    [withProcedures('com.{id*}.x'), '{id*} stands for all that follows, so it must be last'],
    [withProcedures('com.{id}.{id}'), 'a parameter comes twice'],
    [withProcedures('com.x{id}'), "'x{id}' is no parameter"],
    [withProcedures('wamp.shop.a'), 'the first component is reserved for routers'],
    [withProcedures('trunkline.a'), 'the first component is reserved for routers'],
    [withProcedures('com.{a}.x', 'com.{b:int}.x'), 'procedures: com.{a}.x and com.{b:int}.x take the same URIs'],
  ])('ends with 1 for what cannot work: %#', async (content, text) => {
    const { code, out, err } = await checked(content)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain(text)
  })

  it.each([
    [withProcedures('com.{a}.x', 'com.shop.x'), 'com.{a}.x and com.shop.x share some URIs'],
    [withProcedures('com.shop.{rest*}', 'com.shop.a.b'), 'share some URIs'],
    [withProcedures('com.shop.newOrder'), 'some routers refuse it'],
    [{ ...BASE, topics: { 'com.shop.t': { event: NOTHING } } }, 'without a description: com.shop.t'],
    [withCall({ type: 'array', items: { pattern: '^(a+)+$' } }), 'the expression ^(a+)+$ repeats a repetition'],
    [withCall({ patternProperties: { '(x|y*)*z': {} } }), 'repeats a repetition'],
  ])('warns of what may surprise, and passes it: %#', async (content, text) => {
    const { code, err } = await checked(content)
    expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/^warning: .*\n$/) as string })
    expect(err).toContain(text)
  })

  it.each(['com.shop.x', 'com.{a}.x.y', 'org.{rest*}'])('finds nothing shared by com.{a}.y and %s', async (uri) => {
    expect((await checked(withProcedures('com.{a}.y', uri))).err).toBe('')
  })

  it('reports a file that is not what its source declares', async () => {
    writeFileSync(join(folder, 'b.json'), JSON.stringify(BASE))
    const { code, err } = await result('contract', 'check', join(folder, 'b.json'), '--source', join(folder, 'missing.ts'))
    expect({ code, err }).toEqual({ code: 2, err: `error: cannot read ${join(folder, 'missing.ts')}: there is no such file\n` })
    expect(await result('contract', 'check', join(folder, 'none.json'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('cannot read the contract') as string,
    })
  })
})

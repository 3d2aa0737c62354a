// Shows how the contracts of a realm are read, and which mistakes in them are reported.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseConfig, tryOut } from './config.ts'
import { ConfigError } from './problems.ts'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-contracts-'))
afterAll(() => rmSync(folder, { recursive: true }))

const CONTRACT = {
  trunkline: 'contract/1',
  prefix: 'com.shop',
  procedures: { 'com.shop.add': { call: { args: [{ name: 'n', required: true, schema: { type: 'number' } }] }, result: { args: [] } } },
  topics: {},
}

function write(name: string, content: unknown): string {
  const file = join(folder, name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

function contracts(text: string): unknown {
  const realm = `listeners: [ rawsocket: { port: 0 } ]\nrealms:\n  a:\n    contracts: [${text}]`
  const config = parseConfig(realm, join(folder, 'a.yaml'))
  tryOut(config)
  return config.router.realms['a']?.contracts
}

function mistakes(text: string): readonly string[] {
  try {
    contracts(text)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path, text: what }) => `${path}: ${what}`)
    throw error
  }
  return []
}

describe('contracts', () => {
  it('are read from files, with their rules', () => {
    const file = write('shop.json', CONTRACT)
    expect(contracts(`{ file: ${file} }`)).toEqual([{ contract: CONTRACT }])
    expect(
      contracts(`{ file: shop.json, mode: reject, check: [call, result], except: { com.shop.stock.: 'off' }, encrypted: allow }`),
    ).toEqual([{ contract: CONTRACT, mode: 'reject', check: ['call', 'result'], except: { 'com.shop.stock.': 'off' }, encrypted: 'allow' }])
  })

  it('that cannot be checked are told with the place in the file', () => {
    write('text.json', 'no JSON')
    write('other.json', { trunkline: 'contract/9' })
    write('typo.json', { ...CONTRACT, topics: { 'com.shop.x': { event: { args: [{ schema: { typo: 1 } }] } } } })
    expect(mistakes('{ file: text.json }')[0]).toMatch(/^realms\.a\.contracts\[0\]\.file: holds no JSON/)
    expect(mistakes('{ file: other.json }')).toEqual(["realms.a.contracts[0].file: a contract file has 'trunkline': 'contract/1'"])
    expect(mistakes('{ file: typo.json }')).toEqual([
      "realms.a.contracts[0].file: topics.com.shop.x.publish.args[0].schema: the schema: the keyword 'typo' is not known",
    ])
    expect(mistakes('{ file: missing.json }')[0]).toMatch(/^realms\.a\.contracts\[0\]\.file: /)
    expect(mistakes('{ file: shop.json }, { file: shop.json }')).toEqual(['realms.a.contracts: com.shop.add is declared twice'])
    expect(mistakes('{ file: shop.json, except: { "com shop": warn } }')[0]).toContain('the beginning of a URI such as com.shop.')
  })
})

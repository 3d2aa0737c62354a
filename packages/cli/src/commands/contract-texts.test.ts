// Shows the page, the AsyncAPI document and the lean form of a contract. conformance/contracts compiles the last and lets the parser of AsyncAPI
// read the second.

import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ContractFolder } from '../testing/contract-folder.ts'
import { result } from '../testing/running-command.ts'

const SOURCE = `import { bytes, contract, date, error, optional, procedure, topic } from '@trunkline/contract'
import { z } from 'zod'
/** There is none left. */
export const soldOut = error('com.shop.error.sold_out', { args: [z.string()], kwargs: { next: z.string() } })
const Tree: z.ZodType = z.object({ name: z.string(), get kids() { return z.array(Tree) } })
const Line = z.object({ item: z.string(), count: z.int().max(9) })
export const shop = contract('com.shop', {
  orders: {
    /**
     * One order.
     *
     * It may be **old**.
     */
    get: procedure({ args: (id = z.int(), more = z.boolean().optional()) => [id, more], result: z.array(Line), idempotent: true, since: '1.1.0', errors: { soldOut } }),
    list: procedure({ kwargs: { 'by-name': z.enum(['a', 'b|c']).optional(), limit: z.int().default(20) }, progress: z.number(), result: [z.string(), z.number().nullable()], deprecated: true }),
    load: procedure({ chunk: Line, result: z.tuple([z.string(), z.number()]) }),
    'new-one': procedure({ args: (of = z.union([z.string(), z.array(z.union([z.string(), z.number()]))])) => [of], doc: 'With */ in it.' }),
  },
  /** A price. */
  prices: topic({ uri: 'prices.{symbol}.{path*}', args: [z.number()], kwargs: { at: optional(date()), raw: bytes() }, from: 'both' }),
  tree: topic({ args: [Tree], from: 'client', deprecated: 'use prices' }),
  other: error('com.shop.error.other'),
}, { version: '1.2.0', title: "Joe's shop" })
`

let folder: ContractFolder
let file: string
beforeAll(async () => {
  folder = await ContractFolder.make()
  file = folder.at('shop.json')
  await result('contract', 'build', folder.write('shop.ts', SOURCE))
})
afterAll(() => folder.remove())

async function made(...words: string[]): Promise<string> {
  const { code, out, err } = await result('contract', ...words)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return out
}

describe('trunkline contract lean', () => {
  it('writes a contract of which build makes the same file', async () => {
    const lean = folder.at('lean/shop.lean.ts')
    folder.write('lean/README', '')
    expect(await made('lean', file, '--output', lean)).toBe(`wrote ${lean}\n`)
    expect(await made('build', lean, '--output', '-')).toBe(readFileSync(file, 'utf8'))
  })

  it('names values, types and errors', async () => {
    const text = await made('lean', file)
    expect(text).toContain("// Made by `trunkline contract lean` of Joe's shop 1.2.0; do not edit. Its schemas are in ./shop.json.")
    expect(text).toContain("import { contract, error, procedure, topic, type } from '@trunkline/contract'")
    expect(text).not.toContain('zod')
    expect(text).toContain('args: (id = type<number>(), more = type<boolean | undefined>()) => [id, more]')
    expect(text).toContain('kwargs: type<{ "by-name"?: "a" | "b|c"; limit?: number }>()')
    expect(text).toContain('chunk: type<{ count: number; item: string }>()')
    expect(text).toContain('result: type<[string, number]>()')
    expect(text).toContain('args: (of = type<string | (string | number)[]>()) => [of] })')
    expect(text).toContain("/** There is none left. */\nexport const soldOut = error('com.shop.error.sold_out'")
    expect(text).toContain('errors: { other }')
  })

  it('names a type that refers to itself', async () => {
    const [, name, type] = /export type (\w+) = (.*)\n/.exec(await made('lean', file)) ?? []
    expect(type).toBe(`{ kids: ${name}[]; name: string }`)
  })

  it.each([
    [['--name', 'new'], 2, "--name 'new' is no name for an export"],
    [['--output', '/none/x.ts'], 2, 'cannot write /none/x.ts'],
  ])('ends with a hint for %j', async (words, code, why) => {
    expect(await result('contract', 'lean', file, ...words)).toMatchObject({ code, err: expect.stringContaining(why) as string })
  })

  it('says which entries cannot be in one tree', async () => {
    const procedures = Object.fromEntries(['a.b', 'a.b.c'].map((uri) => [uri, { call: { args: [] }, result: { args: [] } }]))
    const other = folder.write('both.json', { trunkline: 'contract/1', prefix: '', version: '1.0.0', procedures, topics: {} })
    expect(await result('contract', 'lean', other)).toMatchObject({ code: 1, err: "error: a.b.c: 'b' of its path is an entry already\n" })
  })
})

describe('trunkline contract docs', () => {
  it('describes each entry', async () => {
    const page = await made('docs', file)
    expect(page).toContain(
      "# Joe's shop 1.2.0\n\n## Procedures\n\n### `com.shop.orders.get`\n\nOne order.\n\nIt may be **old**.\n\nSince 1.1.0.\n\nTakes:\n",
    )
    expect(page).toContain('| 2 | `more` | `boolean` | may be left out |')
    expect(page).toContain('| keyword | `by-name` | `"a" \\| "b\\|c"` | may be left out |')
    expect(page).toContain('| keyword | `limit` | `number` | may be left out, whole, default 20 |')
    expect(page).toContain('Fails with `com.shop.error.sold_out`.\n\nMay be repeated without harm.')
    expect(page).toContain('**Deprecated**: use prices\n\nPublished by clients.')
    expect(page).toMatch(/## Types\n\n```ts\ntype \w+ = /)
  })
})

describe('trunkline contract asyncapi', () => {
  it('has a channel for each topic and procedure, whose references lead somewhere', async () => {
    const document = JSON.parse(await made('asyncapi', file)) as Record<string, unknown>
    expect(document).toMatchObject({
      asyncapi: '3.0.0',
      info: { title: "Joe's shop", version: '1.2.0' },
      channels: { 'com.shop.prices._symbol_._path_': { address: 'com.shop.prices.{symbol}.{path}', parameters: { symbol: {}, path: {} } } },
      operations: {
        'com.shop.orders.get': { action: 'receive', description: 'One order.\n\nIt may be **old**.' },
        'com.shop.prices._symbol_._path_.send': { action: 'send' },
        'com.shop.prices._symbol_._path_.receive': { action: 'receive' },
        'com.shop.tree.receive': { description: 'Deprecated: use prices' },
      },
    })
    const follow = (pointer: string): unknown =>
      pointer
        .split('/')
        .slice(1)
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
        .reduce<unknown>((found, key) => (found as Record<string, unknown> | undefined)?.[key], document)
    const pointers = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, pointer = '']) => pointer)
    expect(pointers.length).toBeGreaterThan(20)
    expect(pointers.filter((pointer) => follow(pointer) === undefined)).toEqual([])
    expect(JSON.stringify(document)).not.toMatch(/prefixItems|\$defs/)
  })
})

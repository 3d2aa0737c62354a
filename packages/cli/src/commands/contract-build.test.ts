// Shows what becomes of a contract in a program, and what is said of one that cannot become a file.

import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ContractFile } from '../contract/contract-file.ts'
import { ContractFolder } from '../testing/contract-folder.ts'
import { result } from '../testing/running-command.ts'

const HEAD = `import { bytes, contract, date, error, int64, optional, procedure, topic, type } from '@trunkline/contract'\nimport { z } from 'zod'\n`
const SHOP = `${HEAD}import { Kind, Line } from './line.js'
interface Unused { readonly kind: Kind }
/** There is none left. */
export const soldOut = error('com.shop.error.sold_out', { kwargs: { next: z.string() } })
const Tree: z.ZodType = z.lazy(() => z.object({ kids: z.array(Tree) }))
export const shop = contract('com.shop', {
  orders: {
    /**
     * One order.
     * @since 1.1.0
     */
    get: procedure({ args: (id = z.int(), withLines = z.boolean().optional()) => [id, withLines], result: Line, idempotent: true, errors: { soldOut } }),
    list: procedure({ kwargs: { limit: z.int().max(100).default(20), 'a/b': Tree }, progress: z.number(), result: [z.string(), z.number()], deprecated: true }),
    load: procedure({ chunk: Line, result: z.number() }),
  },
  /** A price. */ prices: topic({ uri: 'prices.{symbol}', args: [optional(date())], kwargs: z.object({ at: z.string() }), from: 'client' }),
  raw: procedure({ args: [bytes(), int64()] }),
}, { version: '1.2.0', title: 'Shop' })
export default shop
`
const LINE = `import { z } from 'zod'\nexport enum Kind { A = 'a' }\nexport const Line = z.object({ item: z.string(), kind: z.enum(Kind) })\n`

let folder: ContractFolder
beforeAll(async () => {
  folder = await ContractFolder.make()
  folder.write('line.ts', LINE)
  folder.write('shop.contract.ts', SHOP)
})
afterAll(() => folder.remove())

let copies = 0

/** A process runs a module once, so each text of a test has a file of its own. */
function copy(name: string, text: string): string {
  return folder.write(`${++copies}.${name}`, text)
}

async function built(name: string, text: string, ...words: string[]): Promise<ContractFile> {
  const { code, out, err } = await result('contract', 'build', copy(name, text), '--output', '-', ...words)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out) as ContractFile
}

describe('trunkline contract build', () => {
  it('writes a file beside the module, which passes the check', async () => {
    const file = folder.at('shop.contract.json')
    const what = 'Shop 1.2.0, 4 procedures, 1 topic, 1 error'
    expect(await result('contract', 'build', folder.at('shop.contract.ts'))).toEqual({ code: 0, out: `wrote ${file}: ${what}\n`, err: '' })
    expect(await result('contract', 'check', file, '--source', folder.at('shop.contract.ts'))).toEqual({
      code: 0,
      out: `${file} is fine: ${what}\n`,
      err: 'warning: without a description: com.shop.orders.list, com.shop.orders.load, com.shop.raw\n',
    })
  })

  it('describes each entry, with what its comment says', async () => {
    const { trunkline, prefix, version, title, procedures, topics, errors } = await built('shop.contract.ts', SHOP)
    expect({ trunkline, prefix, version, title }).toEqual({ trunkline: 'contract/1', prefix: 'com.shop', version: '1.2.0', title: 'Shop' })
    expect(procedures['com.shop.orders.get']).toMatchObject({
      path: ['orders', 'get'],
      doc: 'One order.',
      since: '1.1.0',
      idempotent: true,
      errors: ['com.shop.error.sold_out'],
      call: {
        args: [
          { name: 'id', required: true, schema: { type: 'integer' } },
          { name: 'withLines', required: false },
        ],
      },
    })
    expect(procedures['com.shop.orders.load']).toMatchObject({
      call: { args: [] },
      chunk: { args: [{ name: 'arg0', schema: { type: 'object' } }] },
    })
    expect(procedures['com.shop.orders.list']).toMatchObject({ deprecated: '', result: { args: [{}, {}] }, progress: { args: [{}] } })
    expect(topics['com.shop.prices.{symbol}']).toMatchObject({
      doc: 'A price.',
      from: 'client',
      event: { args: [{ required: false, schema: { type: 'string', format: 'date-time' } }], kwargs: { required: ['at'] } },
    })
    expect(errors['com.shop.error.sold_out']).toMatchObject({ doc: 'There is none left.', kwargs: { required: ['next'] } })
  })

  it('lets references lead to the same schema below the keywords', async () => {
    const { procedures } = await built('shop.contract.ts', SHOP)
    const kwargs = JSON.stringify(procedures['com.shop.orders.list']?.call.kwargs)
    expect(kwargs).toContain('"$ref":"#/properties/a~1b"')
    expect(JSON.parse(kwargs)).toMatchObject({ required: ['a/b'] })
  })

  it('takes each schema library', async () => {
    const { procedures } = await built(
      'libraries.contract.ts',
      `${HEAD}import * as mini from 'zod/mini'\nimport * as v from 'valibot'\nimport { type as ark } from 'arktype'
export const all = contract('com.all', {
  zod: procedure({ args: [z.int(), z.int().optional()] }),
  mini: procedure({ args: [mini.int(), mini.optional(mini.int())] }),
  valibot: procedure({ args: [v.pipe(v.number(), v.integer()), v.optional(v.pipe(v.number(), v.integer()))] }),
  arktype: procedure({ args: [ark('number.integer')] }),
})`,
    )
    const calls = Object.values(procedures).map(({ call }) => call.args)
    expect(calls).toHaveLength(4)
    for (const [first, second] of calls) {
      expect(first).toMatchObject({ required: true, schema: { type: 'integer' } })
      if (second !== undefined) expect(second).toMatchObject({ required: false, schema: { type: 'integer' } })
    }
  })

  it('says of types alone that anything passes', async () => {
    const file = folder.write(
      'plain.mjs',
      `${HEAD}export const plain = contract('a', { b: procedure({ args: [type()], result: type() }) })`,
    )
    const { code, err } = await result('contract', 'build', file)
    expect(code).toBe(0)
    expect(err).toBe('warning: 2 values declared by type<T>() alone: the file lets anything pass there\n')
    const { procedures } = JSON.parse(readFileSync(folder.at('plain.json'), 'utf8')) as ContractFile
    expect(procedures['a.b']?.call.args).toEqual([{ name: 'arg0', required: false, schema: {} }])
  })

  it('writes nothing, and names each place, when values have no JSON Schema', async () => {
    const text = `${HEAD}export default contract('a', { b: procedure({ args: (at = z.date()) => [at], kwargs: { n: z.bigint() }, result: z.string() }) })`
    const { code, out, err } = await result('contract', 'build', folder.write('dates.ts', text))
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/dates\.ts cannot become a contract file:\n {2}a\.b args at: .*has date\(\).*\n {2}a\.b kwargs n: /)
    expect(existsSync(folder.at('dates.json'))).toBe(false)
  })

  const TWO = `${HEAD}export const shop = contract('a', {})\nexport const stock = contract('b', {})`
  it.each([
    ['two.ts', TWO, [], 'exports several contracts: shop, stock; --export NAME chooses one'],
    ['two.ts', TWO, ['--export', 'shp'], "exports no contract 'shp'; did you mean 'shop'?"],
    [
      'none.ts',
      'export const shop = {}',
      [],
      'exports no contract, which is what contract(…) of @trunkline/contract returns; it exports shop',
    ],
    ['wrong.ts', 'export const = 1', [], 'cannot run'],
    ['throws.mjs', 'throw new Error("out of paper")', [], 'out of paper'],
    ['same.mjs', TWO, ['--output', 'SAME'], 'would be replaced'],
    ['part.ts', `${HEAD}contract('a', { b: topic({ uri: '{x' }) })`, [], "'a.{x' cannot be a URI"],
  ])('ends with 2 for the module %s %#', async (name, text, words, why) => {
    const file = copy(name, text)
    const { code, out, err } = await result('contract', 'build', file, ...words.map((word) => word.replace('SAME', file)))
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(why)
  })

  it('takes the contract that is chosen', async () => {
    expect((await built('two.ts', TWO, '--export', 'stock')).prefix).toBe('b')
  })
})

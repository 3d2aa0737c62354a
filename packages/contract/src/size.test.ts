// Holds the browser bundles of contracts to their budgets.

import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

const DEFINITION = `
import { contract, error, procedure, topic, type } from '@trunkline/contract'
const soldOut = error('com.shop.error.sold_out', { kwargs: { next: type() } })
const shop = contract('com.shop', {
  orders: { get: procedure({ args: [type()], result: type(), errors: { soldOut } }) },
  prices: topic({ uri: 'prices.{symbol}', args: [type()] }),
})
`

async function octetsOf(code: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['browser', 'trunkline-source'],
    write: false,
  })
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
}

it('a contract with types alone fits into 1024 octets for a browser', async () => {
  expect(await octetsOf(`${DEFINITION} console.log(shop)`)).toBeLessThanOrEqual(1024)
})

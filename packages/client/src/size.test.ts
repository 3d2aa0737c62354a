// Holds the browser bundle of the client to its budget.

import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

const BUDGET = 12_288

const APP = `
import { connect } from '@trunkline/client'
const session = await connect({ url: 'wss://example.com/ws', realm: 'realm1' })
await session.subscribe('com.example.topic', ({ args }) => console.log(args))
console.log(await session.call('com.example.add', [2, 3]))
`

it(`connect, call and subscribe with JSON fit into ${BUDGET} octets for a browser, without anything of Node`, async () => {
  const bundle = await build({
    stdin: { contents: APP, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['browser', 'trunkline-source'],
    write: false,
    metafile: true,
  })
  const [output] = bundle.outputFiles
  const [described] = Object.values(bundle.metafile.outputs)
  const inputs = Object.entries(described?.inputs ?? {})
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path)
    .join('\n')
  expect(gzipSync(output?.contents ?? '', { level: 9 }).length).toBeLessThanOrEqual(BUDGET)
  expect(output?.text).not.toMatch(/from\s*"(node:|ws)|require\(/)
  expect(described?.imports).toEqual([])
  expect(inputs).toContain('websocket-browser.ts')
  expect(inputs).not.toMatch(/-node\.ts|serializers|node_modules\/ws/)
})

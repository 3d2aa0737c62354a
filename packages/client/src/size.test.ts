// Holds the browser bundles of the client to their budgets.

import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

const APPS = [
  {
    what: 'openSession, call and subscribe',
    budget: 13_696,
    code: `
import { openSession } from '@trunkline/client/session'
const session = await openSession({ url: 'wss://example.com/ws', realm: 'realm1' })
await session.subscribe('com.example.topic', ({ args }) => console.log(args))
console.log(await session.call('com.example.add', [2, 3]))
`,
    without: /-node\.ts|serializers|node_modules\/ws|reconnecting/,
  },
  {
    what: 'createClient, call, publish, register and subscribe',
    budget: 21_056,
    code: `
import { createClient } from '@trunkline/client'
const client = createClient({ url: 'wss://example.com/ws', realm: 'realm1' })
client.onState(({ status }) => console.log(status))
client.subscribe('com.example.topic', ({ args }) => console.log(args))
client.register('com.example.add', ({ args: [a, b] }) => a + b)
await client.publish('com.example.topic', [1])
console.log(await client.call('com.example.add', [2, 3]))
`,
    without: /-node\.ts|serializers|node_modules\/ws/,
  },
]

it('the hooks of React, without React, fit into 1,536 octets', async () => {
  const bundle = await build({
    stdin: { contents: `export * from '@trunkline/client/react'`, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['browser', 'trunkline-source'],
    external: ['react'],
    write: false,
  })
  expect(gzipSync(bundle.outputFiles[0]?.contents ?? '', { level: 9 }).length).toBeLessThanOrEqual(1536)
})

it.each(APPS)('$what with JSON fit into $budget octets for a browser, without anything of Node', async ({ code, budget, without }) => {
  const bundle = await build({
    stdin: { contents: code, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
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
  expect(gzipSync(output?.contents ?? '', { level: 9 }).length).toBeLessThanOrEqual(budget)
  expect(output?.text).not.toMatch(/from\s*"(node:|ws)|require\(/)
  expect(described?.imports).toEqual([])
  expect(inputs).toContain('websocket-browser.ts')
  expect(inputs).not.toMatch(without)
})

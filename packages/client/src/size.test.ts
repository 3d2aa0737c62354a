// Holds the browser bundles of the client to their budgets.

import { browserBundle } from '@trunkline/testkit/browser-bundle'
import { expect, it } from 'vitest'

const APPS = [
  {
    what: 'openSession, call and subscribe',
    budget: 14_080,
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
    budget: 22_464,
    code: `
import { createClient } from '@trunkline/client'
const client = createClient({ url: 'wss://example.com/ws', realm: 'realm1' })
client.onState(({ status }) => console.log(status))
client.subscribe('com.example.topic', ({ args }) => console.log(args))
client.register('com.example.add', ({ args: [a, b] }) => a + b)
await client.publish('com.example.topic', [1])
console.log(await client.call('com.example.add', [2, 3]))
`,
    without: /-node\.ts|serializers|node_modules\/ws|src\/shared/,
  },
  {
    what: 'the same through a shared worker',
    budget: 23_680,
    code: `
import { createClient } from '@trunkline/client'
import { sharedWorker } from '@trunkline/client/shared-worker'
const shared = sharedWorker(() => new SharedWorker('/worker.js'))
const client = createClient({ url: 'wss://example.com/ws', realm: 'realm1', shared })
client.onState(({ status }) => console.log(status))
client.subscribe('com.example.topic', ({ args }) => console.log(args))
client.register('com.example.add', ({ args: [a, b] }) => a + b)
await client.publish('com.example.topic', [1])
console.log(await client.call('com.example.add', [2, 3]))
`,
    without: /-node\.ts|serializers|node_modules\/ws|src\/shared\/(shared-session|grants|tabs?)\.ts/,
  },
  {
    what: 'the worker of tabs',
    budget: 26_688,
    code: `
import { serveTabs } from '@trunkline/client/shared-worker'
serveTabs({ url: 'wss://example.com/ws', realm: 'realm1' })
`,
    without: /-node\.ts|serializers|node_modules\/ws|worker-connection/,
  },
]

it('the hooks of React, without React, fit into 1,536 octets', async () => {
  const { octets } = await browserBundle(`export * from '@trunkline/client/react'`, import.meta.url, ['react'])
  expect(octets).toBeLessThanOrEqual(1536)
})

it.each(APPS)('$what with JSON fit into $budget octets for a browser, without anything of Node', async ({ code, budget, without }) => {
  const { octets, text, inputs, imports } = await browserBundle(code, import.meta.url)
  expect(octets).toBeLessThanOrEqual(budget)
  expect(text).not.toMatch(/from\s*"(node:|ws)|require\(/)
  expect(imports).toEqual([])
  expect(inputs.join('\n')).toContain('websocket-browser.ts')
  expect(inputs.join('\n')).not.toMatch(without)
})

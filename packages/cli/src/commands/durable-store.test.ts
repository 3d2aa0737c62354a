// Shows a router with its events on the disk: killed in the midst, it has what it acknowledged when it is started again.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@trunkline/client'
import { Child, FROM_SOURCE } from '@trunkline/testkit/child'
import { afterEach, beforeEach, expect, it } from 'vitest'

const BIN = fileURLToPath(new URL('../bin.ts', import.meta.url))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'durable-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it('a router that is killed has every event that it acknowledged when it is started again', async () => {
  const file = join(folder, 'trunkline.yaml')
  const realm = `anonymous: { role: guest }
    roles: { guest: [{ uri: com.shop.**, allow: [publish, subscribe] }] }
    topics: [{ uri: com.shop.**, durable: {} }]`
  const start = async (port: number) => {
    writeFileSync(
      file,
      `store: { lmdb: events }\nlisteners: [{ websocket: { host: 127.0.0.1, port: ${port} } }]\nrealms:\n  shop:\n    ${realm}\n`,
    )
    const child = new Child([process.execPath, ...FROM_SOURCE, BIN, 'start', '--config', file, '--json-logs'])
    const [line] = await child.shows(/\{[^\n]*"listening"[^\n]*\}/)
    const { address } = JSON.parse(line) as { address: string }
    return { child, url: address }
  }
  const first = await start(0)
  const client = createClient({ url: first.url, realm: 'shop', backoff: { initialMs: 50, maxMs: 50 } })
  const orders = client.subscribe('com.shop.orders')
  const acknowledged: number[] = []
  for (let i = 0; i < 20; i++) {
    await client.publish('com.shop.orders', [i], { acknowledge: true, excludeMe: false })
    acknowledged.push(i)
  }
  await client.stop()
  first.child.kill('SIGKILL')
  await first.child.ended
  const second = await start(0)
  const reader = createClient({ url: second.url, realm: 'shop' })
  const all = reader.subscribe('com.shop.orders', { _resume: { epoch: await epochOf(orders), position: 0 } })
  const seen: unknown[] = []
  for await (const { args } of all) {
    seen.push(args[0])
    if (seen.length === acknowledged.length) break
  }
  expect(seen).toEqual(acknowledged)
  await reader.stop()
  second.child.kill('SIGTERM')
  expect(await second.child.ended).toBe(0)
})

async function epochOf(events: AsyncIterable<{ readonly details: Readonly<Record<string, unknown>> }>): Promise<unknown> {
  for await (const { details } of events) return details['_epoch']
  return undefined
}

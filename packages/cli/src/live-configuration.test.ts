// Shows how often a configuration is read when many ask for it at once.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouter } from '@trunkline/router'
import { RecordingLog } from '@trunkline/testing/ports'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadConfig } from './config/config.ts'
import { LiveConfiguration } from './live-configuration.ts'

const TEXT = 'listeners: [{ websocket: { host: 127.0.0.1, port: 0 } }]\nrealms: { shop: { roles: { guest: [] } } }\n'

let folder: string
let file: string
let reloads: number
let end: () => Promise<void>
let live: LiveConfiguration
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-live-'))
  file = join(folder, 'router.yaml')
  writeFileSync(file, TEXT)
  const config = await loadConfig(file)
  const router = createRouter(config.router)
  end = () => router.close()
  reloads = 0
  const log = Object.assign(new RecordingLog(), { info: (event: string) => void (reloads += Number(event === 'configuration reloaded')) })
  live = new LiveConfiguration(router, config, { log, started: {}, pages: { metrics: () => () => false, dashboard: () => () => false } })
  await live.open()
})
afterEach(async () => {
  await end()
  rmSync(folder, { recursive: true })
})

it('those who ask what a reload would change get one answer, for which the file is read once', async () => {
  writeFileSync(file, TEXT.replace('guest', 'user'))
  const asked = Array.from({ length: 100 }, () => live.plan())
  expect(new Set(asked).size).toBe(1)
  expect(await asked[0]).toEqual(['realms.shop.roles.guest removed', 'realms.shop.roles.user added'])
  writeFileSync(file, TEXT)
  expect(await live.plan()).toEqual([])
})

it('those who ask for a reload while one waits get its result', async () => {
  const first = live.reload('procedure')
  const asked = Array.from({ length: 100 }, () => live.reload('procedure'))
  expect(new Set([first, ...asked]).size).toBe(1)
  await first
  writeFileSync(file, 'no configuration')
  await expect(live.reload('procedure')).rejects.toThrow('router.yaml')
  writeFileSync(file, TEXT)
  await live.reload('procedure')
  expect(reloads).toBe(2)
})

// What suites of pages of a shop share: its folder, its router and a browser, from the beginning to the end.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { withBrowser } from '@trunkline/testkit/chromium'
import type { BrowserContext } from 'playwright-core'
import type { Step } from '../browser/steps.ts'
import { runSteps } from '../browser/steps.ts'
import { ROOT } from '../docs/blocks.ts'
import { Shop } from './shop.ts'

/** What a suite works with. */
export interface Scene {
  readonly browser: BrowserContext
  readonly shop: Shop
  /** For files; it is removed in the end. */
  readonly folder: string
}

/**
 * Runs a suite, prints "N passed, N failed", and fails the process when a step failed.
 * @param scriptsOf the scripts of the pages, by path without `.js`
 */
export async function runInShop(
  scriptsOf: (folder: string, port: string) => Promise<ReadonlyMap<string, string>>,
  stepsOf: (scene: Scene) => Promise<readonly Step[]>,
): Promise<void> {
  mkdirSync(join(ROOT, '.cache'), { recursive: true })
  const folder = mkdtempSync(join(ROOT, '.cache', 'shop-'))
  const scripts = new Map<string, string>()
  const shop = await Shop.open(scripts)
  try {
    for (const [path, script] of await scriptsOf(folder, shop.port)) scripts.set(path, script)
    const { passed, failed } = await withBrowser(async (browser) => runSteps(await stepsOf({ browser, shop, folder })))
    console.log(`${passed} passed, ${failed} failed`)
    if (failed > 0) process.exitCode = 1
  } finally {
    await shop.close()
    rmSync(folder, { recursive: true })
  }
}

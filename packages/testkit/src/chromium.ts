// The browser of suites and benchmarks: the Chromium that is installed, without a window.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext } from 'playwright-core'
import { chromium } from 'playwright-core'

const BROWSER = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const BROWSER_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Runs something with a browser of its own, which is closed in the end. */
export async function withBrowser<Value>(run: (browser: BrowserContext) => Promise<Value>): Promise<Value> {
  const profile = await mkdtemp(join(tmpdir(), 'trunkline-browser-'))
  try {
    const browser = await chromium.launchPersistentContext(profile, {
      executablePath: BROWSER,
      headless: true,
      args: BROWSER_ARGUMENTS,
      viewport: { width: 1280, height: 900 },
      colorScheme: 'light',
    })
    try {
      return await run(browser)
    } finally {
      await browser.close()
    }
  } finally {
    await rm(profile, { recursive: true, force: true })
  }
}

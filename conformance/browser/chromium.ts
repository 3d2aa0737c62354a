// The browser of the suites: the Chromium that is installed, without a window.

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

/** A step of a suite. */
export type Step = readonly [title: string, run: () => Promise<void>]

/** Runs steps in order, and prints how each went. */
export async function runSteps(
  steps: readonly Step[],
  onFailure: (count: number) => Promise<void> = () => Promise.resolve(),
): Promise<Count> {
  const count = { passed: 0, failed: 0 }
  for (const [title, run] of steps) {
    try {
      await run()
      count.passed++
      console.log(`ok      ${title}`)
    } catch (error) {
      count.failed++
      console.log(`FAILED  ${title}\n${error instanceof Error ? error.message : String(error)}`)
      await onFailure(count.failed)
    }
  }
  return count
}

export interface Count {
  readonly passed: number
  readonly failed: number
}

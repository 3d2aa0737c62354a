// The components of the guide in a real browser, against a router that is restarted under them. Ends with "N passed, N failed". Needs a
// Chromium.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import type { Step } from '../browser/steps.ts'
import { runSteps } from '../browser/steps.ts'
import { withBrowser } from '@trunkline/testkit/chromium'
import { ROOT } from '../docs/blocks.ts'
import { FRAMEWORKS, scriptOf } from './bundle.ts'
import { Shop } from './shop.ts'

const PATIENCE_MS = 15_000

/** Waits until something holds that this program can only look at. */
async function until(what: string, holds: () => boolean): Promise<void> {
  const latest = performance.now() + PATIENCE_MS
  while (!holds()) {
    if (performance.now() > latest) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`)
    await pause(20)
  }
}

/** Compiles the component of React, which takes its types from the contract beside it. */
async function checkTypes(folder: string): Promise<void> {
  const compilerOptions = { jsx: 'react-jsx', allowJs: true, types: ['node'], lib: ['ES2023', 'ESNext.Disposable', 'DOM'] }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(ROOT, 'tsconfig.test.json'), compilerOptions, include: ['app.tsx'] }),
  )
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { cwd: folder }, (_, stdout, stderr) => resolve(stdout + stderr))
  })
  assert.equal(output, '')
}

function steps(framework: string, page: Page, shop: Shop): readonly Step[] {
  const sees = (selector: string, text: string): Promise<void> => page.locator(selector, { hasText: text }).first().waitFor()
  const complaints: string[] = []
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  return [
    [
      `${framework}: components show the outcome of one call`,
      async () => {
        shop.asked = 0
        await page.goto(`http://127.0.0.1:${shop.port}/${framework}`)
        await sees('p', 'fig: 3')
        await sees('footer', 'connected')
        assert.equal(shop.asked, 1)
      },
    ],
    [
      `${framework}: an event goes to handlers, and is the latest value`,
      async () => {
        await until('the page is subscribed', () => shop.subscribed.includes('com.example.shop.prices.fig'))
        await shop.publish('fig', 7)
        await sees('p', 'fig: 7')
        await sees('li', 'now 7')
      },
    ],
    [
      `${framework}: other parameters call and subscribe anew, and end what was before`,
      async () => {
        await page.click('button')
        await sees('p', 'pear: 4')
        await until('only the other topic is subscribed', () => shop.subscribed.join() === 'com.example.shop.prices.pear')
        await shop.publish('fig', 8)
        await shop.publish('pear', 9)
        await sees('li', 'now 9')
        assert.equal(await page.locator('li').count(), 2)
      },
    ],
    [
      `${framework}: the page says when the router is gone, and goes on with the next one`,
      async () => {
        assert.deepEqual(complaints.splice(0), [])
        await shop.stopRouter()
        await sees('footer', 'offline')
        await shop.startRouter()
        await sees('footer', 'connected')
        await until('the page is subscribed again', () => shop.subscribed.join() === 'com.example.shop.prices.pear')
        await shop.publish('pear', 10)
        await sees('li', 'now 10')
        // The browser reports each attempt that found no router.
        assert.deepEqual(
          complaints.filter((text) => !text.includes('ERR_CONNECTION_REFUSED')),
          [],
        )
      },
    ],
    [
      `${framework}: a page that is left leaves nothing behind`,
      async () => {
        await page.goto('about:blank')
        await until('its session has ended', () => shop.sessions === 0)
        assert.deepEqual(shop.subscribed, [])
      },
    ],
  ]
}

async function main(): Promise<boolean> {
  mkdirSync(join(ROOT, '.cache'), { recursive: true })
  const folder = mkdtempSync(join(ROOT, '.cache', 'hooks-'))
  const scripts = new Map<string, string>()
  const shop = await Shop.open(scripts)
  try {
    for (const [name, framework] of Object.entries(FRAMEWORKS))
      scripts.set(`/${name}`, await scriptOf(framework, join(folder, name), shop.port))
    const { passed, failed } = await withBrowser(async (browser) => {
      const all: Step[] = [['React: the component has the types of the contract', () => checkTypes(join(folder, 'React'))]]
      for (const name of Object.keys(FRAMEWORKS)) all.push(...steps(name, await browser.newPage(), shop))
      return runSteps(all)
    })
    console.log(`${passed} passed, ${failed} failed`)
    return failed === 0
  } finally {
    await shop.close()
    rmSync(folder, { recursive: true })
  }
}

if (!(await main())) process.exitCode = 1

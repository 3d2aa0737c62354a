// The components of the guide in a real browser, against a router that is restarted under them. Ends with "N passed, N failed". Needs a
// Chromium.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { Step } from '../browser/steps.ts'
import { until } from '../browser/until.ts'
import { ROOT } from '../docs/blocks.ts'
import { FRAMEWORKS, scriptOf } from './bundle.ts'
import type { Scene } from './shop-suite.ts'
import { runInShop } from './shop-suite.ts'
import type { Shop } from './shop.ts'
import { servedByVite } from './vite.ts'

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

async function scriptsOf(folder: string, port: string): Promise<ReadonlyMap<string, string>> {
  const scripts = new Map<string, string>()
  for (const [name, framework] of Object.entries(FRAMEWORKS)) scripts.set(`/${name}`, await scriptOf(framework, join(folder, name), port))
  return scripts
}

async function allSteps({ browser, shop, folder }: Scene): Promise<readonly Step[]> {
  const all: Step[] = [['React: the component has the types of the contract', () => checkTypes(join(folder, 'React'))]]
  for (const [name, { language }] of Object.entries(FRAMEWORKS)) {
    const page = await browser.newPage()
    all.push(...steps(name, page, shop))
    all.push([`${name}: Vite serves it with the files of the guide`, () => seesByVite(page, language, join(folder, `${name}-vite`), shop)])
  }
  return all
}

async function seesByVite(page: Page, language: string, folder: string, shop: Shop): Promise<void> {
  const served = await servedByVite(language, folder, shop.port)
  try {
    await page.goto(served.url)
    await page.locator('p', { hasText: 'fig: ' }).first().waitFor()
    await page.goto('about:blank')
  } finally {
    await served.close()
  }
}

await runInShop(scriptsOf, allSteps)

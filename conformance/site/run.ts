// The built documentation in a real browser: what a reader does, step by step. Needs the site in .cache/site and a Chromium; ends
// with "N passed, N failed".

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const SITE = fileURLToPath(new URL('../../.cache/site/', import.meta.url))
const BROWSER = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const PATIENCE_MS = 60_000

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  const file = join(SITE, pathname.endsWith('/') ? `${pathname}index.html` : pathname)
  if (!existsSync(file)) response.writeHead(404).end()
  else response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(readFileSync(file))
})
await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const browser = await chromium.launch({
  executablePath: BROWSER,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
})
const page = await browser.newPage({ colorScheme: 'light' })
page.setDefaultTimeout(PATIENCE_MS)
const complaints: string[] = []
page.on('console', (message) => {
  if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
})
page.on('pageerror', (error) => complaints.push(String(error)))
page.on('request', (request) => {
  if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) complaints.push(`asks another server: ${request.url()}`)
})

const sees = (selector: string, text: string): Promise<void> => page.locator(selector, { hasText: text }).first().waitFor()

const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
  [
    'the start page leads to the first page',
    async () => {
      await page.goto(`${origin}/`)
      await page.locator('.VPSidebar a', { hasText: 'Getting started' }).click()
      await sees('h1', 'Getting started')
    },
  ],
  [
    'each page leads to the next one',
    async () => {
      await page.locator('.pager-link.next').click()
      await sees('h1', 'The first call')
    },
  ],
  [
    'search finds a guide before the reference, and opens it',
    async () => {
      await page.keyboard.press('Control+k')
      await page.locator('#localsearch-input').fill('retained')
      await page.locator('.results .result', { hasText: 'History and retained events' }).first().click()
      await sees('h1', 'The router as a library')
      assert.match(page.url(), /\/guide\/router\.html#history-and-retained-events$/)
    },
  ],
  [
    'the reference has the names of each package',
    async () => {
      await page.goto(`${origin}/api/client.html#connect`)
      await sees('h2', 'connect()')
      await sees('.VPDocAsideOutline a', 'createClient()')
    },
  ],
  [
    'the page becomes dark',
    async () => {
      await page.locator('.VPNavBarAppearance button').first().click()
      await page.locator('html.dark').waitFor()
    },
  ],
  ['the browser had nothing to complain of', async () => assert.deepEqual(complaints, [])],
]

let failed = 0
for (const [title, step] of steps) {
  try {
    await step()
    console.log(`ok  ${title}`)
  } catch (error) {
    failed++
    console.log(`not ok  ${title}\n${String(error)}`)
  }
}
await browser.close()
server.close()
console.log(`${steps.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

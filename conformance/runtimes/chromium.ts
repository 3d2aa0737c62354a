// The program in the contexts of a browser, and the pages of docs/reference/browser-files.md as they are printed: chromium.ts APP, a
// folder into which the packed packages are installed. Needs a Chromium; ends with "N passed, N failed".

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Format } from 'esbuild'
import { build } from 'esbuild'
import type { BrowserContext, Page } from 'playwright-core'
import { createClient } from '@trunkline/client'
import { createRouter } from '@trunkline/router'
import type { Step } from '../browser/steps.ts'
import { runSteps } from '../browser/steps.ts'
import { withBrowser } from '@trunkline/testkit/chromium'
import { fencedBlocks, ROOT } from '../docs/blocks.ts'
import { realms } from './realms.mjs'

/** What program.mjs says of its run. */
interface Outcome {
  readonly passed: number
  readonly failed: number
  readonly lines: readonly string[]
}

const EMPTY_PAGE = '<!doctype html><link rel="icon" href="data:,">'
const FILES = ['trunkline.min.js', 'trunkline.global.min.js']
const PAGES = fencedBlocks('docs/reference/browser-files.md').filter(({ language }) => language === 'html')
const CDN = 'https://cdn.jsdelivr.net/npm/@trunkline/client@'

/** Expressions for a page: each resolves with something that has `postMessage` and runs worker.mjs. */
const CONTEXTS: Readonly<Record<string, string>> = {
  'a page': `new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement('script'), { src: '/esm.js', type: 'module', onload: () => resolve(window), onerror: reject })
    document.head.append(script)
  })`,
  'a classic worker': `new Worker('/iife.js')`,
  'a module worker': `new Worker('/esm.js', { type: 'module' })`,
  'a shared worker': `new SharedWorker('/esm.js', { type: 'module' }).port`,
  'a classic service worker': serviceWorker('/iife.js', 'classic'),
  'a module service worker': serviceWorker('/esm.js', 'module'),
}

/** Those of browser-files.md that tell of workers: each adds 2 and 3 by the file itself. */
const FILES_IN_WORKERS: Readonly<Record<string, string>> = {
  'a classic service worker that imports the script': serviceWorker('/classic-file.js', 'classic'),
  'a module service worker that imports the module': serviceWorker('/module-file.js', 'module'),
}
const ADD = `
addEventListener('message', (event) => {
  const { data: url, ports: [port] } = event
  const client = createClient({ url, realm: 'realm1' })
  event.waitUntil(client.call('com.example.add', [2, 3]).then((sum) => port.postMessage(sum)))
})`

function serviceWorker(script: string, type: string): string {
  return `(async () => {
    const { installing } = await navigator.serviceWorker.register('${script}', { type: '${type}', scope: '${script}.${type}/' })
    await new Promise((resolve) => { installing.onstatechange = () => installing.state === 'activated' && resolve() })
    return installing
  })()`
}

/** Sends the URL of the router to a context, and resolves with its answer. */
function ask<Answer>(page: Page, context: string, url: string): Promise<Answer> {
  return page.evaluate(`new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = ({ data }) => resolve(data)
    Promise.resolve(${context}).then((found) => {
      found.onerror = ({ message }) => reject(new Error(message))
      found === window ? found.postMessage('${url}', '*', [port2]) : found.postMessage('${url}', [port2])
    }, reject)
  })`)
}

async function runsIn(page: Page, context: string, url: string): Promise<void> {
  const { passed, failed, lines } = await ask<Outcome>(page, context, url)
  assert.deepEqual({ failed, lines }, { failed: 0, lines: [] })
  assert.ok(passed > 10)
}

/** By path: the program, the files of the package with small programs for them, and the pages of the documents. */
async function served(app: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const name of FILES) found.set(`/${name}`, readFileSync(join(app, 'node_modules/@trunkline/client/dist', name), 'utf8'))
  for (const { place, code } of PAGES) found.set(`/${place}`, code)
  found.set('/module-file.js', `import { createClient } from './trunkline.min.js'${ADD}`)
  found.set('/classic-file.js', `importScripts('trunkline.global.min.js')\nconst { createClient } = trunkline${ADD}`)
  for (const format of ['esm', 'iife'] satisfies Format[]) {
    const { outputFiles } = await build({
      entryPoints: [join(app, 'worker.mjs')],
      bundle: true,
      write: false,
      format,
      conditions: ['browser'],
      logLevel: 'warning',
    })
    found.set(`/${format}.js`, outputFiles[0]?.text ?? '')
  }
  return found
}

function holdsHashes(files: ReadonlyMap<string, string>): void {
  const page = readFileSync(join(ROOT, 'docs/reference/browser-files.md'), 'utf8')
  for (const name of FILES) {
    const hash = createHash('sha384')
      .update(files.get(`/${name}`) ?? '')
      .digest('base64')
    assert.ok(page.includes(`| \`sha384-${hash}\` |`), `${name} has the hash sha384-${hash}`)
  }
}

/** A router at a free port, which also serves pages and scripts. */
async function serve(files: ReadonlyMap<string, string>): Promise<{ url: string; origin: string; close(): Promise<void> }> {
  const router = createRouter({ realms })
  const { address } = await router.listenHttp({
    host: '127.0.0.1',
    port: 0,
    routes({ url = '', headers: { host = '' } }, response) {
      response.setHeader('content-type', url.endsWith('.js') ? 'text/javascript' : 'text/html')
      response.end((files.get(url) ?? EMPTY_PAGE).replaceAll('127.0.0.1:8080', host))
      return true
    },
  })
  const service = createClient({ url: address, realm: 'realm1' })
  await service.register('com.example.add', ({ args: [a, b] }) => Number(a) + Number(b))
  const close = async (): Promise<void> => {
    await service.stop()
    await router.close()
  }
  return { url: address, origin: `http://${new URL(address).host}`, close }
}

/** The pages of the documents, by where they are printed. `change` changes the files that they load. */
function printedPages(browser: BrowserContext, origin: string, files: ReadonlyMap<string, string>, change = (text: string) => text) {
  return PAGES.map(({ place }) => ({
    place,
    open: async (): Promise<Page> => {
      const page = await browser.newPage()
      await page.route(`${CDN}**`, (route) => {
        const text = files.get(`/${route.request().url().split('/dist/')[1]}`) ?? ''
        return route.fulfill({ body: change(text), contentType: 'text/javascript', headers: { 'access-control-allow-origin': '*' } })
      })
      await page.goto(`${origin}/${place}`)
      return page
    },
  }))
}

/** The renderer of Electron with `nodeIntegration`: what Node has, beside what a page has. */
const NODE_INTEGRATION = `
  globalThis.process = { versions: { node: '22.0.0', electron: '38.0.0' }, type: 'renderer', env: {}, argv: [], platform: 'linux', nextTick: queueMicrotask }
  globalThis.global = globalThis
  globalThis.require = (name) => { throw new Error('asks Node for ' + name) }
  globalThis.opened = 0
  globalThis.WebSocket = class extends WebSocket { constructor(...args) { super(...args); opened++ } }
`

function steps(browser: BrowserContext, files: ReadonlyMap<string, string>, router: { url: string; origin: string }): Step[] {
  const { url, origin } = router
  const visit = async (script?: string): Promise<Page> => {
    const page = await browser.newPage()
    if (script !== undefined) await page.addInitScript(script)
    await page.goto(`${origin}/`)
    return page
  }
  const all: Step[] = [
    ['the hashes in the documents are those of the packed files; `npm run reference` writes them', async () => holdsHashes(files)],
  ]
  for (const [name, context] of Object.entries(CONTEXTS)) all.push([name, async () => runsIn(await visit(), context, url)])
  all.push([
    'a page of Electron with nodeIntegration, bundled for browsers: it takes the WebSocket of the page',
    async () => {
      const page = await visit(NODE_INTEGRATION)
      await runsIn(page, CONTEXTS['a page'] ?? '', url)
      assert.ok(Number(await page.evaluate('opened')) > 10)
    },
  ])
  for (const [name, context] of Object.entries(FILES_IN_WORKERS))
    all.push([name, async () => assert.equal(await ask<number>(await visit(), context, url), 5)])
  for (const { place, open } of printedPages(browser, origin, files))
    all.push([`the page at ${place} shows the sum`, async () => (await open()).locator('output', { hasText: /^5$/ }).waitFor()])
  for (const { place, open } of printedPages(browser, origin, files, (text) => `${text}// changed`))
    all.push([
      `the page at ${place} refuses a file that was changed`,
      async () => {
        const page = await open()
        assert.equal(await page.locator('output').textContent(), '')
        assert.equal(await page.evaluate('typeof trunkline'), 'undefined')
      },
    ])
  return all
}

const [app = ''] = process.argv.slice(2)
const files = await served(app)
const router = await serve(files)
try {
  const { passed, failed } = await withBrowser(async (browser) => {
    browser.setDefaultTimeout(30_000)
    return runSteps(steps(browser, files, router))
  })
  console.log(`${passed} passed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
} finally {
  await router.close()
}

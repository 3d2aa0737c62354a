// The start page of a real `trunkline dev` in a real browser: what a new user does, step by step. Ends with
// "N passed, N failed". Needs a build and a Chromium; leaves screenshots in a folder that it names.

import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { openSession } from '@trunkline/client/session'
import { Child } from '@trunkline/testkit/child'
import type { Step } from './steps.ts'
import { runSteps } from './steps.ts'
import { withBrowser } from '@trunkline/testkit/chromium'

const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/trunkline.js', import.meta.url))
const PATIENCE_MS = 15_000

/** A router on given or free ports, and where it serves the start page. */
interface Running {
  readonly process: Child
  readonly page: string
  readonly webSocket: string
}

class Visit {
  readonly #page: Page
  readonly #shots: string
  readonly complaints: string[] = []

  constructor(page: Page, shots: string) {
    this.#page = page
    this.#shots = shots
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(String(error)))
  }

  get page(): Page {
    return this.#page
  }

  /** Waits until an element's text is or contains what is expected. */
  async sees(selector: string, text: string): Promise<void> {
    await this.#page.locator(selector, { hasText: text }).first().waitFor()
  }

  async shoot(name: string): Promise<void> {
    await this.#page.screenshot({ path: join(this.#shots, `${name}.png`), fullPage: true })
  }
}

function steps(visit: Visit, router: Running): readonly Step[] {
  const { page } = visit
  return [
    ['the page connects to the router that served it', () => visit.sees('#link[data-state=connected] #status', 'Connected to realm1')],
    [
      'it names the version and where the router listens',
      async () => {
        await visit.sees('#version', '0.')
        await visit.sees('#listeners', router.webSocket)
        await visit.sees('#listeners', 'rs://127.0.0.1:')
      },
    ],
    ['it lists its own session', () => visit.sees('#sessions li', 'this page')],
    ['it lists the procedures of the demo', () => visit.sees('#procedures li', 'com.example.add')],
    [
      'a click calls the procedure and shows the result',
      async () => {
        await page.fill('#call-a', '20')
        await page.fill('#call-b', '22')
        await page.click('#call-button')
        await visit.sees('#call-outcome[data-kind=result] strong', '42')
      },
    ],
    [
      'the snippets do what was clicked, and can be copied',
      async () => {
        await visit.sees('#call-snippets', "client.call('com.example.add', [20, 22])")
        await visit.sees('#call-snippets', 'call com.example.add 20 22')
        await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
        await page.click('#call-snippets figure:nth-of-type(2) button')
        await visit.sees('#call-snippets button', 'Copied')
        assert.match(String(await page.evaluate('navigator.clipboard.readText()')), / call com\.example\.add 20 22 --url ws:/)
      },
    ],
    [
      'a call that cannot work says why',
      async () => {
        await page.fill('#call-a', '')
        await page.click('#call-button')
        await visit.sees('#call-outcome[data-kind=error]', 'Enter two numbers')
        await page.fill('#call-a', '2')
      },
    ],
    [
      'a published message appears, as text only',
      async () => {
        await page.fill('#chat-text', '<b>hello</b>')
        await page.press('#chat-text', 'Enter')
        await visit.sees('#chat-messages li', '<b>hello</b>')
        await visit.sees('#chat-messages li', 'this page')
      },
    ],
    [
      'sessions, topics and messages of others appear while the page is open',
      async () => {
        const other = await openSession({ url: router.webSocket, realm: 'realm1' })
        await other.subscribe('com.example.topic.of.other', () => undefined)
        await other.publish('com.example.chat', ['from outside'])
        await visit.sees('#chat-messages li', 'another client')
        await visit.sees('#topics li', 'com.example.topic.of.other')
        await visit.sees('#sessions li', String(other.id))
        await other.leave()
        await page.locator('#sessions li', { hasText: String(other.id) }).waitFor({ state: 'detached' })
        await page.locator('#topics li', { hasText: 'com.example.topic.of.other' }).waitFor({ state: 'detached' })
      },
    ],
    [
      'it can be worked with the keyboard alone',
      async () => {
        await page.focus('#call-b')
        await page.keyboard.press('Control+A')
        await page.keyboard.type('5')
        await page.keyboard.press('Tab')
        await page.keyboard.press('Space')
        await visit.sees('#call-outcome[data-kind=result] strong', '7')
      },
    ],
    [
      'it looks right in light, dark and on a narrow screen',
      async () => {
        await page.evaluate('window.scrollTo(0, 0)')
        await visit.shoot('light')
        await page.emulateMedia({ colorScheme: 'dark' })
        await visit.shoot('dark')
        await page.setViewportSize({ width: 360, height: 740 })
        const width = Number(await page.evaluate('document.documentElement.scrollWidth'))
        await visit.shoot('narrow-dark')
        await page.emulateMedia({ colorScheme: 'light' })
        await visit.shoot('narrow')
        await page.setViewportSize({ width: 1280, height: 900 })
        assert.equal(width, 360, 'nothing is wider than the screen')
      },
    ],
    [
      'it goes to another realm, made on demand',
      async () => {
        await page.fill('#realm', 'com.example.other')
        await page.press('#realm', 'Enter')
        await visit.sees('#link[data-state=connected] #status', 'Connected to com.example.other')
        await visit.sees('#procedures', 'No session in this realm has registered')
        await page.click('#call-button')
        await visit.sees('#call-outcome[data-kind=error]', 'No session in this realm')
        await visit.shoot('other-realm')
      },
    ],
    ['nothing was logged as an error, and no security policy was broken', () => Promise.resolve(assert.deepEqual(visit.complaints, []))],
    [
      'it says when the router is gone, and finds it again by itself',
      async () => {
        const { port } = new URL(router.page)
        await stopped(router.process)
        await visit.sees('#link[data-state=lost] #status', 'the router shuts down')
        await visit.shoot('lost')
        const again = await startRouter(port)
        try {
          await visit.sees('#link[data-state=connected] #status', 'Connected')
        } finally {
          await stopped(again.process)
        }
      },
    ],
  ]
}

async function startRouter(port: string): Promise<Running> {
  const words = [COMMAND, 'dev', '--port', port, '--rawsocket-port', '0', '--json-logs']
  const child = Child.node(words, { errors: 'passed on' })
  const [, webSocket = ''] = await child.shows(/"address":"(ws:[^"]+)"/)
  await child.shows(/"rs:/)
  return { process: child, webSocket, page: webSocket.replace(/^ws:/, 'http:').replace(/ws$/, '') }
}

/** Stops a router with SIGTERM; it must end by itself, with exit code 0. */
async function stopped(child: Child): Promise<void> {
  if (child.isRunning) assert.equal(await child.end('SIGTERM'), 0, 'exit code of trunkline dev')
}

async function main(): Promise<boolean> {
  const shots = await mkdtemp(join(tmpdir(), 'trunkline-start-page-'))
  const router = await startRouter('0')
  try {
    const { passed, failed } = await withBrowser(async (browser) => {
      const visit = new Visit(browser.pages()[0] ?? (await browser.newPage()), shots)
      await visit.page.goto(router.page)
      return runSteps(steps(visit, router), (count) => visit.shoot(`failed-${count}`))
    })
    console.log(`screenshots in ${shots}`)
    console.log(`${passed} passed, ${failed} failed`)
    return failed === 0
  } finally {
    await stopped(router.process)
  }
}

if (!(await main())) process.exitCode = 1

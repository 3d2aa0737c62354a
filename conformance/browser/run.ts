// The overview of a real `trunkline dev` in a real browser: what a new user does, step by step. Ends with
// "N passed, N failed". Needs a build and a Chromium; leaves screenshots in a folder that it names.

import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSession } from '@trunkline/client/session'
import { Child } from '@trunkline/testkit/child'
import { withBrowser } from '@trunkline/testkit/chromium'
import { Visit } from '../dashboard/visit.ts'
import type { Step } from './steps.ts'
import { runSteps } from './steps.ts'

const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/trunkline.js', import.meta.url))

/** A router, on free ports unless a port is named, and where it serves the dashboard. */
interface Running {
  readonly process: Child
  readonly page: string
  readonly webSocket: string
}

function steps(visit: Visit, router: Running, shoot: (name: string) => Promise<void>): readonly Step[] {
  const { page } = visit
  return [
    ['the page connects to the router that served it', () => visit.sees('#link[data-state=open] #status', 'Connected')],
    [
      'it names the version and where the router listens',
      async () => {
        await visit.sees('.page-note', 'Trunkline 0.')
        await visit.sees('#listeners', router.webSocket)
        await visit.sees('#listeners', 'rs://127.0.0.1:')
      },
    ],
    ['it lists its own session, in the realm of the demo', () => visit.sees('#sessions li', 'this page')],
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
        await visit.misses('#sessions li', String(other.id))
        await visit.misses('#topics li', 'com.example.topic.of.other')
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
        await shoot('light')
        await page.emulateMedia({ colorScheme: 'dark' })
        await shoot('dark')
        await page.setViewportSize({ width: 360, height: 740 })
        // The charts are drawn anew once the page has its new width; what is never narrow ends the wait with a failure.
        await page.waitForFunction('document.documentElement.scrollWidth === 360')
        await shoot('narrow-dark')
        await page.emulateMedia({ colorScheme: 'light' })
        await shoot('narrow')
        await page.setViewportSize({ width: 1280, height: 900 })
      },
    ],
    [
      'it goes to another realm, made on demand',
      async () => {
        await page.fill('#realm', 'com.example.other')
        await page.press('#realm', 'Enter')
        await page.waitForURL(/#\/overview\?realm=com\.example\.other$/)
        await visit.sees('#procedures', 'No session in this realm has registered')
        await page.click('#call-button')
        await visit.sees('#call-outcome[data-kind=error]', 'No session in this realm')
        await shoot('other-realm')
      },
    ],
    ['nothing was logged as an error, and no security policy was broken', () => Promise.resolve(assert.deepEqual(visit.complaints, []))],
    [
      'it says when the router is gone, and finds it again by itself',
      async () => {
        const { port } = new URL(router.page)
        await stopped(router.process)
        await visit.sees('#link[data-state=lost] #status', 'the router shuts down')
        await shoot('lost')
        const again = await startRouter(port)
        try {
          await visit.sees('#link[data-state=open] #status', 'Connected')
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
  const shots = await mkdtemp(join(tmpdir(), 'trunkline-overview-'))
  const router = await startRouter('0')
  try {
    const { passed, failed } = await withBrowser(async (browser) => {
      const page = browser.pages()[0] ?? (await browser.newPage())
      const visit = new Visit(page, router.page)
      const shoot = async (name: string): Promise<void> =>
        void (await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true }))
      await visit.open()
      return runSteps(steps(visit, router, shoot), (count) => shoot(`failed-${count}`))
    })
    console.log(`screenshots in ${shots}`)
    console.log(`${passed} passed, ${failed} failed`)
    return failed === 0
  } finally {
    await stopped(router.process)
  }
}

if (!(await main())) process.exitCode = 1

// The todo list of the examples, used in a browser and from Python while its router and its services are killed and started again. Leaves
// screenshots in .cache/todo-page. Ends with "N passed, N failed". Needs a build, a Chromium, and an interpreter with autobahn as argument.

import assert from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { connect } from '@trunkline/client'
import type { Step } from '../browser/steps.ts'
import { runSteps } from '../browser/steps.ts'
import { withBrowser } from '@trunkline/testkit/chromium'
import { ROOT } from '../docs/blocks.ts'
import { Load } from './load.ts'
import { Parts, PARTS } from './parts.ts'

const PATIENCE_MS = 60_000
const SHOTS = join(ROOT, '.cache', 'todo-page')

/** The page, as its user sees it. */
class Visit {
  readonly complaints: string[] = []
  readonly #page: Page
  #onSent = (_: string): void => undefined

  constructor(page: Page) {
    this.#page = page
    page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => this.#onSent(String(payload))))
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    page.on('console', (message) => message.type() === 'error' && this.complaints.push(message.text()))
  }

  get page(): Page {
    return this.#page
  }

  async sees(selector: string, text: string): Promise<void> {
    await this.#page.locator(selector, { hasText: text }).first().waitFor()
  }

  /** Types an item and presses the button; that it is saved shows later. */
  async add(text: string): Promise<void> {
    await this.#page.fill('form input', text)
    await this.#page.click('form button')
  }

  /** Waits until the page has sent a message with this text. */
  sends(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.#onSent = (payload) => void (payload.includes(text) && resolve())
    })
  }

  /** Waits until the field for a new item is empty: the list has acknowledged the last one. */
  async isSaved(): Promise<void> {
    await this.#page.waitForFunction("document.querySelector('form input').value === ''")
  }

  /** The items that are shown. */
  items(): Promise<string[]> {
    return this.#page.locator('.items span').allInnerTexts()
  }

  async shoot(name: string): Promise<void> {
    await this.#page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true })
  }
}

function use(visit: Visit, parts: Parts): readonly Step[] {
  return [
    [
      'the page shows an empty list',
      async () => {
        await visit.page.goto(parts.page)
        await visit.sees('.fresh', 'Connected')
        assert.deepEqual(await visit.items(), [])
      },
    ],
    [
      'items are added, checked and removed, and each change is told',
      async () => {
        for (const text of ['water the roses', 'buy bread', 'answer Ann']) {
          await visit.add(text)
          await visit.isSaved()
          await visit.sees('.items', text)
        }
        await visit.page.getByLabel('buy bread').click()
        await visit.sees('.done', 'buy bread')
        await visit.page.locator('.items li', { hasText: 'answer Ann' }).getByRole('button').click()
        await visit.sees('.notices', '“answer Ann” was removed')
        await visit.sees('.notices', '“buy bread” is done')
        assert.deepEqual(await visit.items(), ['water the roses', 'buy bread'])
        await visit.shoot('in-use')
        await visit.page.emulateMedia({ colorScheme: 'dark' })
        await visit.page.setViewportSize({ width: 360, height: 740 })
        await visit.shoot('in-use-narrow-dark')
        await visit.page.setViewportSize({ width: 1280, height: 900 })
        await visit.page.emulateMedia({ colorScheme: 'light' })
      },
    ],
    [
      'a program in Python adds an item, and prints the list',
      async () => {
        const python = parts.add('from Python')
        assert.equal(await python.endedWithin(PATIENCE_MS), 0, python.output)
        assert.equal(python.output, '[ ] water the roses\n[x] buy bread\n[ ] from Python\n')
        await visit.sees('.items', 'from Python')
      },
    ],
    ['nothing was logged as an error', () => Promise.resolve(assert.deepEqual(visit.complaints, []))],
  ]
}

function kill(visit: Visit, parts: Parts): readonly Step[] {
  return [
    [
      'without a router the page says so, and what is added meanwhile is saved when it is back',
      async () => {
        await parts.kill('trunkline.yaml')
        await visit.sees('header .fault', 'No connection')
        await visit.add('added without a router')
        await visit.sees('form button', 'Saving')
        await visit.shoot('without-router')
        const python = parts.add('Python without a router')
        await parts.start('trunkline.yaml')
        await visit.sees('.fresh', 'Connected')
        await visit.isSaved()
        assert.equal(await python.endedWithin(PATIENCE_MS), 0, python.output)
        for (const text of ['water the roses', 'added without a router', 'Python without a router']) await visit.sees('.items', text)
        await visit.sees('.notices', 'Python without a router')
        await visit.shoot('router-back')
      },
    ],
    [
      'without the list a change waits for it',
      async () => {
        await parts.kill('list.ts')
        await visit.add('added without the list')
        await visit.sees('form button', 'Saving')
        await visit.sees('.items', 'water the roses')
        await parts.start('list.ts')
        await visit.isSaved()
        await visit.sees('.items', 'added without the list')
        assert.ok((await visit.items()).includes('water the roses'))
      },
    ],
    [
      'a change whose answer is lost is repeated, and made once',
      async () => {
        parts.signal('list.ts', 'SIGSTOP')
        const isSent = visit.sends('com.example.todo.list.add')
        await visit.add('answered into the void')
        await isSent
        // By the time that the router has opened and ended a session, it has sent the call on.
        await (await connect({ url: parts.url, realm: 'todo' })).stop()
        await parts.kill('trunkline.yaml')
        // What it has received it carries out.
        parts.signal('list.ts', 'SIGCONT')
        await parts.start('trunkline.yaml')
        await visit.isSaved()
        await visit.sees('.items', 'answered into the void')
        assert.equal((await visit.items()).filter((text) => text === 'answered into the void').length, 1)
      },
    ],
    [
      'if it waits in vain the page says that it is not saved, and keeps the text',
      async () => {
        await parts.kill('list.ts')
        await visit.add('added once')
        await visit.sees('.fault', 'Not saved: the list is away.')
        assert.equal(await visit.page.inputValue('form input'), 'added once')
        await visit.shoot('not-saved')
        await parts.start('list.ts')
        await visit.page.click('form button')
        await visit.isSaved()
        await visit.sees('.items', 'added once')
        assert.equal((await visit.items()).filter((text) => text === 'added once').length, 1)
      },
    ],
    [
      'notifications tell what happened while they were away',
      async () => {
        await parts.kill('notifications.ts')
        await visit.add('added without notifications')
        await visit.isSaved()
        await parts.start('notifications.ts')
        await visit.sees('.notices', '“added without notifications” was added')
      },
    ],
    [
      'nothing acknowledged is lost while each part is killed in turn, and nothing is there twice',
      async () => {
        const load = new Load(parts.url)
        for (const part of PARTS.filter((each) => each !== 'page.tsx')) {
          await load.next()
          await parts.kill(part)
          await parts.start(part)
          await visit.sees('.items', await load.next())
        }
        await load.end()
        await visit.sees('.items', load.acknowledged.at(-1) ?? 'an item of the load')
        const items = await visit.items()
        const shown = new Set(items)
        assert.equal(shown.size, items.length, 'no item is there twice')
        assert.deepEqual(
          load.acknowledged.filter((text) => !shown.has(text)),
          [],
        )
        await visit.sees('.notices', load.acknowledged.at(-1) ?? '')
      },
    ],
    [
      'the list outlives all of them at once, and a reload of the page',
      async () => {
        const before = await visit.items()
        await Promise.all(PARTS.map((part) => parts.kill(part)))
        for (const part of PARTS.toReversed()) parts.begin(part)
        await visit.sees('.fresh', 'Connected')
        assert.deepEqual(await visit.items(), before)
        await visit.page.reload()
        await visit.sees('.items', before.at(-1) ?? '')
        assert.deepEqual(await visit.items(), before)
        // The browser reports each attempt that found no router.
        assert.deepEqual(
          visit.complaints.filter((text) => !text.includes('ERR_CONNECTION_REFUSED')),
          [],
        )
      },
    ],
  ]
}

async function main(python: string): Promise<boolean> {
  rmSync(SHOTS, { recursive: true, force: true })
  mkdirSync(SHOTS, { recursive: true })
  const parts = await Parts.make(python)
  try {
    for (const part of PARTS) await parts.start(part)
    const { passed, failed } = await withBrowser(async (browser) => {
      const visit = new Visit(browser.pages()[0] ?? (await browser.newPage()))
      return runSteps([...use(visit, parts), ...kill(visit, parts)], (count) => visit.shoot(`failed-${count}`))
    })
    console.log(`${passed} passed, ${failed} failed`)
    return failed === 0
  } finally {
    await parts.close()
  }
}

if (!(await main(process.argv[2] ?? 'python3'))) process.exitCode = 1

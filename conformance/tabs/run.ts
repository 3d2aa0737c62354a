// Three tabs and their shared worker in a real browser: one connection, a tab that crashes, a router and a worker that are restarted.
// Ends with "N passed, N failed". Needs a Chromium.

import assert from 'node:assert/strict'
import type { BrowserContext, Page } from 'playwright-core'
import type { Step } from '../browser/steps.ts'
import { PATIENCE_MS, until } from '../browser/until.ts'
import { runInShop } from '../hooks/shop-suite.ts'
import type { Shop } from '../hooks/shop.ts'
import { scriptsOf } from './pages.ts'

/** The suite's view of the browser: pages by name. */
class Tabs {
  readonly #browser: BrowserContext
  readonly #shop: Shop
  readonly #pages = new Map<string, Page>()

  constructor(browser: BrowserContext, shop: Shop) {
    this.#browser = browser
    this.#shop = shop
  }

  async open(name: string, before?: () => void): Promise<void> {
    const page = await this.#browser.newPage()
    this.#pages.set(name, page)
    if (before !== undefined) await page.addInitScript(before)
    await page.goto(`http://127.0.0.1:${this.#shop.port}/page?name=${name}`)
    await this.ready(name)
  }

  page(name: string): Page {
    const page = this.#pages.get(name)
    assert.ok(page)
    return page
  }

  /** Waits until a tab has a session in which all its declarations are granted: the last one answers. */
  async ready(name: string): Promise<void> {
    await this.page(name).waitForFunction(
      (own) =>
        globalThis.tab.client.call(`com.example.slow.${own}`, [], { timeout: 1 }).catch((error) => error.uri === 'wamp.error.timeout'),
      name,
      { polling: 50, timeout: PATIENCE_MS },
    )
    await this.take(name)
  }

  call(name: string, procedure: string): Promise<unknown> {
    return this.page(name).evaluate((uri) => globalThis.tab.client.call(uri), procedure)
  }

  publish(name: string, text: string): Promise<unknown> {
    return this.page(name).evaluate((news) => globalThis.tab.client.publish('com.example.news', [news]), text)
  }

  /** What a tab has heard since it was asked last. */
  take(name: string): Promise<unknown[]> {
    return this.page(name).evaluate(() => [...globalThis.tab.heard.splice(0), ...globalThis.tab.ended.splice(0)])
  }

  async hears(name: string, text: string): Promise<void> {
    await this.page(name).waitForFunction((news) => globalThis.tab.heard.includes(news), text, { timeout: PATIENCE_MS })
    assert.deepEqual(await this.take(name), [text])
  }

  /** Ends a page as the death of its process does: nothing of it runs any more. */
  async crash(name: string): Promise<void> {
    const page = this.page(name)
    this.#pages.delete(name)
    const crashed = page.waitForEvent('crash')
    const session = await this.#browser.newCDPSession(page)
    session.send('Page.crash').catch(() => undefined)
    await crashed
  }

  async close(name: string): Promise<void> {
    await this.page(name).close()
    this.#pages.delete(name)
  }
}

function steps(tabs: Tabs, shop: Shop): readonly Step[] {
  return [
    [
      'three tabs share one connection, and call each other',
      async () => {
        for (const name of ['one', 'two', 'three']) await tabs.open(name)
        assert.equal(shop.sessions, 1)
        assert.equal(await tabs.page('three').evaluate(() => globalThis.tab.shared.isShared), true)
        assert.equal(await tabs.call('one', 'com.example.tab.two'), 'two')
        assert.equal(await tabs.call('three', 'com.example.tab.one'), 'one')
      },
    ],
    [
      'an event reaches the other tabs, and not the one that published it',
      async () => {
        await tabs.publish('one', 'from one')
        await tabs.hears('two', 'from one')
        await tabs.hears('three', 'from one')
        await tabs.publish('two', 'from two')
        await tabs.hears('one', 'from two')
        await tabs.hears('three', 'from two')
        assert.deepEqual(await tabs.take('two'), [])
      },
    ],
    [
      'a tab that crashes ends its invocations, calls, registrations and subscriptions, and nothing else',
      async () => {
        const answer = tabs.call('one', 'com.example.slow.three').catch(String)
        await tabs.page('three').waitForFunction(() => globalThis.tab.heard.includes('called'))
        await tabs.page('three').evaluate(() => void globalThis.tab.client.call('com.example.slow.two').catch(() => undefined))
        await tabs.page('two').waitForFunction(() => globalThis.tab.heard.includes('called'))
        await tabs.crash('three')
        assert.match(String(await answer), /wamp\.error\.canceled/)
        await tabs.page('two').waitForFunction(() => globalThis.tab.ended.includes('cancelled'))
        await tabs.take('two')
        assert.match(String(await tabs.call('one', 'com.example.tab.three').catch(String)), /no_such_procedure/)
        await tabs.publish('two', 'still here')
        await tabs.hears('one', 'still here')
        assert.equal(shop.sessions, 1)
        assert.deepEqual(shop.subscribed, ['com.example.news'])
      },
    ],
    [
      'a router that is restarted finds all that the tabs declared, over one connection',
      async () => {
        await tabs.open('three')
        await shop.stopRouter()
        await tabs.page('two').waitForFunction(() => globalThis.tab.client.state.status === 'waiting')
        await shop.startRouter()
        for (const name of ['one', 'two', 'three']) await tabs.ready(name)
        await until('the service is back, and one session of the tabs', () => shop.sessions === 1)
        for (const name of ['one', 'two', 'three']) assert.equal(await tabs.call('two', `com.example.tab.${name}`), name)
        await tabs.publish('three', 'after the restart')
        await tabs.hears('one', 'after the restart')
        await tabs.hears('two', 'after the restart')
      },
    ],
    [
      'the tab that started the worker crashes, and the others go on',
      async () => {
        await tabs.crash('one')
        await until('its registration is gone', () =>
          tabs.call('two', 'com.example.tab.one').then(
            () => false,
            () => true,
          ),
        )
        for (const name of ['two', 'three']) await tabs.ready(name)
        await tabs.publish('two', 'without one')
        await tabs.hears('three', 'without one')
        await until('one session of the tabs', () => shop.sessions === 1)
      },
    ],
    [
      'a tab that is left and shown again by the back button is there again',
      async () => {
        await tabs.page('three').goto('about:blank')
        await until('its registration is gone', () =>
          tabs.call('two', 'com.example.tab.three').then(
            () => false,
            () => true,
          ),
        )
        await tabs.page('three').goBack()
        await tabs.ready('three')
        assert.equal(await tabs.call('two', 'com.example.tab.three'), 'three')
        assert.equal(shop.sessions, 1)
      },
    ],
    [
      'a page of a browser without SharedWorker has a connection of its own, and says so',
      async () => {
        await tabs.open('four', () => void Reflect.deleteProperty(globalThis, 'SharedWorker'))
        assert.equal(await tabs.page('four').evaluate(() => globalThis.tab.shared.isShared), false)
        assert.equal(shop.sessions, 2)
        assert.equal(await tabs.call('four', 'com.example.tab.two'), 'two')
        await tabs.close('four')
      },
    ],
    [
      'a page without locks is served too, and says that it leaves',
      async () => {
        await tabs.open('five', () => void Object.defineProperty(navigator, 'locks', { value: undefined }))
        assert.equal(shop.sessions, 1)
        assert.equal(await tabs.call('two', 'com.example.tab.five'), 'five')
        await tabs.close('five')
        await until('its registration is gone', () =>
          tabs.call('two', 'com.example.tab.five').then(
            () => false,
            () => true,
          ),
        )
      },
    ],
    [
      'the last tab ends the connection',
      async () => {
        for (const name of ['two', 'three']) await tabs.close(name)
        await until('there is no session', () => shop.sessions === 0)
        assert.deepEqual(shop.subscribed, [])
      },
    ],
  ]
}

await runInShop(scriptsOf, async ({ browser, shop }) => steps(new Tabs(browser, shop), shop))

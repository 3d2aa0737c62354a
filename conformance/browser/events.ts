// Streams of events in the EventSource of a real browser: each event as it comes, from the same origin and from another, and after a
// restart of the router what was missed. Ends with "N passed, N failed". Needs a build and a Chromium.

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSession } from '@trunkline/client/session'
import { Child } from '@trunkline/testkit/child'
import { withBrowser } from '@trunkline/testkit/chromium'
import type { Page } from 'playwright-core'
import { freePorts } from '../faults/processes.ts'
import type { Step } from './steps.ts'
import { runSteps } from './steps.ts'
import { until } from './until.ts'

const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/trunkline.js', import.meta.url))
const TOPIC = 'com.example.orders'

/** What a page keeps of its stream, as JSON: the names of events with their data. */
type Seen = readonly (readonly [event: string, data: { readonly args?: readonly unknown[]; readonly topics?: readonly object[] }])[]

/** In the page: opens a stream, and keeps what comes. */
function listen(page: Page, url: string): Promise<unknown> {
  return page.evaluate(`{
    const seen = (globalThis.seen = [])
    const events = (globalThis.events = new EventSource(${JSON.stringify(url)}))
    for (const name of ['message', 'ready', 'gap', 'end']) events.addEventListener(name, ({ data }) => seen.push([name, JSON.parse(data)]))
    events.addEventListener('error', () => seen.push(['error', {}]))
  }`)
}

function seenBy(page: Page): Promise<Seen> {
  return page.evaluate<Seen>('globalThis.seen')
}

async function sees(page: Page, what: string, holds: (seen: Seen) => boolean): Promise<void> {
  await until(what, async () => holds(await seenBy(page)))
}

const isValue =
  (value: string) =>
  ([name, { args }]: Seen[number]): boolean =>
    name === 'message' && args?.[0] === value

async function publish(port: number, value: string): Promise<void> {
  const session = await openSession({ url: `ws://127.0.0.1:${port}/ws`, realm: 'shop' })
  await session.publish(TOPIC, [value], { acknowledge: true })
  await session.leave()
}

function steps(page: Page, start: () => Promise<Child>, ports: { readonly own: number; readonly other: number }): readonly Step[] {
  const url = (port: number): string => `http://127.0.0.1:${port}/api/events?topic=${TOPIC}`
  let router: Child
  return [
    [
      'a page of the router gets each event as it comes',
      async () => {
        router = await start()
        await page.goto(`http://127.0.0.1:${ports.own}/`)
        await listen(page, url(ports.own))
        await sees(page, 'the stream has begun', (seen) => seen[0]?.[0] === 'ready')
        for (const value of ['tea', 'milk']) {
          await publish(ports.own, value)
          await sees(page, value, (seen) => seen.some(isValue(value)))
        }
      },
    ],
    [
      'after a restart of the router the browser connects again by itself, and gets what it missed',
      async () => {
        assert.equal(await router.end('SIGTERM'), 0)
        router = await start()
        // The browser waits for at least a second before it connects again.
        await publish(ports.own, 'sugar')
        await sees(page, 'what was missed', (seen) => seen.some(isValue('sugar')))
        const seen = await seenBy(page)
        const ready = seen.filter(([name]) => name === 'ready').at(-1)?.[1]
        assert.deepEqual(ready?.topics, [{ topic: TOPIC, recovered: true }])
        assert.deepEqual(
          seen.filter(([name]) => name === 'message').map(([, { args }]) => args?.[0]),
          ['tea', 'milk', 'sugar'],
        )
        await page.evaluate('events.close()')
      },
    ],
    [
      'a page of another origin gets them where `origins` names it',
      async () => {
        await page.goto(`http://localhost:${ports.other}/`)
        await listen(page, url(ports.own))
        await sees(page, 'the stream has begun', (seen) => seen[0]?.[0] === 'ready')
        await publish(ports.own, 'rum')
        await sees(page, 'the event', (seen) => seen.some(isValue('rum')))
        await page.evaluate('events.close()')
      },
    ],
    [
      'a page of an origin that is not named gets nothing',
      async () => {
        await page.goto(`http://127.0.0.1:${ports.other}/`)
        await listen(page, url(ports.own))
        await sees(page, 'the browser gives up', (seen) => seen.length > 0)
        assert.deepEqual(await seenBy(page), [['error', {}]])
        assert.equal(await page.evaluate('events.readyState'), 2)
        assert.equal(await router.end('SIGTERM'), 0)
      },
    ],
  ]
}

async function main(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-event-source-'))
  const [own = 0, other = 0] = await freePorts(2)
  const file = join(folder, 'trunkline.yaml')
  const listener = {
    host: '127.0.0.1',
    port: own,
    origins: [`http://127.0.0.1:${own}`, `http://localhost:${other}`],
    http: { path: '/api', realm: 'shop' },
  }
  const guest = [{ uri: `${TOPIC}`, allow: ['publish', 'subscribe'] }]
  const configuration = {
    store: { lmdb: join(folder, 'store') },
    // The page of another origin comes from the second listener.
    listeners: [{ websocket: listener }, { websocket: { host: '127.0.0.1', port: other } }],
    realms: {
      shop: { anonymous: { role: 'guest' }, roles: { guest }, topics: [{ uri: TOPIC, durable: { keep: { octets: '1MiB' } } }] },
    },
  }
  await writeFile(file, JSON.stringify(configuration))
  const start = async (): Promise<Child> => {
    const router = Child.node([COMMAND, 'start', '--config', file, '--json-logs'], { errors: 'passed on' })
    await router.shows(/(?:"msg":"listening"[^]*){2}/)
    return router
  }
  try {
    const { passed, failed } = await withBrowser(async (browser) => {
      const page = browser.pages()[0] ?? (await browser.newPage())
      return runSteps(steps(page, start, { own, other }))
    })
    console.log(`${passed} passed, ${failed} failed`)
    return failed === 0
  } finally {
    Child.killAll()
    await rm(folder, { recursive: true, force: true })
  }
}

if (!(await main())) process.exitCode = 1

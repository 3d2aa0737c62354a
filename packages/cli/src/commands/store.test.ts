// Shows the commands for the store of durable topics: what they list, find, copy and move, also while a router uses the store.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@trunkline/client'
import type { DurableConsumer, DurableEvent, RealmStore } from '@trunkline/router'
import { LmdbEventStore } from '@trunkline/router/store-lmdb'
import { Child, FROM_SOURCE } from '@trunkline/testkit/child'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { result, resultWith } from '../testing/running-command.ts'

const BIN = fileURLToPath(new URL('../bin.ts', import.meta.url))
const log = { debug() {}, info() {}, warn() {}, error() {} }
const TIME = Date.UTC(2026, 0, 2, 3, 4, 5)

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stored-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const at = (name: string): string => join(folder, name)

function eventOf(topic: string, publication: number, more: Partial<DurableEvent> = {}): DurableEvent {
  const raw = Buffer.from(JSON.stringify([`event ${publication}`]))
  const none = { audience: undefined, excluded: undefined, key: undefined, owner: undefined, isRetained: false }
  return { publication, topic, time: TIME + publication, details: {}, ...none, payload: { serializer: 'json', count: 1, raw }, ...more }
}

function asked<T>(ask: (done: (answer: T) => void) => void): Promise<T> {
  return new Promise((resolve) => ask(resolve))
}

/** Fills the store of a folder. */
async function filled(name: string, fill: (realm: RealmStore) => Promise<void>): Promise<string> {
  const store = await LmdbEventStore.open({ folder: at(name), log })
  const realm = store.open('shop')
  realm.keep('prefix com.shop.', { events: 1_000 })
  realm.keep('exact org.news', { events: 1 })
  await fill(realm)
  await store.close()
  return at(name)
}

async function append(realm: RealmStore, log: string, ...events: readonly DurableEvent[]): Promise<void> {
  for (const event of events) await asked((done) => realm.append(log, event, done))
}

const CONSUMER: DurableConsumer = {
  name: 'invoices',
  filter: { match: 'prefix', uri: 'com.shop.' },
  principal: 'user shop sam',
  settings: { maxInFlight: 100, ackWaitMs: 30_000, attempts: 5, deadLetters: undefined },
  created: TIME,
  isPaused: true,
  acked: 2,
  ackedAbove: [4],
  attempts: new Map([[3, 2]]),
}

/** Four events of a shop, one of news whose retained event its log has dropped, and a durable subscription. */
function someEvents(realm: RealmStore): Promise<void> {
  const cbor = Uint8Array.of(0x81, 0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0) // [NaN]
  const wide = { audience: { eligible_authid: ['sam'] }, details: { publisher_authid: 'sam' }, owner: 'user shop sam', key: 7, excluded: 9 }
  return append(realm, 'exact org.news', eventOf('org.news', 1, { isRetained: true }))
    .then(() => append(realm, 'prefix com.shop.', eventOf('com.shop.a', 2), eventOf('com.shop.b', 3, wide)))
    .then(() => append(realm, 'prefix com.shop.', eventOf('com.shop.a', 4, { payload: { serializer: 'cbor', count: 1, raw: cbor } })))
    .then(() => append(realm, 'prefix com.shop.', eventOf('com.shop.a', 5, { payload: undefined })))
    .then(() => append(realm, 'exact org.news', eventOf('org.news', 6)))
    .then(() => asked<unknown>((done) => realm.saveConsumer(CONSUMER, done)))
    .then(() => undefined)
}

const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

async function done(...words: string[]): Promise<string> {
  const { code, out, err } = await result('store', ...words)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return out
}

describe('trunkline store ls', () => {
  it('lists realms, topics and durable subscriptions, for people and as JSON', async () => {
    const store = await filled('a', someEvents)
    const text = await done('ls', store)
    expect(text).toMatch(/shop +com\.shop\.\*\* +4 +\d+ +2 +2026-01-02T03:04:05\.002Z +5 +2026-01-02T03:04:05\.005Z/)
    expect(text).toMatch(/shop +org\.news +1 /)
    expect(text).toMatch(/shop +invoices +com\.shop\.\*\* +user shop sam +2 +6/)
    const [realm, ...others] = linesOf(await done('ls', store, '--json'))
    expect(others).toEqual([])
    expect(realm).toMatchObject({
      name: 'shop',
      last: 6,
      retained: 1,
      logs: [
        { name: 'prefix com.shop.', keep: { events: 1_000 }, events: 4, oldest: { position: 2, time: TIME + 2 }, newest: { position: 5 } },
        { name: 'exact org.news', events: 1, oldest: { position: 6 }, newest: { position: 6, time: TIME + 6 } },
      ],
      subscriptions: [{ name: 'invoices', acked: 2, ackedAbove: [4], attempts: [[3, 2]] }],
    })
  })

  it('finds the folder by the configuration, and says what is wrong', async () => {
    await filled('events', someEvents)
    const config = (store: string): string => {
      writeFileSync(at('trunkline.yaml'), `${store}listeners: [ websocket: { host: 127.0.0.1, port: 0 } ]\nrealms: { shop: {} }\n`)
      return at('trunkline.yaml')
    }
    expect(await done('ls', '--config', config('store: { lmdb: events }\n'))).toContain('invoices')
    for (const [words, error] of [
      [['ls', '--config', config('store: memory\n')], 'in memory'],
      [['ls', at('events'), '--config', at('trunkline.yaml')], 'not both'],
      [['ls', at('nothing')], 'there is no event store'],
      [['export', at('events'), '--realm', 'shp'], "no realm 'shp'; did you mean 'shop'?"],
      [['export', at('events'), '--topic', 'a..**b '], 'not a URI or pattern'],
      [['export', at('events'), '--after', 'x'], 'a whole number'],
    ] as const) {
      const { code, err } = await result('store', ...words)
      expect([code, err]).toEqual([2, expect.stringContaining(error)])
    }
  })
})

describe('trunkline store verify', () => {
  it('reads everything', async () => {
    const store = await filled('a', someEvents)
    expect(await done('verify', store)).toMatch(/is fine: 5 events\n$/)
    expect(JSON.parse(await done('verify', store, '--json'))).toEqual({ events: 5, damages: [] })
  })

  it('ends with exit code 1 when something is damaged, and says where', async () => {
    const store = await filled('a', (realm) =>
      append(realm, 'prefix com.shop.', ...Array.from({ length: 600 }, (_, i) => eventOf('com.shop.a', i + 1))),
    )
    const file = join(store, 'events.mdb')
    const octets = readFileSync(file)
    for (let i = octets.indexOf('event 300"'); i > 0; i = octets.indexOf('event 300"', i + 1)) octets.write('EVENT', i)
    writeFileSync(file, octets)
    const { code, out, err } = await result('store', 'verify', store)
    expect([code, out, err]).toEqual([
      1,
      expect.stringMatching(/shop: prefix com\.shop\.: from position \d+: a checksum/),
      expect.any(String),
    ])
    expect(err).toContain('is damaged in 1 place')
    const json = await result('store', 'verify', store, '--json')
    expect([json.code, JSON.parse(json.out)]).toEqual([
      1,
      { events: expect.any(Number), damages: [expect.objectContaining({ realm: 'shop' })] },
    ])
    expect((await result('store', 'export', store)).code).toBe(1)
    writeFileSync(file, octets.subarray(0, 10_000))
    const cut = await result('store', 'ls', store)
    expect([cut.code, cut.err]).toEqual([1, expect.stringContaining('damaged: it is cut off')])
  })
})

describe('trunkline store export and import', () => {
  it('moves everything to another store', async () => {
    const [from, to] = [await filled('a', someEvents), at('b')]
    expect(await done('export', from, '--output', at('lines'))).toContain('6 events')
    const lines = linesOf(readFileSync(at('lines'), 'utf8'))
    expect(lines.filter(({ kind }) => kind === 'event')).toEqual([
      { kind: 'event', realm: 'shop', position: 1, topic: 'org.news', time: TIME + 1, publication: 1, retained: true, args: ['event 1'] },
      {
        kind: 'event',
        realm: 'shop',
        log: 'com.shop.**',
        position: 2,
        topic: 'com.shop.a',
        time: TIME + 2,
        publication: 2,
        args: ['event 2'],
      },
      expect.objectContaining({ audience: { eligible_authid: ['sam'] }, details: { publisher_authid: 'sam' }, rkeyHash: 7, excluded: 9 }),
      expect.objectContaining({ payload: { serializer: 'cbor', count: 1, base64: 'gft/+AAAAAAAAA==' } }),
      { kind: 'event', realm: 'shop', log: 'com.shop.**', position: 5, topic: 'com.shop.a', time: TIME + 5, publication: 5 },
      expect.objectContaining({ log: 'org.news', position: 6 }),
    ])
    expect(await done('import', at('lines'), to)).toContain('6 more events')
    const copy = linesOf(await done('export', to))
    expect(copy).toEqual(lines)
    const again = await result('store', 'import', at('lines'), to)
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('--add')])
    expect(JSON.parse(await done('import', at('lines'), to, '--add', '--json'))).toEqual({ folder: to, events: 6 })
    const [realm] = linesOf(await done('ls', to, '--json'))
    expect(realm).toMatchObject({ last: 12, subscriptions: [{ acked: 8, ackedAbove: [10], attempts: [[9, 2]] }] })
  })

  it('gives the events of a realm, of topics, behind a position', async () => {
    const store = await filled('a', someEvents)
    const positions = async (...words: string[]): Promise<unknown[]> =>
      linesOf(await done('export', store, ...words)).flatMap(({ kind, position }) => (kind === 'event' ? [position] : []))
    expect(await positions('--realm', 'shop')).toEqual([1, 2, 3, 4, 5, 6])
    expect(await positions('--topic', 'com.shop.**', '--after', '3')).toEqual([4, 5])
    expect(await positions('--topic', 'org.news')).toEqual([1, 6])
    expect(await done('export', store, '--after', '3')).not.toContain('subscription')
  })

  it('refuses lines that are none, and says which', async () => {
    const line = '{"kind":"event","realm":"shop","log":"a.b","position":1,"topic":"a.b","time":1,"publication":1}'
    for (const [second, error] of [
      ['nonsense', 'expected a line'],
      [line.replace('"time":1', '"time":"now"'), "'time' has a value"],
      [line.replace('"topic":"a.b",', ''), "'topic' is missing"],
      [line.replace('event', 'evnt'), 'kind: expected log, subscription or event'],
    ] as const) {
      const { code, err } = await resultWith(`${line}\n${second}\n`, 'store', 'import', '-', mkdtempSync(at('to-')))
      expect([code, err]).toEqual([2, expect.stringContaining(`line 2: ${error}`)])
    }
    expect((await result('store', 'import', at('nothing'), at('to'))).code).toBe(2)
  })
})

it('trunkline store backup writes a folder that is a store', async () => {
  const store = await filled('a', someEvents)
  expect(await done('backup', at('b'), store)).toContain('is a store')
  expect(await done('export', at('b'))).toBe(await done('export', store))
  const again = await result('store', 'backup', at('b'), store)
  expect([again.code, again.err]).toEqual([2, expect.stringContaining('not empty')])
})

it('a store is read and copied while a router writes to it', async () => {
  const realm = 'anonymous: { role: guest }, roles: { guest: [{ uri: com.shop.**, allow: [publish] }] }'
  writeFileSync(
    at('trunkline.yaml'),
    `store: { lmdb: events }
listeners: [{ websocket: { host: 127.0.0.1, port: 0 } }]
realms: { shop: { ${realm}, topics: [{ uri: com.shop.**, durable: {} }] } }
`,
  )
  const router = new Child([process.execPath, ...FROM_SOURCE, BIN, 'start', '--config', at('trunkline.yaml'), '--json-logs'])
  const [line] = await router.shows(/\{[^\n]*"listening"[^\n]*\}/)
  const { address: url } = JSON.parse(line) as { address: string }
  const client = createClient({ url, realm: 'shop' })
  let published = 0
  let isOver = false
  const publishing = (async () => {
    while (!isOver) published += (await client.publish('com.shop.a', [published], { acknowledge: true })) > 0 ? 1 : 0
  })()
  await expect.poll(() => published, { timeout: 60_000 }).toBeGreaterThan(10)
  const before = published
  const events = at('events')
  expect(await done('verify', events)).toContain('is fine')
  const values = linesOf(await done('export', events)).flatMap(({ kind, args }) => (kind === 'event' ? (args as number[]) : []))
  expect(values.length).toBeGreaterThanOrEqual(before)
  expect(values).toEqual(values.map((_, i) => i))
  await done('backup', at('copy'), events)
  const refused = await resultWith('', 'store', 'import', '-', events)
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('used by another process')])
  isOver = true
  await publishing
  expect(linesOf(await done('ls', at('copy'), '--json'))).toMatchObject([{ name: 'shop' }])
  await client.stop()
  router.kill('SIGTERM')
  expect(await router.ended).toBe(0)
})

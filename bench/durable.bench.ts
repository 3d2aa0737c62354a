// Measures the stores of events alone: appending in groups, reading, searching, and what each event takes. Events have 256 octets of payload.
// Run: npx tsx --conditions=trunkline-source bench/durable.bench.ts [memory|lmdb]. It must never use a network or other parts.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DurableEvent, EventPage, EventQuery, EventStore, RealmStore, StoreFailure } from '@trunkline/router'
import { MemoryEventStore } from '@trunkline/router'
import { LmdbEventStore } from '@trunkline/router/store-lmdb'
import { SeededIds } from '@trunkline/testing/ports'

/** Groups, and how many events are appended in them. */
const GROUPS = [
  [1, 500],
  [16, 16_000],
  [256, 256_000],
] as const
const TOPICS = 50
const payload = { serializer: 'json', count: 1, raw: new TextEncoder().encode(JSON.stringify(['x'.repeat(252)])) } as const

function eventOf(number: number): DurableEvent {
  return {
    publication: 2 ** 52 + number,
    topic: `com.shop.orders.t${number % TOPICS}`,
    time: 1_700_000_000_000 + number,
    details: {},
    audience: undefined,
    excluded: undefined,
    key: undefined,
    owner: undefined,
    isRetained: false,
    payload,
  }
}

/** Processor time, and time by the clock, for each of so many things. */
async function measured(name: string, count: number, work: () => Promise<void>): Promise<void> {
  const [cpu, start] = [process.cpuUsage(), performance.now()]
  await work()
  const { user, system } = process.cpuUsage(cpu)
  const used = user + system
  const perSecond = (ms: number): string => Math.round(count / (ms / 1_000)).toLocaleString('en')
  const each = (used / count).toFixed(2)
  console.log(
    `${name.padEnd(34)} ${each.padStart(8)} us  ${perSecond(used / 1_000).padStart(10)}/cpu-s  ${perSecond(performance.now() - start).padStart(10)}/s`,
  )
}

async function appendAll(realm: RealmStore, count: number, group: number): Promise<void> {
  for (let first = 0; first < count; first += group)
    await Promise.all(
      Array.from({ length: group }, (_, i) => new Promise((resolve) => realm.append('orders', eventOf(first + i), resolve))),
    )
}

async function readAll(realm: RealmStore, query: Pick<EventQuery, 'filter' | 'first'>): Promise<number> {
  let count = 0
  for (let from = query.first === 'oldest' ? 0 : Number.MAX_SAFE_INTEGER; ;) {
    const page = await new Promise<EventPage | StoreFailure>((resolve) =>
      realm.read({ ...query, from, most: 1_000, mostBytes: 4_000_000 }, resolve),
    )
    if ('error' in page) throw new Error(page.error)
    count += page.events.length
    from = page.next
    if (page.isLast) return count
  }
}

async function measure(name: string, store: EventStore): Promise<void> {
  console.log(`\n${name}`)
  const realm = store.open('realm1')
  realm.keep('orders', {})
  await appendAll(realm, 2_560, 256)
  for (const [group, count] of GROUPS) await measured(`append, groups of ${group}`, count, () => appendAll(realm, count, group))
  const { events, bytes } = realm.size
  const all = { match: 'prefix', uri: '' } as const
  const one = { match: 'exact', uri: 'com.shop.orders.t7' } as const
  const check = async (query: Pick<EventQuery, 'filter' | 'first'>, least: number): Promise<void> => {
    const count = await readAll(realm, query)
    if (count < least) throw new Error(`${count} events were read`)
  }
  await measured('read all, oldest first', events, () => check({ filter: all, first: 'oldest' }, events))
  await measured('read all, newest first', events, () => check({ filter: all, first: 'newest' }, events))
  await measured('search one topic of 50', events, () => check({ filter: one, first: 'oldest' }, events / TOPICS - 1_000))
  await measured('search a topic without events', events, () => check({ filter: { match: 'exact', uri: 'no' }, first: 'oldest' }, 0))
  realm.keep('orders', { events: 100_000 })
  await appendAll(realm, 2_560, 256)
  await measured('append, groups of 256, as many drop', 100_096, () => appendAll(realm, 100_096, 256))
  console.log(`an event of ${payload.raw.length} octets takes ${(bytes / events).toFixed(0)}`)
}

const [which] = process.argv.slice(2)
console.log(`Node ${process.version}, ${process.arch}`)
if (which !== 'lmdb') {
  const scheduler = { defer: (task: () => void) => void setImmediate(task) }
  await measure('in memory', new MemoryEventStore({ scheduler, ids: new SeededIds(), maxBytes: 1024 ** 3 }))
}
if (which !== 'memory') {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-bench-'))
  const log = { error: console.error, warn: console.error, info: console.error, debug: console.error }
  const opened = await LmdbEventStore.open({ folder, log })
  await measure('on the disk, by lmdb', opened)
  const resident = process.memoryUsage.rss()
  await opened.close()
  const start = performance.now()
  const again = await LmdbEventStore.open({ folder, log })
  console.log(
    `opened again in ${(performance.now() - start).toFixed(0)} ms, with ${again.open('realm1').size.events} events; resident memory ${(resident / 1e6).toFixed(0)} MB`,
  )
  await again.close()
  rmSync(folder, { recursive: true })
}

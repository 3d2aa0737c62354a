import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { RecordingLog } from '@trunkline/testing/ports'
import type { StoreLimits } from '../testing/event-store-suite.ts'
import { AskedRealm, describeEventStore, eventOf, payloadOf } from '../testing/event-store-suite.ts'
import { LmdbEventStore } from './lmdb-event-store.ts'
import { LmdbFile } from './lmdb-file.ts'

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-store-'))
  folders.push(folder)
  return folder
}

async function opened(folder: string, log = new RecordingLog(), limits?: StoreLimits): Promise<LmdbEventStore> {
  return LmdbEventStore.open({ folder, log, ...limits })
}

const nothing = (): void => {}

describeEventStore('lmdb', async (limits) => {
  const folder = newFolder()
  let store = await opened(folder, undefined, limits)
  return {
    store,
    settle: nothing,
    async reopen() {
      await store.close()
      store = await opened(folder, undefined, limits)
      return store
    },
    end: () => store.close(),
  }
})

function realmOf(store: LmdbEventStore, name = 'realm1'): AskedRealm {
  const realm = new AskedRealm(store.open(name), nothing)
  realm.realm.keep('log', {})
  return realm
}

describe('the store on the disk', () => {
  it('keeps what it was given over restarts, in chunks that are filled up', async () => {
    const folder = newFolder()
    const given: number[] = []
    for (let start = 0; start < 5; start++) {
      const store = await opened(folder)
      const realm = realmOf(store)
      for (let i = 0; i < 30; i++) given.push(...(await realm.appendAll([eventOf(`t${i % 3}`, { publication: given.length + 1 })])))
      given.push(...(await realm.appendAll(Array.from({ length: 700 }, (_, i) => eventOf('t', { publication: given.length + i + 1 })))))
      await store.close()
    }
    const store = await opened(folder)
    const { events } = await realmOf(store).read({ most: 10_000 })
    expect(events.map(({ position }) => position)).toEqual(given)
    expect(events.map(({ publication }) => publication)).toEqual(given.map((_, i) => i + 1))
    await store.close()
  })

  it('gives a realm another position than any before, also when all its events are dropped', async () => {
    const folder = newFolder()
    const first = await opened(folder)
    const realm = realmOf(first)
    const last = (await realm.appendAll([eventOf('t'), eventOf('t')])).at(-1) ?? 0
    realm.realm.keep('log', { events: 0 })
    await first.close()
    const second = await opened(folder)
    const again = realmOf(second)
    expect(again.realm.last).toBe(last)
    expect((await again.read({ filter: { match: 'exact', uri: 't' } })).dropped).toBe(last)
    expect((await again.appendAll([eventOf('t')]))[0]).toBeGreaterThan(last)
    await second.close()
  })

  it('counts the same after a restart as before it', async () => {
    const folder = newFolder()
    const first = await opened(folder)
    const realm = realmOf(first)
    realm.realm.keep('log', { events: 333 })
    await realm.appendAll(
      Array.from({ length: 1_000 }, (_, i) => eventOf(`t${i}`, { isRetained: i % 100 === 0, payload: payloadOf('x'.repeat(i)) })),
    )
    const { size } = realm.realm
    await first.close()
    const second = await opened(folder)
    expect(second.open('realm1').size).toEqual(size)
    await second.close()
  })

  it('gives the pages of events that are dropped to new ones', async () => {
    const folder = newFolder()
    const store = await opened(folder)
    const realm = realmOf(store)
    realm.realm.keep('log', { events: 50 })
    const payload = payloadOf('x'.repeat(1_000))
    for (let i = 0; i < 40; i++) await realm.appendAll(Array.from({ length: 500 }, () => eventOf('t', { payload })))
    // 20 MB passed through it.
    expect(readFileSync(join(folder, 'events.mdb')).length).toBeLessThan(8_000_000)
    expect(realm.realm.size.bytes).toBeLessThan(400_000)
    await store.close()
  })

  it('opens for one process at a time', async () => {
    const folder = newFolder()
    const store = await opened(folder)
    await expect(opened(folder)).rejects.toMatchObject({
      code: 'TL_STORE',
      message: `the event store in ${folder} is used by another process`,
    })
    await store.close()
    await (await opened(folder)).close()
  })

  it.skipIf(process.getuid?.() === 0)('says that it cannot write to a folder', async () => {
    const folder = newFolder()
    chmodSync(folder, 0o500)
    await expect(opened(folder)).rejects.toMatchObject({
      code: 'TL_STORE',
      message: expect.stringContaining('cannot be written to') as string,
    })
    chmodSync(folder, 0o700)
  })

  it('says that it cannot make its folder', async () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'file'), '')
    await expect(opened(join(folder, 'file', 'store'))).rejects.toMatchObject({ code: 'TL_STORE' })
  })

  it('refuses a file of another format, and leaves it as it is', async () => {
    const folder = newFolder()
    const path = join(folder, 'events.mdb')
    const { open } = await import('lmdb')
    const db = open<Buffer, Buffer>({ path, noSubdir: true, encoding: 'binary', keyEncoding: 'binary', overlappingSync: false })
    await db.put(Buffer.from('f'), Buffer.from('\x8c\xd7\x1e\x4e{"format":2}', 'latin1'))
    await db.close()
    const { sealedJson } = await import('./sealed.ts')
    const again = open<Buffer, Buffer>({ path, noSubdir: true, encoding: 'binary', keyEncoding: 'binary', overlappingSync: false })
    await again.put(Buffer.from('f'), sealedJson({ format: 2 }))
    await again.close()
    const before = readFileSync(path)
    writeFileSync(join(folder, 'running'), '5\n')
    await expect(opened(folder)).rejects.toMatchObject({ code: 'TL_STORE', message: expect.stringContaining('has format 2') as string })
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('opens in a folder with a long name', async () => {
    const folder = join(newFolder(), 'a'.repeat(150), 'b'.repeat(150))
    const store = await opened(folder)
    await expect(opened(folder)).rejects.toMatchObject({ code: 'TL_STORE' })
    await store.close()
  })

  it('opens beside what a process has left that was killed', async () => {
    const folder = newFolder()
    const child = spawn(
      process.execPath,
      ['-e', `require('node:net').createServer().listen('lock', () => process.kill(process.pid, 'SIGKILL'))`],
      {
        cwd: folder,
      },
    )
    await once(child, 'exit')
    expect(readdirSync(folder)).toEqual(['lock'])
    const store = await opened(folder)
    await expect(opened(folder)).rejects.toMatchObject({ code: 'TL_STORE' })
    await store.close()
    expect(readdirSync(folder).toSorted()).toEqual(['events.mdb', 'events.mdb-lock'])
  })

  it('fails what it could not write, and goes on with what it holds', async () => {
    const folder = newFolder()
    const log = new RecordingLog()
    const store = await opened(folder, log)
    const realm = realmOf(store)
    const given = await realm.appendAll([eventOf('t', { publication: 1 }), eventOf('t', { publication: 2, isRetained: true })])
    const broken = vi.spyOn(LmdbFile.prototype, 'commit').mockRejectedValueOnce(new Error('EIO'))
    const failed = Promise.all([
      realm.append(eventOf('t', { publication: 3, isRetained: true })),
      realm.append(eventOf('t', { publication: 4 })),
    ])
    expect(await failed).toEqual([{ error: 'damaged' }, { error: 'damaged' }])
    broken.mockRestore()
    given.push(...(await realm.appendAll([eventOf('t', { publication: 5 })])))
    expect((await realm.read()).events.map(({ publication }) => publication)).toEqual([1, 2, 5])
    expect((await realm.retained()).map(({ publication }) => publication)).toEqual([2])
    expect(given.every((position, i) => position > (given[i - 1] ?? 0))).toBe(true)
    expect(log.lines.map(({ event }) => event)).toEqual(['the event store could not be written to'])
    const { size } = realm.realm
    await store.close()
    const again = await opened(folder)
    expect(again.open('realm1').size).toEqual(size)
    await again.close()
  })

  it('copies itself while it is used', async () => {
    const [folder, other] = [newFolder(), newFolder()]
    const store = await opened(folder)
    const realm = realmOf(store)
    const given = await realm.appendAll(Array.from({ length: 1_000 }, () => eventOf('t')))
    const more = realm.appendAll(Array.from({ length: 1_000 }, () => eventOf('t')))
    await store.backup(join(other, 'events.mdb'))
    await more
    await store.close()
    const copy = await opened(other)
    const { events } = await realmOf(copy).read({ most: 10_000 })
    expect(events.slice(0, 1_000).map(({ position }) => position)).toEqual(given)
    await copy.close()
  })
})

it('removes keys of publications that are past from the file', async () => {
  const folder = newFolder()
  const store = await opened(folder)
  const realm = realmOf(store)
  await realm.appendAll([eventOf('t')])
  const events = Array.from({ length: 100 }, (_, i) => ({ ...eventOf('t'), once: { owner: 'a', key: `${i}` } }))
  // One after the other, so that each has a row of its own.
  for (const event of events) await realm.append(event)
  const { bytes } = realm.realm.size
  realm.realm.expire(eventOf('t').time + 120_000)
  const { size } = realm.realm
  expect(size.bytes).toBeLessThan(bytes - 5_000)
  await store.close()
  const again = await opened(folder)
  expect(realmOf(again).realm.size).toEqual(size)
  await again.close()
})

describe('a damaged store', () => {
  /** A store with events, closed, or left as a process leaves it that is killed. */
  async function filled(isLeft = false): Promise<{ readonly folder: string; readonly path: string; readonly epoch: string }> {
    const folder = newFolder()
    const store = await opened(folder)
    const realm = realmOf(store)
    for (let i = 0; i < 5; i++)
      await realm.appendAll(Array.from({ length: 1_000 }, () => eventOf('t', { payload: payloadOf('x'.repeat(100)) })))
    const { epoch } = realm.realm
    await store.close()
    if (isLeft) writeFileSync(join(folder, 'running'), '1\n')
    return { folder, path: join(folder, 'events.mdb'), epoch }
  }

  /** What an operator sees of the next start, and what is there then. */
  async function nextStart(folder: string): Promise<object> {
    const log = new RecordingLog()
    const store = await opened(folder, log)
    const realm = realmOf(store)
    const before = await realm.positions()
    await realm.appendAll([eventOf('t')])
    const { epoch } = realm.realm
    await store.close()
    const aside = readdirSync(folder).filter((name) => name.startsWith('events.mdb.damaged-'))
    return { epoch, before, logged: log.lines.map(({ event }) => event), aside: aside.length }
  }

  /** A store that began anew, whose events are kept under another name. */
  const anew = (epoch: string): object => ({
    epoch: expect.not.stringMatching(new RegExp(`^${epoch}$`)) as string,
    before: [],
    logged: ['the event store is damaged: it is set aside, and a new one begins'],
    aside: 1,
  })

  it.each([
    ['does not begin as it should', (octets: Buffer) => octets.fill(0x20, 0, 100)],
    ['has another second page', (octets: Buffer) => octets.fill(0, 4_096, 8_192)],
    ['is cut off in the middle of a page', (octets: Buffer) => octets.subarray(0, 100_000)],
    ['is cut off in its first page', (octets: Buffer) => octets.subarray(0, 100)],
  ])('that %s is set aside, and a new one begins', async (_, damage) => {
    const { folder, path, epoch } = await filled()
    writeFileSync(path, damage(readFileSync(path)))
    expect(await nextStart(folder)).toEqual(anew(epoch))
  })

  it('whose pages point to nowhere is set aside after a start that failed', async () => {
    const { folder, path, epoch } = await filled(true)
    const octets = readFileSync(path)
    // Every branch and leaf page, and none of those that say what the file is.
    for (let page = 2; page * 4_096 < octets.length; page++) {
      const flags = octets.readUInt16LE(page * 4_096 + 18)
      if (flags === 1 || flags === 2) octets.fill(0xee, page * 4_096 + 24, (page + 1) * 4_096)
    }
    writeFileSync(path, octets)
    expect(await nextStart(folder)).toEqual(anew(epoch))
  })

  it('with events that cannot be read answers so, and goes on with others', async () => {
    const { folder, path } = await filled()
    const octets = readFileSync(path)
    const at = octets.indexOf(Buffer.from('"xxxxxxxxxxxxxxx'))
    octets.writeUInt8(0x79, at + 1)
    writeFileSync(path, octets)
    const store = await opened(folder)
    const realm = realmOf(store)
    expect(await realm.page({ most: 100_000, mostBytes: 1e9 })).toEqual({ error: 'damaged' })
    const [newest = 0] = await realm.appendAll([eventOf('t')])
    expect(await realm.positions({ from: newest - 1 })).toEqual([newest])
    await store.close()
  })

  it('is not looked for in one that was closed in order', async () => {
    const { folder } = await filled()
    expect(existsSync(join(folder, 'running'))).toBe(false)
    const store = await opened(folder)
    expect(readFileSync(join(folder, 'running'), 'latin1')).toBe('0\n')
    await store.close()
  })

  it('that is empty begins anew without a word', async () => {
    const { folder, path } = await filled()
    truncateSync(path, 0)
    const log = new RecordingLog()
    await (await opened(folder, log)).close()
    expect(log.lines).toEqual([])
  })
})

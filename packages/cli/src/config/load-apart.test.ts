// Shows that a configuration that is loaded in a thread of its own is the same, and has the same mistakes.

import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { UsageError } from '@trunkline/client'
import { selfSigned } from '@trunkline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildCommand } from '../../../../scripts/build-command.mjs'
import type { Config } from './config.ts'
import { loadConfig } from './config.ts'
import { loadApart } from './load-apart.ts'
import { Assembly, piecesOf } from './pieces.ts'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'trunkline-apart-'))
mkdirSync(join(ROOT, '.cache'), { recursive: true })
// Inside the repository, so that packages are found from there.
const built = mkdtempSync(join(ROOT, '.cache', 'apart-'))
const ENTRY = pathToFileURL(join(built, 'load-worker.js'))

beforeAll(() => buildCommand(built))
afterAll(() => {
  for (const each of [folder, built]) rmSync(each, { recursive: true })
})

function written(users: string, rest = ''): string {
  const file = join(folder, 'trunkline.yaml')
  const { cert, key } = selfSigned()
  writeFileSync(join(folder, 'cert.pem'), cert)
  writeFileSync(join(folder, 'key.pem'), key)
  const listener = '{ host: 127.0.0.1, port: 0, tls: { cert: cert.pem, key: key.pem } }'
  writeFileSync(file, `listeners: [ websocket: ${listener} ]\nrealms:\n  a: { roles: { r: [] }, users: { ${users} } }\n  b: {}\n${rest}`)
  return file
}

/** What comes of the file piece by piece after another configuration. */
async function again(before: Config): Promise<Config> {
  const assembly = new Assembly(before)
  for (const piece of piecesOf(await loadConfig(before.file))) assembly.add(structuredClone(piece))
  return assembly.config
}

const MANY = Array.from({ length: 1_200 }, (_, i) => `u${i}: { role: r, ticket: t${i} }`)

/** The paths of the files that this process has open. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)]
    } catch {
      return [] // That of the folder itself.
    }
  })
}

describe('a configuration', () => {
  it('is the same in pieces, of which none has more than some users', async () => {
    const config = await loadConfig(written([...MANY, "__proto__: { role: r, ticket: 't' }"].join(', ')))
    const assembly = new Assembly()
    for (const piece of piecesOf(config)) {
      if ('users' in piece) expect(piece.users.length).toBeLessThanOrEqual(250)
      assembly.add(structuredClone(piece))
    }
    expect(assembly.config).toEqual(config)
    expect(Object.keys(assembly.config.document.realms['a']?.users ?? {})).toHaveLength(1_201)
  })

  it('takes users that are as they were from the one before', async () => {
    const before = await loadConfig(written(MANY.join(', ')))
    const users = (config: Config) => [config.document.realms['a']?.users, config.router.realms['a']?.authentication?.users] as const
    const same = await again(before)
    expect(users(same)[0]).toBe(users(before)[0])
    expect(users(same)[1]).toBe(users(before)[1])
    written(MANY.with(700, 'u700: { role: r, ticket: another }').join(', '))
    const changed = await again(same)
    expect(changed).toEqual(await loadConfig(before.file))
    for (const [i, all] of users(changed).entries()) {
      expect(all?.['u699']).toBe(users(before)[i]?.['u699'])
      expect(all?.['u700']).not.toEqual(users(before)[i]?.['u700'])
    }
    written(MANY.slice(1).join(', '))
    expect(await again(changed)).toEqual(await loadConfig(before.file))
  })

  it('has users in the place of none, and none in the place of users', async () => {
    const none = await loadConfig(written(''))
    written(MANY.join(', '))
    const some = await again(none)
    expect(some).toEqual(await loadConfig(none.file))
    written('')
    expect(await again(some)).toEqual(await loadConfig(none.file))
  })

  it('is loaded in a thread of its own, users, certificates and all', async () => {
    const file = written(MANY.join(', '))
    expect(await loadApart(file, undefined, ENTRY)).toEqual(await loadConfig(file))
  })

  it.each([
    ['with mistakes', 'u: { role: none, ticket: t }', ''],
    ['that the router refuses', '', 'limits: { message: 512B, nesting: 3 }'],
  ])('%s is refused as it is in one thread', async (_, users, rest) => {
    const file = written(users, rest)
    const [apart, here] = await Promise.all(
      [loadApart(file, undefined, ENTRY), loadConfig(file)].map((loading) => loading.catch((error: unknown) => error)),
    )
    expect(apart).toBeInstanceOf(UsageError)
    expect(apart).toEqual(here)
  })

  it.runIf(process.platform === 'linux')('leaves no file open whose modules its thread was loading, nor a thread', async () => {
    const jwt = "jwt: { algorithms: [HS256], role: r, keys: [ { secret: '" + 'x'.repeat(40) + "' } ] }"
    const file = written('', `  c: { roles: { r: [] }, ${jwt} }\n`)
    const started: Worker[] = []
    const watch = (worker: Worker): void => void started.push(worker)
    process.on('worker', watch)
    for (let i = 0; i < 5; i++) await loadApart(file, undefined, ENTRY)
    process.off('worker', watch)
    expect(started.length).toBe(5)
    // The id of a thread that has ended.
    await expect.poll(() => started.map(({ threadId }) => threadId)).toEqual([-1, -1, -1, -1, -1])
    expect(openFiles().filter((path) => path.includes('jose'))).toEqual([])
  })

  it('that cannot be read is refused', async () => {
    await expect(loadApart(join(folder, 'none.yaml'), undefined, ENTRY)).rejects.toThrow(/cannot read the configuration/)
  })

  it.each([
    ['ends early', '', 'the thread that reads the configuration ended early'],
    ['fails', "throw new Error('broken')", 'broken'],
  ])('is not there when its thread %s', async (_what, code, message) => {
    const entry = join(built, 'faulty-worker.mjs')
    writeFileSync(entry, code)
    await expect(loadApart(written(''), undefined, pathToFileURL(entry))).rejects.toThrow(message)
  })
})

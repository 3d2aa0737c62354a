// Shows that the TypeScript in README, guides and docstrings compiles, runs, and prints what it says.

import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'
import { connect } from '@trunkline/client'
import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { docstringExamples, fencedBlocks, filesBelow, guides, ROOT } from './blocks.ts'
import type { Surroundings } from './modules.ts'
import { moduleOf, printedBy } from './modules.ts'

const sources = ['protocol', 'client', 'router'].flatMap((name) => filesBelow(`packages/${name}/src`, '.ts'))
const blocks = [...guides().flatMap(fencedBlocks), ...sources.flatMap(docstringExamples)].filter(({ language }) => language === 'ts')

mkdirSync(join(ROOT, '.cache'), { recursive: true })
const folder = mkdtempSync(join(ROOT, '.cache', 'docs-'))
const modules = blocks.map((block) => {
  const file = join(folder, `${block.place.replaceAll(/[^\w]/g, '_')}.ts`)
  writeFileSync(file, moduleOf(block))
  return { ...block, module: file, prints: printedBy(block) }
})

afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => vi.restoreAllMocks())

interface BlockModule {
  readonly default: ($: Surroundings) => Promise<{ readonly router?: Router }>
}

const EVERYTHING = {
  anonymousRole: 'guest',
  roles: { guest: ['**', 'wamp.**'].map((uri) => ({ uri, allow: ['call', 'register', 'publish', 'subscribe'] as const })) },
  topics: [{ uri: 'com.example.temperature', history: { events: 10 } }],
}

/** A router as the blocks take it for granted. */
async function openRouter(withAdd: boolean): Promise<Surroundings & { close(): Promise<void> }> {
  const router = createRouter({ realms: { realm1: EVERYTHING } })
  const callee = await connect({ transport: router.openLocal(), realm: 'realm1' })
  if (withAdd) await callee.register('com.example.add', ({ args: [a, b] }) => Number(a) + Number(b))
  const http = await router.listenHttp({ host: '127.0.0.1', port: 0, longPoll: { path: '/longpoll' } })
  const rawSocket = await router.listenRawSocket({ listen: { host: '127.0.0.1', port: 0 } })
  return { url: http.address, rawSocketUrl: rawSocket.address, close: () => router.close() }
}

describe('the TypeScript in the documents', () => {
  it('compiles', async () => {
    const config = {
      extends: relative(folder, join(ROOT, 'tsconfig.test.json')),
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
      include: ['*.ts'],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { cwd: folder }, (_, stdout, stderr) => resolve(stdout + stderr))
    })
    // Errors in the sources themselves are told by the check of types.
    expect(output.split('\n').filter((line) => /^\w+\.ts\(|^error/.test(line))).toEqual([])
  })

  it.each(modules.filter(({ runs }) => runs))('runs: $place', async ({ module, prints, code }) => {
    const surroundings = await openRouter(!code.includes(`register('com.example.add'`))
    const printed: string[] = []
    vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => void printed.push(format(...values)))
    const { default: run } = (await import(pathToFileURL(module).href)) as BlockModule
    const { router } = await run(surroundings)
    await vi.waitFor(() => expect(printed).toEqual(expect.arrayContaining(prints)), 3_000)
    await Promise.all([surroundings.close(), router?.close()])
  })
})

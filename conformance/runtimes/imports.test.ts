// Shows that a server may import what pages import: every entry point of client and contract, bundled as Next.js and others do it for
// Node and for edge runtimes, only defines things when it is loaded.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { runInNewContext, runInThisContext } from 'node:vm'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../docs/blocks.ts'

const require = createRequire(import.meta.url)
const FRAMEWORKS = ['react', 'vue', 'svelte']
const RUNTIMES = {
  Node: {
    conditions: ['node', 'import', 'module', 'trunkline-source'],
    // The second is asked whether the command `trunkline contract build` is there.
    allowed: ['Buffer', 'globalThis.trunkline.contract'],
  },
  'an edge runtime': { conditions: ['edge-light', 'workerd', 'worker', 'import', 'module', 'trunkline-source'], allowed: [] },
} as const

/** What the language itself has, and the two classes of text that every runtime has. */
const KNOWN = new Set([
  ...(runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[]).filter((name) => !['globalThis', 'console'].includes(name)),
  'TextEncoder',
  'TextDecoder',
])

const doors = ['client', 'contract'].flatMap((folder) => {
  const { name, exports } = JSON.parse(readFileSync(join(ROOT, 'packages', folder, 'package.json'), 'utf8')) as {
    name: string
    exports: Record<string, unknown>
  }
  return Object.keys(exports).map((door) => name + door.slice(1))
})

async function bundled(code: string, runtime: keyof typeof RUNTIMES): Promise<string> {
  const { outputFiles } = await build({
    conditions: [...RUNTIMES[runtime].conditions],
    platform: runtime === 'Node' ? 'node' : 'neutral',
    mainFields: ['module', 'main'],
    stdin: { contents: code, resolveDir: join(ROOT, 'conformance') },
    bundle: true,
    write: false,
    format: 'cjs',
    external: FRAMEWORKS,
    logLevel: 'error',
  })
  return outputFiles.map(({ text }) => text).join('')
}

/** Globals that say who reads or writes what the language does not have; `own` is there besides. */
function watched(touched: string[], own: Record<string, unknown> = {}, prefix = ''): object {
  return new Proxy(own, {
    has: () => true,
    get(_, name) {
      if (typeof name === 'symbol') return undefined
      if (name in own) return own[name]
      if (name === 'globalThis') return watched(touched, {}, 'globalThis.')
      if (!KNOWN.has(name)) touched.push(prefix + name)
      return (globalThis as Record<string, unknown>)[name]
    },
    set(_, name) {
      touched.push(`${prefix}${String(name)} =`)
      return true
    },
  })
}

/** Loads a script, and returns what it exports and the globals that it read or wrote meanwhile. */
function load(script: string): { exported: Record<string, unknown>; touched: string[] } {
  const touched: string[] = []
  const module: { exports: Record<string, unknown> } = { exports: {} }
  const scope = watched(touched, { module, require })
  // Each free name of the script is looked up in the scope.
  const run = runInThisContext(`(scope) => { with (scope) { (function () { ${script} })() } }`) as (scope: unknown) => void
  run(scope)
  return { exported: module.exports, touched: [...new Set(touched)] }
}

describe.each(Object.keys(RUNTIMES) as (keyof typeof RUNTIMES)[])('in a bundle for %s', (runtime) => {
  it.each(doors)('%s touches no global when it is loaded', async (door) => {
    const { exported, touched } = load(await bundled(`export * from '${door}'`, runtime))
    expect(Object.keys(exported).length).toBeGreaterThan(0)
    expect(RUNTIMES[runtime].allowed).toEqual(expect.arrayContaining(touched))
  })
})

it('the test sees a global that is touched, also by typeof and as a property', () => {
  const { touched } = load('typeof window; globalThis.WebSocket; leaked = 1; new Map()')
  expect(touched).toEqual(['window', 'globalThis.WebSocket', 'leaked ='])
})

it.each(doors)('%s leaves nothing in a bundle that uses nothing of it', async (door) => {
  const text = await bundled(`import '${door}'`, 'an edge runtime')
  expect(text.replaceAll(/"use strict";|\/\/.*|\s/g, '')).toBe('')
})

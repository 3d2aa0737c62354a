// Plants each kind of violation in a small tree of files and looks whether the check names it.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { checkImports } from './check-imports.mjs'
import { blankLiterals, importsOf } from './source-text.mjs'

const roots: string[] = []

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true })
})

const MANIFESTS: Record<string, unknown> = {
  'package.json': {
    workspaces: ['packages/protocol', 'packages/client', 'packages/router', 'packages/testkit', 'conformance'],
    devDependencies: { vitest: '1.0.0' },
  },
  'packages/protocol/package.json': { name: '@trunkline/protocol', exports: { '.': {} } },
  'packages/client/package.json': {
    name: '@trunkline/client',
    exports: { '.': {}, './cbor': {} },
    imports: { '#socket': { node: './src/transports/node.ts', default: './src/transports/browser.ts' } },
    dependencies: { '@trunkline/protocol': '0.1.0', ws: '8.0.0' },
  },
  'packages/router/package.json': { name: '@trunkline/router', exports: { '.': {} }, dependencies: { '@trunkline/protocol': '0.1.0' } },
  'packages/testkit/package.json': { name: '@trunkline/testkit', exports: { '.': {} } },
  'conformance/package.json': { name: '@trunkline/conformance' },
}

function plant(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'rooms-'))
  roots.push(root)
  const manifests = Object.entries(MANIFESTS).map(([path, manifest]) => [path, JSON.stringify(manifest)] as const)
  for (const [path, text] of [...manifests, ...Object.entries(files)]) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

function problemsOf(files: Record<string, string>): string[] {
  return checkImports(plant(files))
}

describe('the rooms', () => {
  it('pass a tree in which each file keeps to its room', () => {
    const problems = problemsOf({
      'packages/protocol/src/index.ts': `export * from './uri.ts'`,
      'packages/protocol/src/uri.ts': `export const SEPARATOR = '.' // never Date.now()`,
      'packages/client/src/index.ts': `import { open } from '#socket'\nimport type { Message } from '@trunkline/protocol'`,
      'packages/client/src/transports/node.ts': `import { connect } from 'node:net'`,
      'packages/client/src/transports/browser.ts': `export const open = 1`,
      'packages/router/src/core/ports/link.ts': `import type { Message } from '@trunkline/protocol'`,
      'packages/router/src/core/ports/index.ts': `export type * from './link.ts'`,
      'packages/router/src/core/pubsub/broker.ts': `import type { Link } from '../ports/link.ts'`,
      'packages/router/src/core/realm.ts': `import { Broker } from './pubsub/broker.ts'`,
      'packages/router/src/core/index.ts': `export { Realm } from './realm.ts'`,
      'packages/router/src/listeners/websocket.ts': `import { createServer } from 'node:http'\nimport type { Accept } from '../core/ports/index.ts'`,
      'packages/router/src/connection.ts': `import { Realm } from './core/index.ts'`,
      'packages/router/src/router.ts': `import { listen } from './listeners/websocket.ts'\nimport { Connection } from './connection.ts'`,
      'packages/router/src/index.ts': `export { createRouter } from './router.ts'`,
      'packages/router/src/core/realm.test.ts': `import { link } from '@trunkline/testkit'\nimport { it } from 'vitest'\nawait Promise.all([])`,
      'conformance/run.ts': `import { createRouter } from '@trunkline/router'\nimport { it } from 'vitest'`,
    })
    expect(problems).toEqual([])
  })

  const violations: [title: string, file: string, source: string, complaint: string][] = [
    ['protocol importing the router', 'packages/protocol/src/a.ts', `import '@trunkline/router'`, 'may not import @trunkline/router'],
    ['protocol importing Node', 'packages/protocol/src/a.ts', `import net from 'node:net'`, 'may not use Node'],
    ['protocol importing a type of an outside package', 'packages/protocol/src/a.ts', `import type { A } from 'ws'`, 'may not import ws'],
    ['a Node module without its prefix', 'packages/client/src/transports/a.ts', `import net from 'net'`, `write it as 'node:net'`],
    ['the client importing the router', 'packages/client/src/a.ts', `import '@trunkline/router'`, 'may not import @trunkline/router'],
    ['the client using Node outside its transports', 'packages/client/src/a.ts', `import 'node:net'`, 'may not use Node'],
    ['a transport knowing the client', 'packages/client/src/transports/a.ts', `import '../b.ts'`, 'may not know packages/client/src'],
    ['the core knowing a connection', 'packages/router/src/core/a.ts', `import '../connection.ts'`, 'may not know packages/router/src'],
    [
      'the core knowing an adapter by a type',
      'packages/router/src/core/a.ts',
      `export type { B } from '../listeners/b.ts'`,
      'may not know',
    ],
    ['the ports knowing the core', 'packages/router/src/core/ports/a.ts', `import '../realm.ts'`, 'may not know packages/router/src/core'],
    [
      'pubsub knowing calls',
      'packages/router/src/core/pubsub/a.ts',
      `import '../calls/b.ts'`,
      'may not know packages/router/src/core/calls',
    ],
    [
      'calls knowing pubsub',
      'packages/router/src/core/calls/a.ts',
      `import '../pubsub/b.ts'`,
      'may not know packages/router/src/core/pubsub',
    ],
    ['rights knowing the realm', 'packages/router/src/core/rights/a.ts', `import '../realm.ts'`, 'may not know packages/router/src/core'],
    ['a room of the core past its door', 'packages/router/src/peers/a.ts', `import '../core/outbox/b.ts'`, 'may not know'],
    ['a port past its door', 'packages/router/src/listeners/a.ts', `import '../core/ports/link.ts'`, 'may not know'],
    ['an adapter knowing its sibling', 'packages/router/src/listeners/a.ts', `import '../authorization/b.ts'`, 'may not know'],
    ['an adapter knowing the inside of the core', 'packages/router/src/listeners/a.ts', `import '../core/realm.ts'`, 'may not know'],
    ['a connection knowing an adapter', 'packages/router/src/connection.ts', `import './listeners/b.ts'`, 'may not know'],
    ['a connection knowing the composition root', 'packages/router/src/connection.ts', `import './router.ts'`, 'may not know'],
    ['a dynamic import', 'packages/protocol/src/a.ts', `const a = import('node:fs')`, 'may not use Node'],
    ['an imported type expression', 'packages/protocol/src/a.ts', `type A = import('node:fs').Stats`, 'may not use Node'],
    ['an import over several lines', 'packages/protocol/src/a.ts', `import {\n  a, // 'x'\n  b,\n} from 'node:fs'`, 'may not use Node'],
    ['source that imports the testkit', 'packages/router/src/a.ts', `import '@trunkline/testkit'`, 'may not import @trunkline/testkit'],
    ['an import past the door by name', 'conformance/a.ts', `import '@trunkline/router/src/router.ts'`, 'import its door'],
    ['an import past the door by path', 'conformance/a.ts', `import '../packages/router/src/router.ts'`, 'reaches into packages/router'],
    ['a test past the door of another package', 'packages/client/src/a.test.ts', `import '../../router/src/b.ts'`, 'reaches into'],
    ['an undeclared package', 'packages/router/src/router.ts', `import 'pino'`, 'pino is not declared in packages/router/package.json'],
    ['a development dependency in source', 'packages/router/src/router.ts', `import 'vitest'`, 'vitest is not declared'],
    ['an unknown entry of "imports"', 'packages/client/src/a.ts', `import '#nothing'`, 'has no such entry'],
    ['a file in no room', 'packages/novelty/src/a.ts', ``, 'lies in no room'],
  ]
  it.each(violations)('refuse %s', (_title, file, source, complaint) => {
    const problems = problemsOf({ [file]: source })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(file)
    expect(problems[0]).toContain(complaint)
  })

  it('refuse a package of ours that the manifest does not name', () => {
    const root = plant({ 'packages/client/src/a.ts': `import '@trunkline/protocol'` })
    writeFileSync(join(root, 'packages/client/package.json'), JSON.stringify({ name: '@trunkline/client' }))
    expect(checkImports(root)).toEqual([
      `packages/client/src/a.ts: imports '@trunkline/protocol': @trunkline/protocol is not declared in packages/client/package.json`,
    ])
  })
})

describe('a pure room', () => {
  const calls = [
    'Date.now()',
    'new Date()',
    'new Date',
    'Date()',
    'Math.random()',
    'setTimeout(f, 1)',
    'setInterval(f)',
    'queueMicrotask(f)',
    'performance.now()',
    'process.env',
    'console.log(1)',
    'fetch(url)',
    'crypto.subtle',
    'Promise.resolve()',
    'async () => 1',
    'await f()',
    'globalThis.x',
    'Buffer.from(x)',
    'new TextDecoder()',
    '`text ${Date.now()} text`',
  ]
  it.each(calls)('refuses %s', (call) => {
    const [problem, ...more] = problemsOf({ 'packages/protocol/src/a.ts': `\nexport const a = ${call}` })
    expect(problem).toMatch(/^packages\/protocol\/src\/a\.ts:2: '.*' in a pure room; take it from a port$/)
    expect(more).toEqual([])
  })

  it('takes no offence at comments, text, regular expressions and names that only look alike', () => {
    const source = [
      '// Date.now()',
      '/* console.log */',
      `const a = 'async ' + "await" + \`Promise \${a /* fetch() */} process.env\``,
      'const b = /[/"]await console./.test(a)',
      'const c = port.setTimeout(f) + my$Date.now() + clock.performance.now()',
      'const d = value instanceof Date ? new Date(clock.now()) : 0',
    ].join('\n')
    expect(problemsOf({ 'packages/protocol/src/a.ts': source })).toEqual([])
  })

  it('names the text classes in the text port only', () => {
    const source = 'export const encoder = new TextEncoder()'
    expect(problemsOf({ 'packages/protocol/src/text.ts': source })).toEqual([])
    expect(problemsOf({ 'packages/router/src/core/text.ts': source })).toHaveLength(1)
  })
})

describe('cycles', () => {
  it('are refused, imports of types included', () => {
    const problems = problemsOf({
      'packages/router/src/core/a.ts': `import { b } from './b.ts'`,
      'packages/router/src/core/b.ts': `import type { C } from './c.ts'`,
      'packages/router/src/core/c.ts': `export type { A } from './a.ts'`,
    })
    const core = 'packages/router/src/core'
    expect(problems).toEqual([`cycle: ${core}/a.ts -> ${core}/b.ts -> ${core}/c.ts -> ${core}/a.ts`])
  })

  it('are taken from the types of records that hold one another, and refused where more than types go round', () => {
    const state = 'packages/router/src/core/state'
    const call = `export interface Call {}`
    expect(
      problemsOf({
        [`${state}/session.ts`]: `import type { Call } from './call.ts'`,
        [`${state}/call.ts`]: `import type { Session } from './session.ts'\n${call}`,
      }),
    ).toEqual([])
    expect(
      problemsOf({
        [`${state}/session.ts`]: `import { open } from './call.ts'`,
        [`${state}/call.ts`]: `import { Session } from './session.ts'\n${call}`,
      }),
    ).toHaveLength(1)
  })

  it('are seen through the entries of "imports"', () => {
    const problems = problemsOf({
      'packages/client/src/transports/node.ts': `import './open.ts'`,
      'packages/client/src/transports/open.ts': `import '#socket'`,
    })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^cycle: /)
  })
})

describe('the reading of source', () => {
  it('finds each import once and no import in text', () => {
    const source = [
      `import a from 'a'`,
      `import { b as c, type D } from "b"`,
      `import 'c'`,
      `export * from 'd'`,
      `export { from } from 'e'`,
      `const text = "import x from 'y'" // import z from 'z'`,
      `export const from = 'w'`,
      `const g = await import('g')`,
    ].join('\n')
    expect(importsOf(source, blankLiterals(source))).toEqual(['a', 'b', 'c', 'd', 'e', 'g'])
  })

  it('keeps every offset and line', () => {
    const source = '`a${ { b: `c` } }d\n` /* e\n */ + /f\\/[/]/ + "g" // h'
    const code = blankLiterals(source)
    expect(code).toHaveLength(source.length)
    expect(code.split('\n')).toHaveLength(source.split('\n').length)
    expect(code.replaceAll(/\s/g, '')).toBe('`${{b:``}}`+//+""')
  })
})

describe('a package that is installed apart from the workspaces', () => {
  it('declares what its files import', () => {
    const files = {
      'conformance/clients/some/package.json': JSON.stringify({ dependencies: { rxjs: '1.0.0' } }),
      'conformance/clients/some/client.js': `import 'rxjs'`,
      'conformance/clients/some/other.js': `import 'ws'`,
    }
    expect(problemsOf(files)).toEqual([
      `conformance/clients/some/other.js: imports 'ws': ws is not declared in conformance/clients/some/package.json`,
    ])
  })
})

describe('this project', () => {
  it('keeps to its own rooms', () => {
    expect(checkImports(fileURLToPath(new URL('..', import.meta.url)))).toEqual([])
  })
})

describe('the command', () => {
  it('ends with 1 and names the fault on standard error, with 0 and silence when there is none', () => {
    const script = fileURLToPath(new URL('check-imports.mjs', import.meta.url))
    const bad = plant({ 'packages/protocol/src/a.ts': `import 'node:fs'` })
    expect(() => execFileSync(process.execPath, [script, bad], { stdio: 'pipe' })).toThrow(/may not use Node/)
    expect(execFileSync(process.execPath, [script, plant({})], { encoding: 'utf8' })).toBe('')
  })
})

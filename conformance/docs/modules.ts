// Makes a module of each block of TypeScript, so that it can be type-checked and run. The one place that knows what a
// block may take for granted:
//
// - ```ts runs, ```ts no-run is only type-checked. The examples in docstrings always run.
// - Imports may be left out: what @trunkline/client, its serializers and @trunkline/router export is there.
// - Names of ASSUMED may be used without declaring them.
// - ws://127.0.0.1:8080/ws and rs://127.0.0.1:8081 are a router that allows everything in `realm1`, the meta API too, and
//   keeps a history of com.example.temperature, with a callee of `com.example.add` unless the block registers that itself;
//   a port 808x to listen on means any free one.
// - What stands behind `console.log(...) //` on the same line must be printed.

import * as client from '@trunkline/client'
import * as calls from '@trunkline/client/calls'
import * as e2ee from '@trunkline/client/e2ee'
import * as history from '@trunkline/client/history'
import * as meta from '@trunkline/client/meta'
import * as testament from '@trunkline/client/testament'
import * as router from '@trunkline/router'
import type { Block } from './blocks.ts'

/** What a module is given when it runs. */
export interface Surroundings {
  /** The WebSocket address of a router. */
  readonly url: string
  readonly rawSocketUrl: string
}

const SESSION = `await connect({ url: $.url, realm: 'realm1' })`

/** Names that a block may use without declaring them, and what they are. */
const ASSUMED: Readonly<Record<string, string>> = {
  session: SESSION,
  other: SESSION,
  router: `createRouter({ realms: { realm1: { anonymousRole: 'guest', roles: { guest: [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] }] } } } })`,
  show: '(value: unknown) => console.log(value)',
  transport: '{ send(_message: object) {} }',
  message: `{ type: 2 as const, session: 1, details: { roles: { broker: {}, dealer: {} } } }`,
}

/** Where a name comes from that a block uses without importing it. */
const IMPORTED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys(router).map((name) => [name, '@trunkline/router'])),
  ...Object.fromEntries(Object.keys(client).map((name) => [name, '@trunkline/client'])),
  ...Object.fromEntries(Object.entries({ calls, e2ee, history, meta, testament }).flatMap(doorOf)),
  msgpack: '@trunkline/client/msgpack',
  cbor: '@trunkline/client/cbor',
  ClientHandshake: '@trunkline/protocol',
}

/** The names that a door of the client exports. */
function doorOf([door, names]: [string, object]): [string, string][] {
  return Object.keys(names).map((name) => [name, `@trunkline/client/${door}`])
}

const IMPORT = /^import (?:type )?[\s\S]*?from '[^']+'$/gm

/** A module whose default export runs the block. */
export function moduleOf({ place, code }: Block): string {
  const written = code.match(IMPORT) ?? []
  const body = code
    .replace(IMPORT, '')
    .replaceAll(`'ws://127.0.0.1:8080/ws'`, '$.url')
    .replaceAll(`'http://127.0.0.1:8080/longpoll'`, `$.url.replace('ws:', 'http:').replace('/ws', '/longpoll')`)
    .replaceAll(`'rs://127.0.0.1:8081'`, '$.rawSocketUrl')
    .replaceAll(/port: 808\d/g, 'port: 0')
  const assumed = Object.entries(ASSUMED).filter(([name]) => isFree(name, body))
  const prelude = assumed.map(([name, value]) => `  const ${name} = ${value}`)
  const all = [...prelude, body].join('\n')
  const imports = Object.entries(IMPORTED).filter(([name]) => isFree(name, all) && !written.some((line) => uses(name, line)))
  return [
    `// ${place}`,
    ...written,
    ...imports.map(([name, from]) => `import { ${name} } from '${from}'`),
    'export default async function ($: { url: string; rawSocketUrl: string }): Promise<object> {',
    ...prelude,
    body,
    `  return { ${assumed.map(([name]) => name).join(', ')} }`,
    '}',
    '',
  ].join('\n')
}

/** What a block says that it prints. */
export function printedBy({ code }: Block): string[] {
  return [...code.matchAll(/console\.log\(.*\) \/\/ (.+)$/gm)].map(([, text]) => text ?? '')
}

function isFree(name: string, code: string): boolean {
  return uses(name, code) && !new RegExp(`\\b(?:const|let|class|function) ${name}\\b`).test(code)
}

function uses(name: string, code: string): boolean {
  return new RegExp(`(?<![\\w.'$])${name}\\b(?!['":])`).test(code.replace(/\/\/.*$/gm, ''))
}

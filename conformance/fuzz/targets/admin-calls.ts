// Calls of the admin API: arguments against the contract as it is published, and the pages that lists make of what is accepted.

import { readFileSync } from 'node:fs'
import { ApplicationError } from '@trunkline/protocol'
import type { JsonSchema, Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { ascii } from '@trunkline/testkit'
import { adminApi } from '../../../packages/cli/src/admin/admin-contract.ts'
import { Cursors } from '../../../packages/cli/src/admin/cursors.ts'
import { declaredEntry, ownContract } from '../../../packages/cli/src/admin/declared.ts'
import { realmRow } from '../../../packages/cli/src/admin/rows.ts'
import { TrafficFilter } from '../../../packages/cli/src/admin/traffic-filter.ts'
import type { ListName } from '../../../packages/cli/src/admin/nodes/list-part.ts'
import { listPart } from '../../../packages/cli/src/admin/nodes/list-part.ts'
import { mergedList } from '../../../packages/cli/src/admin/nodes/merged-list.ts'
import type { Validator } from '../../../packages/router/src/core/contracts/json-schema.ts'
import { compileSchema } from '../../../packages/router/src/core/contracts/json-schema.ts'
import type { Target } from './target.ts'
import { check, Fault } from './target.ts'

const REALMS = ['trunkline', 'com.example.shop', 'empty']
const SESSIONS = 5
/** More than any list here has. */
const MOST_PAGES = 40
/** What a page of a realm that is nearly empty may take, besides what is asked for. */
const LONGEST_ANSWER = 4_096

type Values = Readonly<Record<string, unknown>>
type Check = (value: unknown) => { readonly value?: unknown; readonly issues?: readonly { readonly message: string }[] | undefined }

/** A procedure: as it checks its arguments, and as its contract says. */
interface Entry {
  readonly uri: string
  readonly checks: readonly Check[]
  readonly checkKwargs: Check | undefined
  readonly declared: readonly Validator[]
  readonly declaredKwargs: Validator | undefined
}

export function adminTarget(): Target {
  const entries = entriesOf(adminApi)
  const cursors = new Cursors('run')
  const router = inhabited()
  const contract = ownContract()
  const lists: Readonly<Record<string, (wanted: Values) => { rows: readonly unknown[]; next: string | null }>> = {
    realms: realmsOf,
    sessions: (wanted) => page('sessions', wanted),
    procedures: (wanted) => page('procedures', wanted),
    topics: (wanted) => page('topics', wanted),
  }

  function realmsOf({ realm: name, after, limit }: Values): { rows: readonly unknown[]; next: string | null } {
    const names = router.realms.map((realm) => realm.name)
    if (name !== undefined && !names.includes(String(name))) return { rows: [], next: null }
    const first = cursors.read(after as string | undefined, names).realm
    const most = Number(limit ?? 100)
    const behind = names[first + most]
    const rows = router.realms.slice(first, first + most).map(realmRow)
    return { rows, next: behind === undefined ? null : cursors.write(behind, []) }
  }

  function page(list: ListName, { realm: name, after, limit = 100, ...filter }: Values) {
    const names = router.realms.map((realm) => realm.name).filter((each) => name === undefined || each === name)
    const { realm, from } = cursors.read(after as string | undefined, names)
    const wish = { list, filter, realms: names.slice(realm), from, limit: Number(limit) }
    const { entries: rows, next } = mergedList([{ node: '', answer: listPart(router, wish, { node: '', boot: '' }) }], wish)
    return { rows, next: next === undefined ? null : cursors.write(names[realm + next.realm] ?? '', next.from) }
  }

  function run(input: Uint8Array): string {
    const call = readCall(input)
    const entry = entries.find(({ uri }) => uri.endsWith(`.${call?.name}`))
    if (call === undefined || entry === undefined) return call === undefined ? 'no call' : 'no procedure'
    const accepted = judged(entry, call)
    if (accepted === undefined) return `refused ${call.name}`
    const answer = answerTo(call.name, accepted)
    check(JSON.stringify(answer).length <= LONGEST_ANSWER + input.length, 'an answer is much longer than the call')
    return `${call.name} ${typeof answer === 'string' ? answer : 'done'}`
  }

  function answerTo(name: string, { args, kwargs }: Accepted): unknown {
    try {
      const list = lists[name]
      if (list !== undefined) return allPages(list, kwargs)
      if (name === 'contract') return declaredEntry([contract], args[0] === 'topic' ? 'topic' : 'procedure', String(args[1])) ?? null
      if (name === 'tail' || name === 'payload' || name === 'graph')
        return new TrafficFilter(kwargs).fits('call', 'realm', 'com.example.add')
      return 'accepted'
    } catch (error) {
      if (error instanceof ApplicationError) return error.uri
      throw error
    }
  }

  return {
    name: 'admin-calls',
    files: /cli\/src\/admin\/(?:schemas|cursors|declared|uri-matcher)\.ts/,
    seeds: SEEDS.map(ascii),
    tokens: TOKENS.map(ascii),
    run,
  }
}

/** A router with some sessions in one of its realms, which subscribe. */
function inhabited(): Router {
  const roles = { guest: [{ uri: '**', allow: ['subscribe'] as const }] }
  const router = createRouter({ realms: Object.fromEntries(REALMS.map((name) => [name, { anonymousRole: 'guest', roles }])) })
  for (let i = 0; i < SESSIONS; i++) {
    const owner = router.accept({
      serializer: 'json',
      maxSendBytes: Number.POSITIVE_INFINITY,
      isWritable: true,
      pendingBytes: 0,
      info: { kind: 'websocket', peer: `peer ${i}`, isSecure: false },
      send: () => {},
      close: () => {},
      destroy: () => {},
    })
    owner.onMessage(ascii('[1,"com.example.shop",{"roles":{"subscriber":{}}}]'))
    owner.onMessage(ascii(`[32,1,{},"com.example.topic.${i}"]`))
  }
  return router
}

interface Call {
  readonly name: string
  readonly args: readonly unknown[]
  readonly kwargs: Values
}
type Accepted = Pick<Call, 'args' | 'kwargs'>

/** `[name, args, kwargs]` in JSON. */
function readCall(input: Uint8Array): Call | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(input).toString('utf8'))
  } catch {
    return undefined
  }
  const [name, args, kwargs = {}] = Array.isArray(parsed) ? (parsed as unknown[]) : []
  if (typeof name !== 'string' || !Array.isArray(args) || typeof kwargs !== 'object' || kwargs === null || Array.isArray(kwargs))
    return undefined
  return { name, args, kwargs: kwargs as Values }
}

/** What the checks make of the arguments; undefined when they refuse them. The contract must judge the same, where null is as good as absent. */
function judged({ uri, checks, checkKwargs, declared, declaredKwargs }: Entry, { args, kwargs }: Call): Accepted | undefined {
  const given = Object.fromEntries(Object.entries(kwargs).filter(([, value]) => value !== null))
  const results = [...checks.map((each, i) => each(args[i])), ...(checkKwargs === undefined ? [] : [checkKwargs(kwargs)])]
  const isAccepted = results.every(({ issues }) => issues === undefined)
  const isDeclared =
    declared.every((each, i) => args[i] !== undefined && each(args[i]) === undefined) && declaredKwargs?.(given) === undefined
  // JSON Schema has no word for numbers that JavaScript cannot hold exactly.
  const isExact = ![...args, ...Object.values(given)].some(
    (value) => typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER,
  )
  if (isExact) check(isAccepted === isDeclared, `${uri} ${isAccepted ? 'takes' : 'refuses'} what its contract does not`)
  for (const { message } of results.flatMap(({ issues = [] }) => issues)) check(message.length <= 500, 'a fault is told at length')
  return isAccepted ? { args, kwargs: (results.at(-1)?.value ?? {}) as Values } : undefined
}

/** All pages from the one that is asked for: each has no more than the limit, and they end. */
function allPages(list: (wanted: Values) => { rows: readonly unknown[]; next: string | null }, kwargs: Values): unknown {
  const first = list(kwargs)
  let { rows, next } = first
  for (let pages = 1; next !== null; pages++) {
    check(rows.length <= Number(kwargs['limit'] ?? 100), 'a page is longer than asked for')
    if (pages > MOST_PAGES) throw new Fault('the pages do not end')
    ;({ rows, next } = list({ ...kwargs, after: next }))
  }
  check(rows.length <= Number(kwargs['limit'] ?? 100), 'a page is longer than asked for')
  return first
}

interface Node {
  readonly kind?: string
  readonly uri?: string
  readonly spec?: { readonly args?: (() => readonly Standard[]) | readonly Standard[]; readonly kwargs?: Standard }
}
interface Standard {
  readonly '~standard': { readonly validate: Check }
}

/** The procedures of a contract, with those of the file that is published. */
function entriesOf(tree: object): Entry[] {
  const file = JSON.parse(readFileSync(new URL('../../../packages/cli/admin.contract.json', import.meta.url), 'utf8')) as {
    readonly procedures: Readonly<
      Record<string, { readonly call: { readonly args: { readonly schema: JsonSchema }[]; readonly kwargs?: JsonSchema } }>
    >
  }
  return Object.values(tree).flatMap((node: Node): Entry[] => {
    if (node.kind === undefined) return entriesOf(node)
    if (node.kind !== 'procedure' || node.uri === undefined) return []
    const { args = [], kwargs } = node.spec ?? {}
    const call = file.procedures[node.uri]?.call
    return [
      {
        uri: node.uri,
        checks: (typeof args === 'function' ? args() : args).map(checkOf),
        checkKwargs: kwargs && checkOf(kwargs),
        declared: (call?.args ?? []).map(({ schema }) => compileSchema(schema)),
        declaredKwargs: call?.kwargs === undefined ? undefined : compileSchema(call.kwargs),
      },
    ]
  })
}

function checkOf({ '~standard': { validate } }: Standard): Check {
  return (value) => validate(value)
}

const cursor = (...parts: unknown[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url')
const SEEDS = [
  '["realms",[],{"limit":1}]',
  `["realms",[],{"after":"${cursor('run', 'com.example.shop', 0)}","limit":200}]`,
  `["sessions",[],{"after":"${cursor('run', 'empty', 7)}","realm":null,"search":"x","slow":true,"transport":"websocket"}]`,
  `["topics",[],{"after":"${cursor('other', 'empty', 0)}","match":"prefix"}]`,
  '["procedures",[],{"realm":"empty","search":"a","limit":200}]',
  '["sessions",[],{"limit":2}]',
  '["topics",[],{"limit":1,"search":"TOPIC","match":"exact"}]',
  `["topics",[],{"search":"${'a'.repeat(1_001)}"}]`,
  `["topics",[],{"search":"${'a'.repeat(1_000)}"}]`,
  '["session",[12],{"realm":"trunkline"}]',
  '["contract",["procedure","trunkline.admin.kick"],{}]',
  '["tail",[],{"uri":"com..add","match":"wildcard","kinds":["call"]}]',
  '["graph",[],{"uri":"com.","match":"prefix","by":"session","seconds":60,"top":200}]',
  '["kick",[],{"session":1,"reason":"com.example.reason","message":"m"}]',
  '["set_log_level",["debug"],{"area":"sessions"}]',
  '["reload",[],{"dry_run":true}]',
  '["status",[]]',
]
const TOKENS = [
  ...[
    '"',
    ',',
    ':',
    '{',
    '}',
    '[',
    ']',
    'null',
    'true',
    'false',
    '0',
    '1',
    '-1',
    '200',
    '201',
    '1e9',
    '0.5',
    '9007199254740993',
    '\\ud83d',
    '\\u0000',
  ],
  ...[
    '"realms"',
    '"sessions"',
    '"topics"',
    '"procedures"',
    '"session"',
    '"contract"',
    '"tail"',
    '"graph"',
    '"kick"',
    '"drain"',
    '"reload"',
  ],
  ...[
    '"limit":',
    '"after":',
    '"realm":',
    '"match":',
    '"search":',
    '"kinds":',
    '"exact"',
    '"prefix"',
    '"wildcard"',
    '"__proto__":',
    '"uri":',
  ],
  ...[
    `"${cursor('run', 'trunkline', 0)}"`,
    `"${cursor('run', 'empty', -1)}"`,
    `"${cursor('run', 'empty', 1e308)}"`,
    `"${'a'.repeat(1_001)}"`,
  ],
]

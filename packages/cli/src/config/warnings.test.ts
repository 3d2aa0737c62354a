// Shows what check warns of: what several workers have each for itself, and durable topics that can fill the store.

import { describe, expect, it } from 'vitest'
import { parseConfig } from './config.ts'
import { warningsOf } from './warnings.ts'

const warnings = (workers: number | 'auto', issued = '{}'): string[] => {
  const cookie = `{ name: login, origins: ["https://a.example"], issued: ${issued} }`
  const realm = `{ users: { u: { role: r, ticket: "x-secret-x" } }, cookie: ${cookie}, roles: { r: [] } }`
  const listener = '{ websocket: { host: 127.0.0.1, port: 1 } }'
  return warningsOf(
    parseConfig(`workers: ${workers}\nlisteners: [${listener}]\nlimits: { sessionsPerAddress: 5 }\nrealms: { a: ${realm} }`, 'a.yaml'),
  )
}

it('warns of what each of several workers has for itself', () => {
  expect(warnings(1)).toEqual([])
  expect(warnings(2)).toEqual([
    "with several workers a cookie that realm 'a' issues logs in only at the worker that issued it",
    'with several workers each allows limits.sessionsPerAddress sessions from one address',
  ])
})

it('refuses a file that only one process can keep', () => {
  expect(warnings(1, '{ file: cookies.json }')).toEqual([])
  for (const workers of [2, 'auto'] as const)
    expect(() => warnings(workers, '{ file: cookies.json }')).toThrow('realms.a.cookie.issued.file: several workers cannot keep one file')
})

describe('durable topics', () => {
  const durable = (store: string, ...keeps: string[]): string[] => {
    const topics = keeps.map((keep, i) => `{ uri: com.shop.t${i}.**, durable: ${keep} }`).join(', ')
    const realm = `{ anonymous: { role: r }, roles: { r: [] }, topics: [${topics}, { uri: com.live, retain: false }] }`
    const listener = '{ websocket: { host: 127.0.0.1, port: 1 } }'
    return warningsOf(parseConfig(`store: ${store}\nlisteners: [${listener}]\nrealms: { a: ${realm} }`, '/etc/a.yaml'))
  }

  it('without keep.octets can be filled by any publisher', () => {
    const warning = (uri: string): string =>
      `realm a: whoever may publish to the durable topics ${uri} can fill the store for all others: set keep.octets`
    expect(durable('memory', '{}', '{ keep: { octets: 1MiB } }', '{ keep: { count: 5 } }')).toEqual([
      warning('com.shop.t0.**'),
      warning('com.shop.t2.**'),
    ])
  })

  it('may keep no more together than the store takes', () => {
    const keep = (octets: string): string => `{ keep: { octets: ${octets} } }`
    expect(durable('{ lmdb: events }', keep('4GiB'), keep('4GiB'))).toEqual([])
    expect(durable('{ lmdb: events, size: 2GiB }', keep('1GiB'), keep('2GiB'))).toEqual([
      'the entries for durable topics may keep 3GiB together (keep.octets), and the store takes 2GiB: ' +
        'those that fill it leave no room to the others; raise store.size or lower keep.octets',
    ])
    expect(durable('{ lmdb: events }', keep('8GiB'), keep('1GiB'))).toHaveLength(1)
    expect(durable('memory', keep('64MiB'))).toEqual([])
    expect(durable('memory', keep('65MiB'))).toEqual([
      'the entries for durable topics may keep 65MiB together (keep.octets), and the store takes 64MiB: ' +
        'those that fill it leave no room to the others; lower keep.octets',
    ])
  })
})

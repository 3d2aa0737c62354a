// Shows what several workers have each for itself, as check warns of it.

import { expect, it } from 'vitest'
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

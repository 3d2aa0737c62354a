// Shows that programs for autobahn-js run with `@trunkline/client/autobahn`, and print the same as with autobahn-js.

import * as ported from '@trunkline/client/autobahn'
import { createRouter } from '@trunkline/router'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Autobahn, Program } from './programs.ts'
import { PROGRAMS } from './programs.ts'

const ALL = [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] as const }]
const ANN = { role: 'clerk', wampcra: { password: 'secret1', salt: 'hJ7kq2', iterations: 1000 } }
let router: ReturnType<typeof createRouter>
let url: string
let original: Autobahn

beforeAll(async () => {
  router = createRouter({
    realms: {
      realm1: { anonymousRole: 'all', roles: { all: ALL } },
      staff: { roles: { clerk: ALL }, authentication: { users: { ann: ANN } } },
    },
  })
  url = (await router.listenHttp({ host: '127.0.0.1', port: 0 })).address
  // autobahn-js prints that a connection closed, and both what a procedure threw.
  for (const method of ['error', 'warn', 'log'] as const) vi.spyOn(console, method).mockImplementation(() => undefined)
  original = (await import('autobahn')).default as unknown as Autobahn
})
afterAll(async () => {
  vi.restoreAllMocks()
  await router.close()
})

function printedBy(program: Program, autobahn: Autobahn): Promise<unknown[][]> {
  const printed: unknown[][] = []
  return new Promise((resolve) =>
    program.run(
      autobahn,
      url,
      (...values) => printed.push(values),
      () => resolve(printed),
    ),
  )
}

describe.each(PROGRAMS)('a program that $what', (program) => {
  it.each([
    ['autobahn-js', () => original],
    ['@trunkline/client/autobahn', () => ported],
  ])('prints the same with %s', async (_, autobahn) => {
    expect(await printedBy(program, autobahn())).toEqual(program.prints)
  })
})

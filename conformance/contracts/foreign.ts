// A contract and a program in Python that does not know it: it calls the contract's procedures, and implements one.

import { spawn } from 'node:child_process'
import { isDeepStrictEqual } from 'node:util'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { connect } from '@trunkline/client'
import { contract, procedure } from '@trunkline/contract'
import { createRouter } from '@trunkline/router'
import { z } from 'zod'
import { serveShop } from './shop.ts'

const SCRIPT = fileURLToPath(new URL('shop.py', import.meta.url))
const ALL = [{ uri: '**', allow: ['call', 'register'] as const }]
const SAID: readonly unknown[] = [
  { id: 42, lines: [], total: 1 },
  [{ id: 0, lines: [], total: 1 }],
  [[4], { shelf: 'A' }],
  ['com.shop.error.sold_out', { next: 'Friday' }],
  ['wamp.error.invalid_argument', { issues: [{ path: '/args/0/0/count', message: 'Too small: expected number to be >0' }] }],
]
const python = contract('com.python', {
  double: procedure({
    args: [z.number()],
    kwargs: { by: z.number().optional() },
    result: { args: [z.number()], kwargs: { unit: z.string() } },
  }),
})

/** @returns what went otherwise than it should, one line each */
export async function foreignFaults(interpreter: string): Promise<string[]> {
  const router = createRouter({ realms: { realm1: { anonymousRole: 'all', roles: { all: ALL } } } })
  const { address: url } = await router.listenHttp({ host: '127.0.0.1', port: 0 })
  const client = await connect({ openTransport: () => router.openLocal(), realm: 'realm1' })
  await serveShop(client)
  const child = spawn(interpreter, [SCRIPT, url], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const said: unknown[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      const value: unknown = JSON.parse(line)
      if (value === 'ready') break
      said.push(value)
    }
    const faults = SAID.flatMap((wanted, i) =>
      isDeepStrictEqual(said[i], wanted) ? [] : [`Autobahn|Python got ${JSON.stringify(said[i])}, not ${JSON.stringify(wanted)}`],
    )
    const api = client.use(python)
    const doubled = [await api.double(3), await api.double(3, { by: 5 })]
    const wanted = [6, 15].map((n) => [n, { unit: 'pieces' }])
    if (!isDeepStrictEqual(doubled, wanted)) faults.push(`Autobahn|Python answered ${JSON.stringify(doubled)}`)
    return faults
  } finally {
    child.stdin.end()
    await client.stop()
    await router.close()
  }
}

// The orders of the examples, while the router, the workers and the shop are killed in turn: no order is lost, none is invoiced twice.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child, FROM_SOURCE } from '@trunkline/testkit/child'
import { afterEach, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const ORDERS = 400
const KILLS = 8

const children = new Set<Child>()
const folder = mkdtempSync(join(tmpdir(), 'orders-'))
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await Promise.all([...children].map(({ ended }) => ended))
  rmSync(folder, { recursive: true })
})

function started(words: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
  const child = Child.node([...FROM_SOURCE, ...words], { cwd: ROOT, env: { ...process.env, ...env } })
  children.add(child)
  return child
}

async function kill(child: Child): Promise<void> {
  child.kill('SIGKILL')
  await child.ended
  children.delete(child)
}

/** A router on a port, 0: any free one. */
async function startRouter(port: number): Promise<{ readonly router: Child; readonly url: string }> {
  const file = join(folder, 'trunkline.yaml')
  const text = readFileSync(join(ROOT, 'examples/orders/trunkline.yaml'), 'utf8')
  writeFileSync(file, text.replace('port: 8080', `port: ${port}`))
  const router = started(['packages/cli/src/bin.ts', 'start', '--config', file, '--json-logs'])
  const [line] = await router.shows(/\{[^\n]*"listening"[^\n]*\}/)
  return { router, url: (JSON.parse(line) as { readonly address: string }).address }
}

it('the sums agree whoever is killed', async () => {
  cpSync(join(ROOT, 'examples/orders/trunkline.yaml'), join(folder, 'trunkline.yaml'))
  const first = await startRouter(0)
  const env = { ORDERS_URL: first.url }
  const port = Number(new URL(first.url).port)
  let { router } = first
  const total = started(['examples/orders/total.ts'], env)
  await total.shows(/ready/)
  const workers = [started(['examples/orders/worker.ts'], env), started(['examples/orders/worker.ts'], env)]
  let shop = started(['examples/orders/shop.ts', '1', `${ORDERS}`], env)
  for (let i = 1; i <= KILLS; i++) {
    await total.shows(new RegExp(`\\b${Math.floor((i * ORDERS) / (KILLS + 2))} invoices`))
    if (i % 4 === 0) {
      await kill(shop)
      const ordered = Number(/ordered (\d+)\n(?!.*ordered)/s.exec(shop.output)?.[1] ?? 0)
      // It does not know which was the last: it begins a little before.
      shop = started(['examples/orders/shop.ts', `${Math.max(1, ordered - 3)}`, `${ORDERS}`], env)
    } else if (i % 2 === 0) {
      await kill(router)
      ;({ router } = await startRouter(port))
    } else {
      const place = i % 4 === 1 ? 0 : 1
      await kill(workers[place] as Child)
      workers[place] = started(['examples/orders/worker.ts'], env)
    }
  }
  expect(await shop.ended).toBe(0)
  await total.shows(new RegExp(`\\b${ORDERS} invoices`))
  // What would come twice comes before the answers to what is asked behind it.
  const again = started(['examples/orders/shop.ts', `${ORDERS + 1}`, `${ORDERS + 1}`], env)
  expect(await again.ended).toBe(0)
  const [, sum] = await total.shows(new RegExp(`\\b${ORDERS + 1} invoices, (\\d+) in total`))
  expect(Number(sum)).toBe((10 * (ORDERS + 1) * (ORDERS + 2)) / 2)
})

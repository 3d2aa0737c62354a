// Measures how long each call of the admin API holds up everything else where very many sessions are open, without sockets.
// Run: npx tsx --conditions=trunkline-source bench/admin.bench.ts [SESSIONS]. It must never use a network.

import { calls, openSession } from '@trunkline/client/session'
import { createRouter } from '@trunkline/router'
import { AdminApi } from '../packages/cli/src/admin/admin-api.ts'
import { adminApi } from '../packages/cli/src/admin/admin-contract.ts'
import { LeveledLog } from '../packages/cli/src/leveled-log.ts'
import { hello, transportOf } from './in-process.ts'

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const SESSIONS = Number(process.argv[2] ?? 100_000)
const TIMES = 5
const ALL = ['**', 'trunkline.**'].map((uri) => ({ uri, allow: ['call', 'register', 'publish', 'subscribe'] as const }))

const encoder = new TextEncoder()
const router = createRouter({
  realms: { shop: { anonymousRole: 'guest', roles: { guest: ALL } }, trunkline: { roles: { operator: ALL } } },
  limits: { connectionsBeforeLogin: 1_000_000, connectionsBeforeLoginPerAddress: 1_000_000 },
})
const admin = new AdminApi({ router, log: new LeveledLog(SILENT), stop: () => undefined })
await admin.settle('trunkline')

function join(i: number): (message: readonly unknown[]) => void {
  const owner = router.accept(transportOf(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:5000`, () => undefined))
  const say = (message: readonly unknown[]): void => owner.onMessage(encoder.encode(JSON.stringify(message)))
  say(hello('shop'))
  return say
}

/** Sessions with one subscription each, of thousand topics; one in ten has a procedure. */
async function open(): Promise<void> {
  for (let i = 0; i < SESSIONS; i++) {
    const say = join(i)
    say([32, 1, {}, `com.example.topic${i % 1_000}`])
    if (i % 10 === 0) say([64, 2, {}, `com.example.procedure${i}`])
    if (i % 1_000 === 0) await new Promise(setImmediate)
  }
}

/** Processor time of this process, in milliseconds: a busy machine takes none of it away. */
function used(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** The longest turn of the event loop while something is done, in milliseconds of processor time, with what Node's own threads take. */
async function longestTurn(work: () => PromiseLike<unknown>): Promise<number> {
  let [last, longest, isDone] = [used(), 0, false]
  const look = (): void => {
    const now = used()
    longest = Math.max(longest, now - last)
    last = now
    if (!isDone) setImmediate(look)
  }
  setImmediate(look)
  await work()
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  isDone = true
  return longest
}

await open()
// What opening them left behind is collected before anything is measured.
await new Promise((resolve) => setTimeout(resolve, 2_000))
const operator = await openSession({
  transport: router.openLocal({ authid: 'olga', authrole: 'operator' }),
  realm: 'trunkline',
  calls: calls(),
})
const { view, kick, traffic } = operator.use(adminApi)
const { sessions, next } = await view.sessions({ realm: 'shop', limit: 1 })
const id = sessions[0]?.session ?? 0
let last = next
for (let page = await view.sessions({ realm: 'shop', after: last ?? '', limit: 200 }); page.next !== null;) {
  last = page.next
  page = await view.sessions({ realm: 'shop', after: last, limit: 200 })
}

const works: Readonly<Record<string, () => PromiseLike<unknown>>> = {
  nothing: () => new Promise((resolve) => setTimeout(resolve, 100)),
  'view.status': () => view.status(),
  'view.realms': () => view.realms(),
  'view.sessions, first page of 200': () => view.sessions({ limit: 200 }),
  'view.sessions, last page': () => view.sessions({ realm: 'shop', after: last ?? '', limit: 200 }),
  'view.sessions, search that finds none': () => view.sessions({ search: 'nowhere' }),
  'view.sessions, of a user that is not there': () => view.sessions({ authid: 'nobody' }),
  'view.session': () => view.session(id),
  'view.procedures, search that finds none': () => view.procedures({ search: 'nowhere' }),
  'view.topics, first page of 200': () => view.topics({ limit: 200 }),
  'view.limits': () => view.limits(),
  'view.graph, a second': () => view.graph({ seconds: 1 }),
  'view.changed, two seconds': async () => {
    const events = await view.changed.subscribe(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    await events.unsubscribe()
  },
  'traffic.payload, a second': async () => {
    const signal = AbortSignal.timeout(1_000)
    await Promise.resolve(traffic.payload.stream({}, { signal }).result).catch(() => undefined)
  },
  '32 searches at once': () => Promise.all(Array.from({ length: 32 }, () => view.sessions({ search: 'nowhere' }))),
  'kick of one session': async () => kick({ session: (await view.sessions({ realm: 'shop', limit: 1 })).sessions[0]?.session ?? 0 }),
  'kick of a user that is not there': () => kick({ authid: 'nobody' }),
}
console.log(`${SESSIONS} sessions, longest turn of ${TIMES} in milliseconds of processor time`)
for (const [name, work] of Object.entries(works)) {
  const turns: number[] = []
  const begun = performance.now()
  for (let i = 0; i < TIMES; i++) turns.push(await longestTurn(work))
  const each = (performance.now() - begun) / TIMES
  const least = turns.toSorted((a, b) => a - b)
  console.log(
    `${name}: ${least[0]?.toFixed(1)}, median ${least[TIMES >> 1]?.toFixed(1)}, most ${least.at(-1)?.toFixed(1)}; whole ${each.toFixed(1)}`,
  )
}
const before = router.realm('shop')?.memberCount ?? 0
const begun = performance.now()
const turn = await longestTurn(async () => {
  const { sessions: ended } = await kick({ authrole: 'guest' })
  if (ended !== before) throw new Error(`${ended} of ${before} sessions are ended`)
  while ((router.realm('shop')?.memberCount ?? 0) > 0) await new Promise(setImmediate)
})
console.log(`kick of all ${before} sessions of a role: ${turn.toFixed(1)}; whole ${(performance.now() - begun).toFixed(0)}`)
admin.stop()
process.exit()

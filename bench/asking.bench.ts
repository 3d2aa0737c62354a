// Measures how long the calls of others take while one user asks without end for what is short to ask and long to answer: a history, a
// list whose entries its rules show by its name, the retained events of a pattern. Judges nothing.
// Run: npx tsx --conditions=trunkline-source bench/asking.bench.ts. Uses the loopback network only.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { connect } from '@trunkline/client'
import { openSession } from '@trunkline/client/session'
import { createRouter } from '@trunkline/router'

const SECONDS = 10
const EVERYTHING = ['call', 'register', 'publish', 'subscribe'] as const
/** How many requests of the asker are on their way. */
const AT_ONCE = 64

const ASKING: Readonly<Record<string, string>> = {
  nothing: 'without them',
  history: 'get_events, 1,000 events of 1 KB',
  list: 'subscription.list, 10,000 entries by {authid}',
  retained: 'get_retained, 20,000 topics',
}

const [, , url, what] = process.argv
if (url === undefined || what === undefined) await measure()
else await ask(url, what)

/** In a process of its own: asks without end. */
async function ask(router: string, kind: string): Promise<void> {
  const session = await connect({ url: router, realm: 'realm1' })
  const history = await session.call('wamp.subscription.lookup', ['kept'])
  const once = async (): Promise<unknown> => {
    if (kind === 'history') return session.call('wamp.subscription.get_events', [history])
    if (kind === 'list') return session.call('wamp.subscription.list')
    const subscription = await session.subscribe('', () => undefined, { match: 'prefix', getRetained: true })
    return subscription.unsubscribe()
  }
  let answers = 0
  const without = async (): Promise<void> => {
    for (;;) {
      await once().then(
        () => answers++,
        () => undefined,
      )
    }
  }
  process.on('message', () => process.send?.(answers, undefined, undefined, () => process.exit()))
  process.send?.('ready')
  await Promise.race(Array.from({ length: kind === 'retained' ? 1 : AT_ONCE }, without))
}

async function measure(): Promise<void> {
  const names = ['{authid}.**', '**', 'wamp.**']
  const router = createRouter({
    realms: {
      realm1: {
        anonymousRole: 'asker',
        roles: {
          asker: [
            { uri: 'wamp.**', allow: ['call'] },
            { uri: '{authid}.**', allow: ['subscribe'] },
            { uri: '', match: 'prefix', allow: ['subscribe'] },
            { uri: 'kept', allow: ['subscribe'] },
          ],
          other: names.map((uri) => ({ uri, allow: EVERYTHING })),
        },
        topics: [{ uri: 'kept', history: { events: 1_000 } }],
        limits: { subscriptions: 20_000 },
      },
    },
  })
  const { address } = await router.listenHttp({ host: '127.0.0.1', port: 0 })
  const open = () => openSession({ transport: router.openLocal({ authid: 'other', authrole: 'other' }), realm: 'realm1' })
  const [caller, callee] = [await open(), await open()]
  await callee.register('echo', () => 1)
  for (let i = 0; i < 1_000; i++) await caller.publish('kept', ['x'.repeat(1_000)], { acknowledge: true })
  for (let i = 0; i < 20_000; i++) await caller.publish(`retained.t${i}`, [i], { acknowledge: true, retain: true })
  for (let i = 0; i < 10_000; i++) await callee.subscribe(`com.example.t${i}`, () => undefined)
  console.log(`Node ${process.version}; a call of another user, ms, for ${SECONDS} s each`)
  console.log(`${''.padEnd(48)}   median      p99  longest  calls a second  answers a second`)
  for (const [kind, text] of Object.entries(ASKING)) {
    const asker = kind === 'nothing' ? undefined : fork(fileURLToPath(import.meta.url), [address, kind], { execArgv: process.execArgv })
    if (asker !== undefined) await once(asker, 'message')
    const times: number[] = []
    for (const end = performance.now() + SECONDS * 1_000; performance.now() < end;) {
      const begun = performance.now()
      await caller.call('echo', [1])
      times.push(performance.now() - begun)
      // A turn of the event loop: as over a network, others are served between.
      await new Promise(setImmediate)
    }
    const answers = asker === undefined ? 0 : await stopped(asker)
    times.sort((a, b) => a - b)
    const at = (part: number): string => (times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0).toFixed(2).padStart(9)
    console.log(
      `${text.padEnd(48)}${at(0.5)}${at(0.99)}${at(1)}${(times.length / SECONDS).toFixed(0).padStart(16)}${(answers / SECONDS).toFixed(0).padStart(18)}`,
    )
  }
  process.exit()
}

async function stopped(asker: ReturnType<typeof fork>): Promise<number> {
  asker.send('stop')
  const [answers] = (await once(asker, 'message')) as [number]
  return answers
}

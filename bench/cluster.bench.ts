// Measures what it costs to bring a message to another process of this machine: the bus alone, the link over it, with the frames of
// publications, and whole routers. Processor time of both processes, at 1, 8 and 64 messages in a turn of the event loop. At last what many
// deliveries and calls cost over four nodes.
// Run: npx tsx --conditions=trunkline-source bench/cluster.bench.ts

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child, FROM_SOURCE } from '@trunkline/testkit/child'
import { benchCodec } from './cluster/codec.ts'
import { startHop } from './cluster/hops.ts'
import { startRouters } from './cluster/routers.ts'
import { benchSpread } from './cluster/spread.ts'
import type { Ends, Way } from './cluster/way.ts'
import type { Usage } from './usage.ts'

/** Messages that are sent before it counts, and that count. */
const WARM_UP = 20_000
const COUNTED: Readonly<Record<number, number>> = { 1: 50_000, 8: 200_000, 64: 400_000 }
/** The most that is sent and not yet known to have come. */
const MOST_IN_FLIGHT = 8_192

const WAYS: Readonly<Record<string, (ends: Ends) => Promise<Way>>> = {
  bus: (ends) => startHop('bus', ends),
  link: (ends) => startHop('link', ends),
  publications: (ends) => startHop('publications', ends),
  events: (ends) => startRouters('events', ends),
  calls: (ends) => startRouters('calls', ends),
}

benchCodec()
console.log('\n| what | a turn | from, us | to, us | both, us |\n|---|---|---|---|---|')
for (const what of ['events', 'calls'] as const) for (const perTurn of [1, 8, 64]) await measureAlone(what, perTurn)
for (const name of Object.keys(WAYS)) for (const perTurn of [1, 8, 64]) await measure(name, perTurn)
await benchSpread()

/** In one router. */
async function measureAlone(what: 'events' | 'calls', perTurn: number): Promise<void> {
  const way = await startRouters(what, undefined)
  const [cost = 0] = await costs(way, perTurn, () => Promise.resolve([ownSeconds()]))
  await way.close()
  console.log(`| ${what} in one router | ${perTurn} | - | - | ${cost.toFixed(2)} |`)
}

/** To another process. */
async function measure(name: string, perTurn: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hops-'))
  const file = fileURLToPath(new URL('cluster/receiver.ts', import.meta.url))
  const receiver = Child.node([...FROM_SOURCE, file, name, folder], { output: 'passed on', hasChannel: true })
  const seconds = async (): Promise<number[]> => {
    receiver.send({ ask: 'usage' })
    return [ownSeconds(), ((await receiver.message()) as Usage).cpuSeconds]
  }
  try {
    await receiver.message()
    const way = await (WAYS[name] ?? startHop.bind(undefined, 'bus'))({ node: 'a', other: 'b', folder })
    const [from = 0, to = 0] = await costs(way, perTurn, seconds)
    await way.close()
    console.log(`| ${name} | ${perTurn} | ${from.toFixed(2)} | ${to.toFixed(2)} | ${(from + to).toFixed(2)} |`)
  } finally {
    await receiver.end('SIGKILL')
    rmSync(folder, { recursive: true })
  }
}

/** Microseconds of processor time of each process for a message. */
async function costs(way: Way, perTurn: number, seconds: () => Promise<number[]>): Promise<number[]> {
  const counted = COUNTED[perTurn] ?? 0
  await send(way, perTurn, WARM_UP)
  const before = await seconds()
  await send(way, perTurn, WARM_UP + counted)
  const after = await seconds()
  return after.map((each, i) => ((each - (before[i] ?? 0)) / counted) * 1e6)
}

function ownSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** Sends until so many in all have come. */
async function send(way: Way, perTurn: number, total: number): Promise<void> {
  const most = way.isAnswered === true ? perTurn : MOST_IN_FLIGHT
  while (way.sent < total) {
    if (way.sent - way.arrived + perTurn > most) await way.arrival()
    else {
      for (let i = 0; i < perTurn; i++) way.send()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  while (way.arrived < total) await way.arrival()
}

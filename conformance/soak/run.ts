// The command of the soak: `npm run soak -- --seconds N`. Churn for N seconds, with looks at the router's memory; at
// the end nothing of any client may be left.

import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Child, FROM_SOURCE } from '@trunkline/testkit/child'
import type { Addresses } from '../hostile/peer.ts'
import { addressOf } from '../hostile/subject.ts'
import { Churn } from './churn.ts'
import type { Look } from './look.ts'
import { leftovers, slopeOf } from './look.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '300' } } })
const seconds = Number(values.seconds)
/** How much the memory may grow in the last half: the size of noise, whatever the length of the run. Resident memory follows collections. */
const MOST_RESIDENT_GROWTH = 32 * 2 ** 20
const MOST_HEAP_GROWTH = 2 * 2 ** 20
const SETTLE_SECONDS = 20
const LOOKS = 600
const PROGRESS_SECONDS = 15
/** One in this number may exceed a time limit. */
const MOST_NOT_OPENED = 20
const LEAST_HOURLY_SECONDS = 300
const MIB = 2 ** 20

if (seconds > 0) process.exitCode = await main()
else {
  console.error('usage: npm run soak -- [--seconds N]')
  process.exitCode = 2
}

async function main(): Promise<number> {
  const router = fileURLToPath(new URL('router.ts', import.meta.url))
  const child = Child.node(['--expose-gc', ...FROM_SOURCE, router], { output: 'passed on', hasChannel: true })
  const died = child.ended.then((code) => Promise.reject(new Error(`the router ended with ${String(code)}`)))
  try {
    return await Promise.race([soak(child), died])
  } finally {
    died.catch(() => undefined)
    child.release()
  }
}

async function soak(child: Child): Promise<number> {
  const said = (await child.message()) as { websocket: string; rawsocket: string }
  const addresses: Addresses = { websocket: addressOf(said.websocket), rawsocket: addressOf(said.rawsocket) }
  // Sockets and timers that come with the first connection and stay are no growth.
  await churnFor(addresses, 1, () => Promise.resolve())
  await sleep(4_000)
  const before = await lookAt(child)

  const start = performance.now()
  const looks: (readonly [second: number, look: Look])[] = []
  let printed = 0
  const counts = await churnFor(addresses, seconds, async () => {
    const look = await lookAt(child)
    const second = (performance.now() - start) / 1000
    looks.push([second, look])
    if (second - printed < PROGRESS_SECONDS) return
    printed = second
    console.log(`${second.toFixed(0)} s: ${(look.residentBytes / MIB).toFixed(0)} MiB, heap ${(look.heapBytes / MIB).toFixed(1)} MiB`)
  })
  const after = await settled(child, before)
  console.log(
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', '),
  )
  console.log(
    Object.entries(after.counters)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
  )
  return report([...looks.flatMap(([, { faults }]) => faults), ...after.faults], leftovers(before, after), looks, counts)
}

function report(
  ownFaults: readonly string[],
  left: readonly string[],
  looks: readonly (readonly [number, Look])[],
  counts: Churn['counts'],
): number {
  const half = looks.slice(looks.length >> 1)
  const span = (half.at(-1)?.[0] ?? 0) - (half[0]?.[0] ?? 0)
  const resident = slopeOf(half.map(([second, { residentBytes }]) => [second, residentBytes]))
  const heap = slopeOf(half.map(([second, { heapBytes }]) => [second, heapBytes]))
  const checks: [name: string, faults: readonly string[]][] = [
    ['the router met no fault of its own', ownFaults],
    ['those who come get in', counts.notOpened > counts.members / MOST_NOT_OPENED ? [`${counts.notOpened} did not`] : []],
    ['everything is as it was before: tables, sockets, timers, sessions', left],
    [growthText('resident memory', resident, span), resident * span > MOST_RESIDENT_GROWTH ? ['it grows'] : []],
    [growthText('heap', heap, span), heap * span > MOST_HEAP_GROWTH ? ['it grows'] : []],
  ]
  for (const [name, faults] of checks) {
    console.log(`${faults.length === 0 ? 'passed' : 'failed'}  ${name}`)
    for (const fault of faults.slice(0, 10)) console.log(`        ${fault}`)
  }
  const failed = checks.filter(([, faults]) => faults.length > 0).length
  console.log(`${checks.length - failed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

/** A minute says nothing about an hour. */
function growthText(what: string, bytesPerSecond: number, span: number): string {
  const grown = `${what}: ${((bytesPerSecond * span) / MIB).toFixed(2)} MiB in the last ${span.toFixed(0)} s, by regression`
  return span < LEAST_HOURLY_SECONDS ? grown : `${grown}; ${((bytesPerSecond * 3600) / MIB).toFixed(2)} MiB an hour`
}

/** Churns, and looks from time to time. */
async function churnFor(addresses: Addresses, length: number, look: () => Promise<void>): Promise<Churn['counts']> {
  const churn = new Churn(addresses)
  const running = churn.run()
  const end = performance.now() + length * 1000
  while (performance.now() < end) {
    await Promise.race([sleep(Math.max(1000, (length * 1000) / LOOKS)), running])
    await look()
  }
  churn.stop()
  await running
  return churn.counts
}

/** Waits until the last connections are gone. */
async function settled(child: Child, before: Look): Promise<Look> {
  const end = performance.now() + SETTLE_SECONDS * 1000
  const faults: string[] = []
  for (;;) {
    const look = await lookAt(child)
    faults.push(...look.faults)
    if (leftovers(before, look).length === 0 || performance.now() > end) return { ...look, faults }
    await sleep(250)
  }
}

async function lookAt(child: Child): Promise<Look> {
  child.send('look')
  return (await child.message()) as Look
}

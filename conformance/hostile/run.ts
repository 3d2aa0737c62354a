// The command that plays the corpus against a router: `npm run hostile -- [--rounds N] [--only GROUP] [--sample N] [--url WS --rawsocket RS]`.
// Checks the answers, the bystander, the log and the memory; README.md says how the router must behave.

import { parseArgs } from 'node:util'
import type { Case, Group } from './case.ts'
import { writeDigests } from './digests.ts'
import { corpus } from './groups/index.ts'
import { Bystander, healthFault } from './health.ts'
import type { Addresses } from './peer.ts'
import type { Stage } from './play.ts'
import { play } from './play.ts'
import type { Memory } from './subject.ts'
import { addressOf, Subject } from './subject.ts'

const AT_ONCE = 8
const FLAT_OCTETS = 20 * 1024 * 1024

interface Tally {
  passed: number
  failed: number
  unhealthy: number
}

interface Entry {
  readonly group: string
  readonly each: Case
}

/** The corpus against one router. */
class Run {
  readonly #addresses: Addresses
  readonly #bystander: Bystander
  readonly #subject: Subject | undefined
  readonly #stage: Stage
  readonly #tallies = new Map<string, Tally>()
  #number = 0

  constructor(addresses: Addresses, bystander: Bystander, subject: Subject | undefined) {
    this.#addresses = addresses
    this.#bystander = bystander
    this.#subject = subject
    this.#stage = { addresses, names: bystander.names, onOpen: (peer) => subject?.forget(peer) }
  }

  get tallies(): ReadonlyMap<string, Tally> {
    return this.#tallies
  }

  async round(groups: readonly Group[]): Promise<void> {
    const entries = groups.flatMap(({ group, cases }) => cases.map((each) => ({ group, each })))
    const waiting = entries.filter(({ each }) => each.alone !== true)
    const workers = Array.from({ length: AT_ONCE }, async () => {
      for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) await this.#play(entry)
    })
    await Promise.all(workers)
    for (const entry of entries) if (entry.each.alone === true) await this.#play(entry)
  }

  async #play({ group, each }: Entry): Promise<void> {
    const number = ++this.#number
    const tally = this.#tallyOf(group)
    const fault = await play(each, this.#stage, number)
    const health = await healthFault(this.#addresses, this.#bystander, number)
    const faults = [fault, ...(this.#subject?.takeLogFaults() ?? [])].filter((text) => text !== undefined)
    if (faults.length === 0) tally.passed++
    else tally.failed++
    if (health !== undefined) tally.unhealthy++
    for (const text of faults) console.log(`failed     ${group}: ${each.name}: ${text}`)
    if (health !== undefined) console.log(`unhealthy  ${group}: ${each.name}: ${health}`)
  }

  #tallyOf(group: string): Tally {
    const tally = this.#tallies.get(group) ?? { passed: 0, failed: 0, unhealthy: 0 }
    this.#tallies.set(group, tally)
    return tally
  }
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1' },
    only: { type: 'string' },
    sample: { type: 'string', default: '1' },
    url: { type: 'string' },
    rawsocket: { type: 'string' },
    digests: { type: 'boolean', default: false },
  },
})
if (values.digests) writeDigests()
else process.exitCode = await main()

async function main(): Promise<number> {
  const rounds = Number(values.rounds)
  const groups = chosen(corpus(), values.only, Number(values.sample))
  const subject = values.url === undefined ? await Subject.start() : undefined
  const addresses = subject?.addresses ?? foreignAddresses(values.url ?? '', values.rawsocket ?? values.url ?? '')
  const bystander = await Bystander.join(addresses)
  const run = new Run(addresses, bystander, subject)
  const before = await subject?.memory()
  const memory: Memory[] = []
  for (let round = 1; round <= rounds; round++) {
    await run.round(groups)
    const now = await settled(subject, before)
    if (subject?.isAlive === false) break
    if (now !== undefined) memory.push(now)
  }
  const faults = [...run.tallies.values()].reduce((sum, { failed, unhealthy }) => sum + failed + unhealthy, 0)
  const memoryFaults = reportMemory(before, memory)
  if (subject?.isAlive === false) memoryFaults.push('the router is gone')
  for (const text of memoryFaults) console.log(`failed     router: ${text}`)
  report(run.tallies, memoryFaults.length)
  await bystander.leave()
  await subject?.stop()
  return faults + memoryFaults.length === 0 ? 0 : 1
}

/** Every n-th case of the groups asked for. */
function chosen(groups: readonly Group[], only: string | undefined, every: number): Group[] {
  const wanted = only?.split(',')
  return groups
    .filter(({ group }) => wanted === undefined || wanted.includes(group))
    .map(({ group, cases }) => ({ group, cases: cases.filter((_, i) => i % every === 0) }))
}

function foreignAddresses(url: string, rawsocket: string): Addresses {
  return { websocket: addressOf(url), rawsocket: addressOf(rawsocket) }
}

/** Memory after the last connections have ended: the router then holds what it held before. */
async function settled(subject: Subject | undefined, before: Memory | undefined): Promise<Memory | undefined> {
  let memory = await subject?.memory()
  for (let i = 0; i < 50 && memory !== undefined && memory.held !== before?.held; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    memory = await subject?.memory()
  }
  return memory
}

/** @returns what is wrong */
function reportMemory(before: Memory | undefined, after: readonly Memory[]): string[] {
  const last = after.at(-1)
  if (before === undefined || last === undefined) return []
  // In the first rounds code is compiled and buffers find their size.
  const third = Math.ceil(after.length / 3)
  const warm = Math.max(...after.slice(0, third).map(({ rss }) => rss))
  // One round may end before its largest buffers are freed.
  const late = after
    .slice(-third)
    .map(({ rss }) => rss)
    .sort((a, b) => a - b)
  const settledRss = late[Math.floor(third / 2)] ?? last.rss
  const faults: string[] = []
  if (last.held !== before.held) faults.push(`sessions are left behind: ${before.held} before, ${last.held} after`)
  const show = (octets: number): string => `${(octets / 2 ** 20).toFixed(1)} MiB`
  console.log(`RSS ${show(before.rss)} at the start, ${after.map(({ rss }) => show(rss)).join(', ')} after each round`)
  console.log(`heap ${show(before.heap)} at the start, ${after.map(({ heap }) => show(heap)).join(', ')} after each round`)
  if (settledRss - warm > FLAT_OCTETS) faults.push(`RSS grew from ${show(warm)} in the first third of the rounds to ${show(settledRss)}`)
  return faults
}

function report(tallies: ReadonlyMap<string, Tally>, memoryFaults: number): void {
  const sum: Tally = { passed: 0, failed: memoryFaults, unhealthy: 0 }
  for (const [group, { passed, failed, unhealthy }] of [...tallies].sort(([a], [b]) => (a < b ? -1 : 1))) {
    console.log(`${group.padEnd(10)} ${passed} passed, ${failed} failed, ${unhealthy} unhealthy`)
    sum.passed += passed
    sum.failed += failed
    sum.unhealthy += unhealthy
  }
  console.log(`${sum.unhealthy} unhealthy`)
  console.log(`${sum.passed} passed, ${sum.failed} failed`)
}

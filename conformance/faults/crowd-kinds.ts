// Faults for very many clients: all lose the router at once, or all connect at once and log in.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from '@trunkline/testkit/child'
import type { CrowdReport, CrowdSpec } from './parts/words.ts'
import type { Processes } from './processes.ts'
import { freePorts, processorSeconds } from './processes.ts'
import { configText } from './stage.ts'

export interface CrowdOutcome {
  readonly faults: readonly string[]
  /** The figures. */
  readonly note: string
}

export interface CrowdKind {
  readonly name: string
  readonly about: string
  run(processes: Processes, clients: number): Promise<CrowdOutcome>
}

const PROCESSES = 4
const PATIENCE_SECONDS = 180
const STORM_SECONDS = 10
const LEAST_RATE = 200

export const CROWD_KINDS: readonly CrowdKind[] = [
  { name: 'router-lost-by-all', about: 'kill -9 of the router under very many clients; all come back by themselves', run: lostByAll },
  { name: 'connect-storm', about: 'very many sessions in 10 s, each with a WAMP-CRA login', run: storm },
]

/** Processes with many clients each, treated as one. */
class Crowd {
  readonly openedMs: number[] = []
  readonly #reports: CrowdReport[]
  readonly #children: Child[]

  constructor(processes: Processes, spec: CrowdSpec) {
    const each = { ...spec, clients: Math.ceil(spec.clients / PROCESSES), perSecond: spec.perSecond / PROCESSES }
    this.#reports = Array.from({ length: PROCESSES }, () => ({ connected: 0, joins: 0, failures: 0, openedMs: [] }))
    this.#children = this.#reports.map((_, i) => {
      const child = processes.start('crowd', each)
      child.onMessage((message) => {
        const report = message as CrowdReport
        this.#reports[i] = report
        this.openedMs.push(...report.openedMs)
      })
      return child
    })
  }

  get connected(): number {
    return this.#sum(({ connected }) => connected)
  }

  get joins(): number {
    return this.#sum(({ joins }) => joins)
  }

  get failures(): number {
    return this.#sum(({ failures }) => failures)
  }

  async end(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.end('SIGKILL')))
  }

  #sum(of: (report: CrowdReport) => number): number {
    return this.#reports.reduce((sum, report) => sum + of(report), 0)
  }
}

/** Time until half, 99 of 100 and all are back, from the moment at which the router listens again. */
async function lostByAll(processes: Processes, wanted: number): Promise<CrowdOutcome> {
  const clients = Math.ceil(wanted / PROCESSES) * PROCESSES
  const [port = 0, rawSocketPort = 0] = await freePorts(2)
  const config = processes.writeConfig(`crowd-${port}.yaml`, configText(port, rawSocketPort))
  const router = await processes.startRouter(config, 2)
  const urls = [`ws://127.0.0.1:${port}/ws`]
  const crowd = new Crowd(processes, {
    mode: 'stay',
    urls,
    clients,
    perSecond: Math.max(LEAST_RATE, clients / STORM_SECONDS),
    login: 'anonymous',
  })
  if (!(await until(() => crowd.connected === clients))) return cannot(crowd, `only ${crowd.connected} of ${clients} clients came`)
  await sleep(2_000) // So that the sessions have lasted longer than the first wait of a client.
  await router.end('SIGKILL')
  const lost = performance.now()
  const before = crowd.joins
  const again = await processes.startRouter(config, 2)
  const startedMs = performance.now() - lost
  const back = (part: number) => until(() => crowd.joins - before >= clients * part && (part < 1 || crowd.connected === clients))
  const times: number[] = []
  for (const part of [0.5, 0.99, 1]) {
    if (!(await back(part))) return cannot(crowd, `only ${crowd.connected} of ${clients} clients came back`)
    times.push((performance.now() - lost - startedMs) / 1000)
  }
  const processor = processorSeconds(again)
  await crowd.end()
  await again.end('SIGKILL')
  const [half, most, all] = times.map((seconds) => seconds.toFixed(1))
  return {
    faults: [],
    note: `${clients} clients; the router listened again after ${(startedMs / 1000).toFixed(1)} s; then half were back after ${half} s, 99 % after ${most} s, all after ${all} s; router ${processor.toFixed(1)} s of processor time`,
  }
}

/** Sessions are opened at a fixed rate, whatever happens to those before. */
async function storm(processes: Processes, wanted: number): Promise<CrowdOutcome> {
  const clients = Math.ceil(wanted / PROCESSES) * PROCESSES
  const router = processes.start('login-router', {})
  const { address } = (await router.message()) as { address: string }
  const before = processorSeconds(router)
  const start = performance.now()
  const crowd = new Crowd(processes, {
    mode: 'storm',
    urls: [address],
    clients,
    perSecond: Math.max(LEAST_RATE, clients / STORM_SECONDS),
    login: 'wampcra',
  })
  await until(() => crowd.joins + crowd.failures === clients)
  const seconds = (performance.now() - start) / 1000
  const processor = processorSeconds(router) - before
  const { joins, failures, connected } = crowd
  await crowd.end()
  await router.end('SIGKILL')
  const sorted = crowd.openedMs.toSorted((a, b) => a - b)
  const at = (part: number): string => `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0)} ms`
  const faults = connected === clients ? [] : [`${connected} of ${clients} sessions are open, ${failures} were refused or broke`]
  return {
    faults,
    note: `${joins} sessions in ${seconds.toFixed(1)} s, opened in ${at(0.5)} (median), ${at(0.99)} (99 %), ${at(1)} (longest); router ${((1e6 * processor) / Math.max(1, joins)).toFixed(0)} us of processor time for each`,
  }
}

async function cannot(crowd: Crowd, fault: string): Promise<CrowdOutcome> {
  await crowd.end()
  return { faults: [fault], note: '' }
}

async function until(holds: () => boolean): Promise<boolean> {
  const latest = performance.now() + PATIENCE_SECONDS * 1000
  while (!holds()) {
    if (performance.now() > latest) return false
    await sleep(20)
  }
  return true
}

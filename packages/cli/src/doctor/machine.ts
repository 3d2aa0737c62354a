// What the machine gives to a router: its Node, descriptors and memory.

import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import { sizeText } from '../quantities.ts'
import type { Findings } from './findings.ts'

/** The facts about a machine; tests give others. */
export interface Machine {
  /** `v22.14.0` */
  readonly node: string
  readonly now: number
  /** The most descriptors of a process; undefined where the system does not tell. */
  readonly descriptors: number | undefined
  /** Octets that the process may take: of its container, else of the machine. */
  readonly memory: number
  /** The most octets of the heap of JavaScript. */
  readonly heap: number
}

/** What a configuration may ask of a machine. */
export interface Demand {
  /** The most connections that the configuration admits; undefined: without a limit. */
  readonly connections: number | undefined
  /** Octets that queues of sessions may take together. */
  readonly queues: number
}

/** The end of the maintenance of each line of Node, as its project has announced it. */
const ENDS: Readonly<Record<number, string>> = { 20: '2026-04-30', 22: '2027-04-30', 24: '2028-04-30', 26: '2029-04-30' }
/** The first versions in which a table of texts of digits, which a stranger chooses, no longer takes very long. */
const MENDED: Readonly<Record<number, readonly [number, number]>> = { 20: [20, 2], 22: [22, 2], 24: [14, 1] }
/** Descriptors of the process itself: files, pipes, listeners. */
const OWN_DESCRIPTORS = 64
const FEW_DESCRIPTORS = 4_096
/** What a router takes besides its queues. */
const BASE_OCTETS = 128 * 1_048_576

/** This machine. */
export function thisMachine(): Machine {
  const constrained = process.constrainedMemory()
  return {
    node: process.version,
    now: Date.now(),
    descriptors: descriptorLimit(),
    memory: constrained > 0 ? Math.min(constrained, totalmem()) : totalmem(),
    heap: getHeapStatistics().heap_size_limit,
  }
}

/** Looks at a machine. */
export function checkMachine(machine: Machine, demand: Demand, findings: Findings): void {
  checkNode(machine, findings)
  checkDescriptors(machine.descriptors, demand.connections, findings)
  checkMemory(machine, demand.queues, findings)
}

function checkNode({ node, now }: Machine, findings: Findings): void {
  const [major = 0, minor = 0, patch = 0] = node.replace(/^v/, '').split('.').map(Number)
  const end = ENDS[major]
  const [mendedMinor, mendedPatch] = MENDED[major] ?? [0, 0]
  if (major < 20 || (major === 20 && minor < 19)) {
    findings.fault('node', `Node ${node} is too old`, 'install a maintained version of Node, at least 20.19')
  } else if (minor < mendedMinor || (minor === mendedMinor && patch < mendedPatch)) {
    const advice = `update to ${major}.${mendedMinor}.${mendedPatch} or later`
    findings.warning('node', `in Node ${node} texts of digits can be chosen so that a table of them takes very long`, advice)
  } else if (end !== undefined && now > Date.parse(end)) {
    findings.warning('node', `Node ${node} gets no corrections any more since ${end}`, 'install a maintained version of Node')
  } else if (end === undefined && major % 2 === 1) {
    findings.warning('node', `Node ${node} is of a line that is maintained for some months only`, 'install one with an even number')
  } else findings.ok('node', `Node ${node}`)
}

function checkDescriptors(descriptors: number | undefined, connections: number | undefined, findings: Findings): void {
  if (descriptors === undefined) return
  const most = descriptors - OWN_DESCRIPTORS
  const advice = 'raise the limit: LimitNOFILE= of systemd, ulimits of the container, ulimit -n'
  if (connections !== undefined && connections > most) {
    findings.fault('descriptors', `${descriptors} descriptors are too few for ${connections} connections`, advice)
  } else if (connections === undefined && descriptors < FEW_DESCRIPTORS) {
    findings.warning('descriptors', `${descriptors} descriptors limit the connections to about ${most}`, advice)
  } else findings.ok('descriptors', `${descriptors} descriptors${connections === undefined ? '' : `, at most ${connections} connections`}`)
}

function checkMemory({ memory, heap }: Machine, queues: number, findings: Findings): void {
  const needed = queues + BASE_OCTETS
  const facts = `${about(memory)} of memory, queues of up to ${sizeText(queues)}`
  if (needed > memory) {
    findings.fault(
      'memory',
      `${facts}: the system would end the process before its queues are full`,
      'lower limits.outboxTotal, or raise the memory',
    )
  } else if (heap > memory) {
    const advice = `start Node with --max-old-space-size=${Math.floor(((memory - queues) * 0.75) / 1_048_576)}`
    findings.warning('memory', `${facts}; the heap of JavaScript may grow to ${about(heap)}, beyond the memory`, advice)
  } else findings.ok('memory', facts)
}

function about(octets: number): string {
  return `${Math.round(octets / 1_048_576)} MiB`
}

function descriptorLimit(): number | undefined {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined // Only Linux has this file.
  }
}

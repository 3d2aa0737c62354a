// The kinds of faults: what is done in one round of each, and what calls may end with because of it.

import { setTimeout as sleep } from 'node:timers/promises'
import { CANCELED, DRAINING, NO_SUCH_PROCEDURE } from '@trunkline/protocol'
import type { PartName } from './crew.ts'
import { PARTS } from './crew.ts'
import type { Stage } from './stage.ts'

export interface Settings {
  /** The longest time for which a process or a connection is stopped. */
  readonly longestPauseSeconds: number
}

/** The result of a round. */
export interface Outcome {
  readonly faults: readonly string[]
  /** Milliseconds until all parts were back, if one was away. */
  readonly backMs?: number
}

export interface Kind {
  readonly name: string
  readonly about: string
  /** How many rounds there are by default. */
  readonly rounds: number
  /** How many there are in the short run. */
  readonly shortRounds: number
  round(stage: Stage, settings: Settings): Promise<Outcome>
}

/** N1: clients are back by themselves after the router was killed, so long after it listens again. */
const BACK_MS = 5_000
/** A client treats a session that ends sooner as a refusal, and waits longer each time: a router that dies more often is no fault to test. */
const LASTING_MS = 2_200
const SHORTEST_PAUSE_SECONDS = 0.1

export const KINDS: readonly Kind[] = [
  {
    name: 'callee-killed',
    about: 'kill -9 of a callee with calls under way',
    rounds: 200,
    shortRounds: 2,
    round: (stage) => killed(stage, 'callee1', 'callee2'),
  },
  {
    name: 'subscriber-killed',
    about: 'kill -9 of a subscriber',
    rounds: 200,
    shortRounds: 2,
    round: (stage) => killed(stage, 'subscriber1', 'subscriber2'),
  },
  {
    name: 'source-killed',
    about: 'kill -9 of a publisher and caller',
    rounds: 50,
    shortRounds: 2,
    round: (stage) => killed(stage, 'source1', 'source2'),
  },
  {
    name: 'router-killed',
    about: 'kill -9 of the router; all clients back in 5 s by themselves',
    rounds: 200,
    shortRounds: 2,
    round: routerKilled,
  },
  { name: 'drain', about: 'SIGTERM of the router under load; calls under way end well', rounds: 50, shortRounds: 2, round: drained },
  {
    name: 'callee-stopped',
    about: 'SIGSTOP and SIGCONT of a callee',
    rounds: 200,
    shortRounds: 2,
    round: (stage, settings) => stopped(stage, settings, 'callee2'),
  },
  {
    name: 'subscriber-stopped',
    about: 'SIGSTOP and SIGCONT of a subscriber',
    rounds: 200,
    shortRounds: 2,
    round: (stage, settings) => stopped(stage, settings, 'subscriber2'),
  },
  {
    name: 'router-stopped',
    about: 'SIGSTOP and SIGCONT of the router',
    rounds: 200,
    shortRounds: 2,
    round: (stage, settings) => stopped(stage, settings, 'router'),
  },
  { name: 'link-cut', about: 'the connections of a callee and a subscriber are reset', rounds: 100, shortRounds: 2, round: cut },
  { name: 'link-delayed', about: 'each chunk of octets is held back for up to 50 ms', rounds: 20, shortRounds: 1, round: delayed },
  {
    name: 'link-stalled',
    about: 'the connections stand still in one or both directions, then go on',
    rounds: 50,
    shortRounds: 2,
    round: stalled,
  },
  {
    name: 'half-open',
    about: 'the connections go dead without a word, in one or both directions',
    rounds: 3,
    shortRounds: 0,
    round: halfOpen,
  },
]

async function killed(stage: Stage, ...names: PartName[]): Promise<Outcome> {
  await someTime()
  const name = names[Math.floor(Math.random() * names.length)]
  if (name !== undefined) await stage.crew.replace(name)
  await someTime()
  return { faults: await stage.crew.settle({ errors: [CANCELED] }) }
}

async function routerKilled(stage: Stage): Promise<Outcome> {
  await stage.haveLasted(LASTING_MS)
  await someTime()
  const { backMs } = await stage.replaceRouter('SIGKILL')
  await someTime()
  const faults = await stage.crew.settle({ errors: [CANCELED, NO_SUCH_PROCEDURE] })
  return { backMs, faults: backMs <= BACK_MS ? faults : [`N1: the last client was back after ${Math.round(backMs)} ms`, ...faults] }
}

/** What a callee had got before the signal must end with a result; what came after the signal may be refused or lost. */
async function drained(stage: Stage): Promise<Outcome> {
  await stage.haveLasted(LASTING_MS)
  await someTime()
  const acceptedBefore = Date.now()
  const { code, backMs } = await stage.replaceRouter('SIGTERM')
  await someTime()
  const faults = await stage.crew.settle({ errors: [CANCELED, NO_SUCH_PROCEDURE, DRAINING], acceptedBefore })
  return { backMs, faults: code === 0 ? faults : [`N3: the router ended with ${code ?? 'a signal'}`, ...faults] }
}

async function stopped(stage: Stage, { longestPauseSeconds }: Settings, name: PartName | 'router'): Promise<Outcome> {
  await someTime()
  const child = name === 'router' ? stage.router : stage.crew.process(name)
  child.kill('SIGSTOP')
  await pause(longestPauseSeconds)
  child.kill('SIGCONT')
  await someTime()
  // A part that was stopped for long was closed and connects again.
  return { faults: await stage.crew.settle({ errors: [CANCELED] }) }
}

async function cut(stage: Stage): Promise<Outcome> {
  await someTime()
  const before = [stage.crew.readies('callee1'), stage.crew.readies('subscriber1')] as const
  const start = performance.now()
  stage.proxy.cut()
  await Promise.all([stage.crew.ready(['callee1'], before[0]), stage.crew.ready(['subscriber1'], before[1])])
  const backMs = performance.now() - start
  return { backMs, faults: await stage.crew.settle({ errors: [CANCELED] }) }
}

async function delayed(stage: Stage): Promise<Outcome> {
  stage.proxy.delay(between(1, 50))
  await sleep(300)
  const faults = await stage.crew.settle({ errors: [] })
  stage.proxy.delay(0)
  return { faults }
}

async function stalled(stage: Stage, { longestPauseSeconds }: Settings): Promise<Outcome> {
  await someTime()
  const [up, down] =
    Math.random() < 0.5
      ? (['stalled', 'stalled'] as const)
      : Math.random() < 0.5
        ? (['stalled', 'open'] as const)
        : (['open', 'stalled'] as const)
  stage.proxy.set(up, down)
  await pause(longestPauseSeconds)
  stage.proxy.set('open', 'open')
  return { faults: await stage.crew.settle({ errors: [CANCELED] }) }
}

/**
 * The router notices by itself: within 30 s of silence, or 10 s without progress. So do the clients, which ask after 30 s of
 * silence and wait 10 s for the answer; what they open then gets through.
 */
async function halfOpen(stage: Stage): Promise<Outcome> {
  const before = [stage.crew.readies('callee1'), stage.crew.readies('subscriber1')] as const
  const ways = [
    ['dead', 'dead'],
    ['dead', 'open'],
    ['open', 'dead'],
  ] as const
  const [up, down] = ways[Math.floor(Math.random() * ways.length)] ?? ways[0]
  stage.proxy.set(up, down)
  await sleep(DEAD_MS)
  const left = await stage.sessionCount()
  const dropped = left === PARTS - 2 ? [] : [`N2: ${left} sessions are left while the connections of 2 of ${PARTS} are dead`]
  stage.proxy.set('open', 'open')
  await Promise.all([stage.crew.ready(['callee1'], before[0]), stage.crew.ready(['subscriber1'], before[1])])
  return { faults: [...dropped, ...(await stage.crew.settle({ errors: [CANCELED] }))] }
}

/** Under load. */
function someTime(): Promise<void> {
  return sleep(between(20, 150))
}

/** As likely between 0.1 and 1 s as between 1 and 10 s, and so on: each scale of time is another case for the side that waits. */
function pause(longestSeconds: number): Promise<void> {
  return sleep(1000 * SHORTEST_PAUSE_SECONDS * (longestSeconds / SHORTEST_PAUSE_SECONDS) ** Math.random())
}

function between(least: number, most: number): number {
  return least + Math.random() * Math.max(0, most - least)
}

/** WebSocket peers are regarded as dead after 30 s of silence. */
const DEAD_MS = 34_000

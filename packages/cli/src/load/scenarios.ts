// What a load does: calls, events, openings, and calls for a long time over sessions that have to stay open.

import { setTimeout as wait } from 'node:timers/promises'
import type { Session } from '@trunkline/client'
import { DisconnectedError } from '@trunkline/client'
import type { OpenSessionOptions } from '@trunkline/client/session'
import { openSession } from '@trunkline/client/session'
import { runLanes } from './lanes.ts'
import { Meter } from './meter.ts'

/** The sizes of a load. */
export interface Sizes {
  /** Sessions that call, publish or open. */
  readonly sessions: number
  /** Requests in flight of each session. */
  readonly window: number
  /** Callees that share the calls, or subscribers. */
  readonly others: number
  /** Characters of payload. */
  readonly size: number
  readonly perSecond: number | undefined
}

/** One run of a load. */
export interface Run {
  readonly options: OpenSessionOptions
  readonly uri: string
  readonly sizes: Sizes
  readonly meter: Meter
  /** Aborted when the time is over. */
  readonly end: AbortSignal
  /** Begins the time, when all is prepared. */
  readonly begin: () => void
}

/** What a load found besides times. */
export interface Outcome {
  /** Events that should have come and have not. */
  readonly lost?: number
  /** Events that came. */
  readonly received?: number
  /** Sessions that ended without being asked to. */
  readonly ended?: number
}

export const SCENARIOS = { rpc, pubsub, connect, soak } as const satisfies Readonly<Record<string, (run: Run) => Promise<Outcome>>>

/** How long events may still be on their way. */
const LAST_EVENTS_MS = 5_000
const AGAIN_MS = 1_000
/** So many sessions are opened at a time. */
const OPENING = 50

async function rpc({ options, uri, sizes, meter, end, begin }: Run): Promise<Outcome> {
  const payload = 'x'.repeat(sizes.size)
  const callees = await opened(sizes.others, options)
  for (const callee of callees) await callee.register(uri, ({ args: [value] }) => value, { invoke: 'roundrobin' })
  const callers = await opened(sizes.sessions, options)
  begin()
  const call = async (lane: number): Promise<void> => void (await callers[lane % callers.length]?.call(uri, [payload]))
  await runLanes({ lanes: sizes.sessions * sizes.window, perSecond: sizes.perSecond }, call, meter, end)
  await left([...callers, ...callees])
  return {}
}

/** The times are those from publishing to each EVENT. */
async function pubsub({ options, uri, sizes, meter, end, begin }: Run): Promise<Outcome> {
  const payload = 'x'.repeat(sizes.size)
  const publishing = new Meter()
  let received = 0
  let last = 0
  const subscribers = await opened(sizes.others, options)
  for (const subscriber of subscribers) {
    await subscriber.subscribe(uri, ({ args: [sent] }) => {
      received++
      last = performance.now()
      meter.succeeded(last - Number(sent))
    })
  }
  const publishers = await opened(sizes.sessions, options)
  begin()
  const publish = async (lane: number): Promise<void> =>
    void (await publishers[lane % publishers.length]?.publish(uri, [performance.now(), payload], { acknowledge: true }))
  await runLanes({ lanes: sizes.sessions * sizes.window, perSecond: sizes.perSecond }, publish, publishing, end)
  const expected = (): number => publishing.count * subscribers.length
  last = performance.now()
  while (received < expected() && performance.now() - last < LAST_EVENTS_MS) await wait(10)
  if (publishing.lastError !== undefined) meter.failed(publishing.lastError)
  await left([...publishers, ...subscribers])
  // What was published after the end and not acknowledged may have come too.
  return { received, lost: Math.max(0, expected() - received) }
}

/** The times are those from nothing to WELCOME. */
async function connect({ options, sizes, meter, end, begin }: Run): Promise<Outcome> {
  begin()
  const open = async (): Promise<void> => {
    const from = performance.now()
    const session = await openSession(options)
    meter.succeeded(performance.now() - from)
    await session.leave()
  }
  await runLanes({ lanes: sizes.sessions, perSecond: sizes.perSecond }, open, new Meter(), end)
  return {}
}

/** Calls over sessions that are opened again when they end; each end is counted. */
async function soak({ options, uri, sizes, meter, end, begin }: Run): Promise<Outcome> {
  const payload = 'x'.repeat(sizes.size)
  let ended = 0
  const [callee] = await opened(1, options)
  await callee?.register(uri, ({ args: [value] }) => value)
  const sessions = await opened(sizes.sessions, options)
  begin()
  const call = async (lane: number): Promise<void> => {
    try {
      await sessions[lane]?.call(uri, [payload])
    } catch (error) {
      if (!(error instanceof DisconnectedError) || end.aborted) throw error
      ended++
      meter.failed(error)
      await wait(AGAIN_MS)
      sessions[lane] = await openSession(options)
    }
  }
  await runLanes({ lanes: sizes.sessions, perSecond: sizes.perSecond ?? sizes.sessions }, call, meter, end)
  await left([...sessions, ...(callee === undefined ? [] : [callee])])
  return { ended }
}

/** Opens sessions, some at a time. */
async function opened(count: number, options: OpenSessionOptions): Promise<Session[]> {
  const sessions: Session[] = []
  while (sessions.length < count) {
    const next = Math.min(OPENING, count - sessions.length)
    sessions.push(...(await Promise.all(Array.from({ length: next }, () => openSession(options)))))
  }
  return sessions
}

async function left(sessions: readonly Session[]): Promise<void> {
  await Promise.all(sessions.filter(({ isOpen }) => isOpen).map((session) => session.leave()))
}

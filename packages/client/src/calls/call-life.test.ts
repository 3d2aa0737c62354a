// Shows the life of a call on the caller's side, cell by cell, with a scripted router.

import { describe, expect, it } from 'vitest'
import type { OpenCall } from '../call-parts.ts'
import type { CallWorld } from '../testing/call-world.ts'
import { openCalls, outcomeOf } from '../testing/call-world.ts'

type Event = (world: CallWorld, call: OpenCall) => void

/** What may happen to a call. */
const EVENTS = {
  result: ({ router }) => router.says([50, 1, {}, ['done']]),
  progress: ({ router }) => router.says([50, 1, { progress: true }, ['part']]),
  error: ({ router }) => router.says([8, 48, 1, {}, 'com.example.failed']),
  canceled: ({ router }) => router.says([8, 48, 1, {}, 'wamp.error.canceled']),
  skip: (_world, call) => call.cancel('skip', new Error('skip')),
  killnowait: (_world, call) => call.cancel('killnowait', new Error('killnowait')),
  kill: (_world, call) => call.cancel('kill', new Error('kill')),
  time: ({ clock }) => clock.advance(3001),
  'long time': ({ clock }) => clock.advance(10_001),
  disconnect: ({ router }) => router.lose(),
  goodbye: ({ router }) => router.says([6, {}, 'wamp.close.system_shutdown']),
  abort: ({ router }) => router.says([3, {}, 'wamp.error.protocol_violation']),
} satisfies Record<string, Event>

type EventName = keyof typeof EVENTS

/** The ways into each state of a call that has a timeout of 1 s, and which the router limits itself. */
const STATES: Record<string, readonly EventName[]> = {
  sent: [],
  'sent, with progress': ['progress'],
  stopping: ['kill'],
  answered: ['result'],
  failed: ['error'],
  cancelled: ['killnowait'],
  'timed out': ['time'],
  disconnected: ['disconnect'],
}

/** What each event makes of a call: its outcome, and the messages that go out. */
const TABLE: Record<string, Record<EventName, readonly [string, ...string[]]>> = {
  sent: {
    result: ['result done'],
    progress: ['open'],
    error: ['com.example.failed'],
    canceled: ['wamp.error.canceled'],
    skip: ['Error', 'skip'],
    killnowait: ['Error', 'killnowait'],
    kill: ['open', 'kill'],
    time: ['wamp.error.timeout', 'killnowait'],
    'long time': ['wamp.error.timeout', 'killnowait'],
    disconnect: ['DisconnectedError'],
    goodbye: ['DisconnectedError'],
    abort: ['DisconnectedError'],
  },
  stopping: {
    result: ['result done'],
    progress: ['open'],
    error: ['com.example.failed'],
    canceled: ['wamp.error.canceled'],
    skip: ['Error', 'skip'],
    killnowait: ['Error', 'killnowait'],
    kill: ['open'],
    time: ['open'],
    'long time': ['Error'],
    disconnect: ['DisconnectedError'],
    goodbye: ['DisconnectedError'],
    abort: ['DisconnectedError'],
  },
}

const FINAL: Record<string, string> = {
  answered: 'result done',
  failed: 'com.example.failed',
  cancelled: 'Error',
  'timed out': 'wamp.error.timeout',
  disconnected: 'DisconnectedError',
}

const CELLS = Object.keys(STATES).flatMap((state) =>
  (Object.keys(EVENTS) as EventName[]).map((event) => {
    const final = FINAL[state]
    const row = TABLE[state] ?? TABLE['sent']
    const [outcome, ...modes] = final === undefined && row !== undefined ? row[event] : [final ?? '']
    return { state, event, outcome, modes }
  }),
)

describe('a call', () => {
  it.each(CELLS)('that is $state meets $event: $outcome $modes', async ({ state, event, outcome, modes }) => {
    const world = await openCalls()
    const parts: unknown[] = []
    const call = world.session.openCall('com.example.a', { timeout: 1000, onProgress: ({ value }) => parts.push(value) })
    call.end([1])
    const settled = outcomeOf(call.result)
    for (const step of STATES[state] ?? []) EVENTS[step](world, call)
    world.router.take()
    const hadParts = parts.length
    EVENTS[event](world, call)
    const sent = world.router.take().filter(([type]) => type === 49)
    expect(sent).toEqual(modes.map((mode) => [49, 1, { mode }]))
    expect(await outcomeOf(call.result)).toBe(outcome)
    await settled
    expect(parts.length - hadParts).toBe(event === 'progress' && FINAL[state] === undefined ? 1 : 0)
    if (outcome !== 'open') expect(call.send([2])).toBe(false)
    // Nothing remains: no timer but that of a session that closes, no answer that is taken for a fault.
    if (world.session.isOpen && outcome !== 'open') {
      expect(world.clock.openTimers).toBe(0)
      const isAbandoned = ['Error', 'wamp.error.timeout'].includes(outcome)
      if (isAbandoned && !['result', 'error', 'canceled'].includes(event)) {
        world.router.says([50, 1, { progress: true }, ['late']], [8, 48, 1, {}, 'wamp.error.canceled'])
      }
      if (isAbandoned) expect(world.told).toEqual([])
    }
  })
})

// Plays random lives of calls and looks at what must hold in every one: one final answer for each call, and nothing left at the end.

import type { TestPeer } from '@trunkline/testkit'
import { World } from '@trunkline/testkit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'
import type { Session } from '../state/session.ts'

const FEATURES = {
  caller: ['progressive_call_invocations', 'payload_passthru_mode'],
  callee: [
    'call_canceling',
    'call_reroute',
    'call_timeout',
    'progressive_call_invocations',
    'progressive_call_results',
    'payload_passthru_mode',
  ],
}
const KINDS = [
  'call',
  'stream',
  'chunk',
  'last chunk',
  'progress',
  'result',
  'error',
  'unavailable',
  'cancel',
  'wait',
  'leave',
  'register',
] as const
const STEP = fc.record({ kind: fc.constantFrom(...KINDS), which: fc.nat(5), request: fc.nat(7) })

/** A caller with the answers that it gets, or a callee with its invocations. */
class Player {
  readonly peer: TestPeer
  readonly session: Session
  /** Request ids of calls that are not answered yet. */
  readonly open = new Set<number>()
  readonly streams: number[] = []
  next = 1
  invocations = 0

  constructor(world: World, readonlySessions: ReadonlyMap<number, Session> | undefined) {
    this.peer = world.join({ features: FEATURES })
    const session = readonlySessions?.get(this.peer.session)
    if (session === undefined) throw new Error('no session')
    this.session = session
  }

  /** Takes what came; a second final answer, or one to nothing, fails. */
  look(): void {
    for (const [type, second, third] of this.peer.take()) {
      if (type === 68) this.invocations = Math.max(this.invocations, second as number)
      const isFinal = (type === 50 && (third as { progress?: boolean }).progress !== true) || (type === 8 && second === 48)
      if (type === 50 && !this.open.has(second as number)) throw new Error(`RESULT of call ${String(second)}, which is over`)
      const request = (type === 50 ? second : third) as number
      if (isFinal && !this.open.delete(request)) throw new Error(`a second answer to call ${request}`)
    }
  }
}

it('every call gets at most one final answer, and one when callees have left; nothing is kept of calls that are over [BP-RPC-23 AP-RPC-PCR-09]', () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 60 }), fc.constantFrom('first', 'last', 'roundrobin', 'random'), (steps, invoke) => {
      const world = new World()
      const sessions = realmIn(world, 'realm1')?.sessions
      const callers = [0, 1].map(() => new Player(world, sessions))
      const callees = [0, 1, 2].map(() => new Player(world, sessions))
      const everybody = [...callers, ...callees]
      const register = (callee: Player, at: number): void =>
        callee.peer.say(64, callee.next++, { invoke, forward_timeout: at === 1 }, 'com.example.procedure')
      for (const [at, callee] of callees.entries()) register(callee, at)
      for (const { kind, which, request } of steps) {
        const caller = callers[which % 2]
        const callee = callees[which % 3]
        if (caller === undefined || callee === undefined) continue
        const invocation = (request % Math.max(callee.invocations, 1)) + 1
        const isAsked = callee.invocations > 0 && !callee.peer.isClosed
        const stream = caller.streams[request % Math.max(caller.streams.length, 1)]
        switch (kind) {
          case 'call':
          case 'stream': {
            if (caller.peer.isClosed) break
            caller.open.add(caller.next)
            if (kind === 'stream') caller.streams.push(caller.next)
            const passthru = request === 3 ? { ppt_scheme: 'x_a', ppt_keyid: 'key' } : {}
            const options = { receive_progress: request % 2 === 0, timeout: request === 5 ? 0 : request * 100, ...passthru }
            caller.peer.say(48, caller.next++, { ...options, progress: kind === 'stream' }, 'com.example.procedure', [request])
            break
          }
          case 'chunk':
          case 'last chunk':
            // A call whose last chunk was sent is not gone on with.
            if (stream === undefined || caller.peer.isClosed) break
            caller.peer.say(48, stream, { progress: kind === 'chunk' }, 'com.example.procedure')
            if (kind === 'last chunk') caller.streams.splice(caller.streams.indexOf(stream), 1)
            break
          case 'progress':
          case 'result':
            if (isAsked) callee.peer.say(70, invocation, { progress: kind === 'progress' })
            break
          case 'error':
          case 'unavailable':
            if (isAsked) callee.peer.say(8, 68, invocation, {}, kind === 'error' ? 'com.example.failed' : 'wamp.error.unavailable')
            break
          case 'cancel':
            if (!caller.peer.isClosed) caller.peer.say(49, request + 1, { mode: ['skip', 'kill', 'killnowait'][which % 3] })
            break
          case 'wait':
            world.advance(request * 30)
            break
          case 'leave':
            if (which === 5) everybody[request % 5]?.peer.drop()
            break
          case 'register':
            if (!callee.peer.isClosed) register(callee, which % 3)
        }
        for (const each of everybody) each.look()
      }
      for (const caller of callers) if (!caller.peer.isClosed) expect(caller.session.calls.size).toBe(caller.open.size)
      for (const callee of callees) callee.peer.drop()
      for (const caller of callers) {
        if (caller.peer.isClosed) continue
        caller.look()
        expect([caller.open.size, caller.peer.isClosed]).toEqual([0, false])
      }
      world.end()
      expect(everybody.map(({ session }) => [session.callBudget.octets, session.calls.size, session.invocations.size])).toEqual(
        everybody.map(() => [0, 0, 0]),
      )
      world.advance(1_000)
      expect(world.alarm.ringsIn(world.clock.now())).toBe(Number.POSITIVE_INFINITY)
    }),
    { numRuns: 60 },
  )
})

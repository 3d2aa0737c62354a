// Tries every cell of the tables in docs/protocol-tables.md, each in a world of its own with a manual clock.

import type { TestPeer } from '@trunkline/testkit'
import { readTable, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'
import type { Session } from '../state/session.ts'

const PROCEDURE = 'com.example.procedure'
const TIMEOUT = 5_000
const CALLEE = ['call_canceling', 'call_reroute', 'progressive_call_invocations', 'progressive_call_results', 'registration_revocation']
const CALLER = ['call_canceling', 'progressive_call_invocations', 'progressive_call_results']

let world = new World()
afterEach(() => world.end())

/** Three peers: the caller's request 1 is invocation 1 at the callee; another callee stands by. */
class Scene {
  /** In a world of its own. */
  static alone(rule: 'strict' | 'increasing' | 'tolerant' = 'strict'): Scene {
    world = World.of({ requestIds: rule })
    return new Scene()
  }

  readonly callee: TestPeer
  readonly other: TestPeer
  readonly caller: TestPeer
  readonly registration: number
  readonly #session: Session
  readonly #calleeSession: Session
  #isGone = false

  constructor() {
    const [callee, other] = [0, 1].map(() => world.join({ features: { callee: CALLEE } })) as [TestPeer, TestPeer]
    const ids = [callee, other].map((peer) => {
      peer.say(64, 1, { invoke: 'first' }, PROCEDURE)
      return peer.takeOne()[2] as number
    })
    this.registration = ids[0] ?? 0
    this.callee = callee
    this.other = other
    this.caller = world.join({ features: { caller: CALLER } })
    this.#session = sessionOf(this.caller)
    this.#calleeSession = sessionOf(callee)
  }

  call(options: Record<string, unknown> = {}, procedure = PROCEDURE, request = 1): void {
    this.caller.say(48, request, options, procedure)
  }

  /** Brings the call into a state. */
  enter(state: string): void {
    const [kind, isKilling] = state.endsWith(' killing') ? [state.slice(0, -' killing'.length), true] : [state, false]
    const wishes = { receive_progress: true, timeout: TIMEOUT }
    this.call(kind === 'open' || kind === 'ended' ? wishes : { ...wishes, progress: true })
    if (kind === 'complete') this.call()
    if (kind.startsWith('ended')) this.callee.say(70, 1, {})
    if (isKilling) this.caller.say(49, 1, { mode: 'kill' })
    this.forget()
  }

  /** In which state the call is. */
  get state(): string {
    if (this.#isGone || this.caller.isClosed) return 'gone'
    const call = this.#session.calls.get(1)
    if (call === undefined) return this.#session.streams?.has(1) === true ? 'ended stream' : 'ended'
    const kind = call.stream === undefined ? 'open' : call.stream.isComplete ? 'complete' : 'streaming'
    return call.isKilling ? `${kind} killing` : kind
  }

  get invocationState(): string {
    return this.callee.isClosed ? 'gone' : this.#calleeSession.invocations.has(1) ? 'open' : 'ended'
  }

  callerLeaves(): void {
    this.#isGone = true
    this.caller.drop()
  }

  revoke(): void {
    const registration = realmIn(world, 'realm1')?.dealer.registrations.get(this.registration)
    if (registration === undefined) throw new Error('there is no registration')
    realmIn(world, 'realm1')?.dealer.revoke(this.#calleeSession, registration, 'com.example.reason')
    this.callee.take()
  }

  forget(): void {
    for (const peer of [this.caller, this.callee, this.other]) peer.take()
  }

  /** What was sent since, in the words of the tables: to the caller, to the callee, to the other callee. */
  sent(): string {
    const words = [
      ...this.caller.take().map(inWords),
      ...this.callee.take().map(inWords),
      ...this.other.take().map((message) => `${inWords(message)} elsewhere`.replace(' progress', '')),
    ]
    return words.length === 0 ? '-' : words.join(', ')
  }
}

function sessionOf(peer: TestPeer): Session {
  const session = realmIn(world, 'realm1')?.sessions.get(peer.session)
  if (session === undefined) throw new Error('the peer has no session')
  return session
}

function inWords(message: unknown[]): string {
  const withProgress = (name: string, options: unknown): string => `${name}${(options as Dict)['progress'] === true ? ' progress' : ''}`
  switch (message[0]) {
    case 3:
      return 'ABORT'
    case 8:
      return `ERROR ${String(message[4])}`
    case 50:
      return withProgress('RESULT', message[2])
    case 68:
      return withProgress('INVOCATION', message[3])
    case 69:
      return `INTERRUPT ${String((message[2] as Dict)['mode'])}`
    default:
      return JSON.stringify(message)
  }
}

type Dict = Record<string, unknown>

const EVENTS: Record<string, (scene: Scene) => void> = {
  'CALL progress, same id': (scene) => scene.call({ progress: true }),
  'CALL, same id': (scene) => scene.call(),
  'CALL of another procedure, same id': (scene) => scene.call({}, 'com.example.other'),
  'YIELD progress': ({ callee }) => callee.say(70, 1, { progress: true }),
  YIELD: ({ callee }) => callee.say(70, 1, {}),
  ERROR: ({ callee }) => callee.say(8, 68, 1, {}, 'com.example.failed'),
  'ERROR unavailable': ({ callee }) => callee.say(8, 68, 1, {}, 'wamp.error.unavailable'),
  'ERROR unavailable after progress': (scene) => {
    scene.callee.say(70, 1, { progress: true })
    scene.forget()
    scene.callee.say(8, 68, 1, {}, 'wamp.error.unavailable')
  },
  'CANCEL skip': ({ caller }) => caller.say(49, 1, { mode: 'skip' }),
  'CANCEL kill': ({ caller }) => caller.say(49, 1, { mode: 'kill' }),
  'CANCEL killnowait': ({ caller }) => caller.say(49, 1, { mode: 'killnowait' }),
  'the time is over': () => world.advance(TIMEOUT),
  'the callee leaves': ({ callee }) => callee.drop(),
  'the caller leaves': (scene) => scene.callerLeaves(),
  'the registration is revoked': (scene) => scene.revoke(),
}

describe('the life of a call', () => {
  const { columns, rows } = readTable('The life of a call')

  it('has a row for every event and a column for every state', () => {
    expect(rows.map(({ name }) => name).toSorted()).toEqual(Object.keys(EVENTS).toSorted())
    expect(columns).toHaveLength(8)
    expect(rows.map(({ cells }) => cells.length)).toEqual(rows.map(() => 8))
  })

  const cells = rows.flatMap(({ name, cells: texts }) => columns.map((state, i) => [state, name, texts[i] ?? ''] as const))

  it.each(cells)(
    'in the state %s, %s: %s [AP-RPC-CAN-03 AP-RPC-CAN-04 AP-RPC-CAN-05 AP-RPC-CAN-06 AP-RPC-CAN-11 AP-RPC-CAN-12 AP-RPC-PCI-11 AP-RPC-PCI-12 AP-RPC-PCI-13 AP-RPC-PCI-17 AP-RPC-PCI-18 AP-RPC-PCI-21 AP-RPC-PCI-30 AP-RPC-TMO-06 AP-RPC-TMO-07 AP-RPC-TMO-14]',
    (state, event, cell) => {
      const scene = Scene.alone()
      scene.enter(state)
      expect(scene.state).toBe(state)
      EVENTS[event]?.(scene)
      expect(`${scene.sent()} → ${scene.state}`).toBe(cell)
    },
  )

  it.each(columns.filter((state) => !state.startsWith('ended')))(
    'from the state %s, whatever comes first and second, there is at most one final answer [BP-RPC-23 AP-RPC-PCR-09]',
    (state) => {
      world = new World()
      for (const first of Object.keys(EVENTS)) {
        for (const second of Object.keys(EVENTS)) {
          const scene = new Scene()
          scene.enter(state)
          const finals: string[] = []
          for (const event of [first, second]) {
            if (!scene.caller.isClosed) EVENTS[event]?.(scene)
            finals.push(...scene.caller.take().map(inWords))
          }
          if (scene.state !== 'gone') EVENTS['CANCEL skip']?.(scene)
          finals.push(...scene.caller.take().map(inWords))
          const answers = finals.filter((word) => word !== 'RESULT progress' && word !== 'ABORT')
          expect([first, second, answers.length]).toEqual([first, second, scene.state === 'gone' ? answers.length : 1])
          expect(answers.length).toBeLessThan(2)
          for (const peer of [scene.caller, scene.callee, scene.other]) peer.drop()
        }
      }
    },
  )
})

describe('the life of an invocation', () => {
  const { columns, rows } = readTable('The life of an invocation')
  const cells = rows.flatMap(({ name, cells: texts }) => columns.map((state, i) => [state, name, texts[i] ?? ''] as const))

  it.each(cells)('in the state %s, %s: %s [BP-RPC-30 AP-RPC-PCR-10 AP-RPC-PCR-18]', (state, event, cell) => {
    const scene = Scene.alone()
    scene.call({ receive_progress: !event.endsWith(', unasked') })
    if (state === 'ended') scene.callee.say(70, 1, {})
    scene.forget()
    const invocation = state === 'unsent' ? 2 : 1
    if (event === 'ERROR') scene.callee.say(8, 68, invocation, {}, 'com.example.failed')
    else scene.callee.say(70, invocation, event.includes('progress') ? { progress: true } : {})
    // A callee that is sent away ends its calls; that is the table above.
    const sent = state === 'unsent' ? scene.callee.take().map(inWords).join(', ') : scene.sent()
    expect(`${sent} → ${scene.invocationState}`).toBe(cell)
    const { lateAnswersDropped, unaskedProgressDropped } = world.router.counters
    expect(lateAnswersDropped + unaskedProgressDropped).toBe(cell.startsWith('-') ? 1 : 0)
  })
})

describe('the request id of a CALL', () => {
  const { columns, rows } = readTable('The request id of a CALL')
  const cells = rows.flatMap(({ name, cells: texts }) => columns.map((rule, i) => [rule, name, texts[i] ?? ''] as const))

  const IDS: Record<string, (scene: Scene) => number> = {
    'the next one': () => 11,
    'one that leaves a gap': () => 13,
    'that of an open plain call': () => 1,
    'that of a plain call that is over': (scene) => {
      scene.callee.say(70, 1, {})
      return 1
    },
    'that of a streaming call': () => 2,
    'that of a complete call': (scene) => {
      scene.call({}, PROCEDURE, 2)
      return 2
    },
    'that of an ended stream': (scene) => {
      scene.callee.say(70, 2, {})
      return 2
    },
    'that of an ended stream whose last chunk came': (scene) => {
      scene.call({}, PROCEDURE, 2)
      scene.callee.say(70, 2, {})
      return 2
    },
    'that of an ended stream, forgotten': (scene) => {
      scene.callee.say(70, 2, {})
      for (let i = 0; i < 1_010; i++) {
        scene.call({ progress: true }, PROCEDURE, 11 + i)
        scene.callee.say(70, 3 + i, {})
      }
      return 2
    },
    'that of a PUBLISH': () => 10,
  }

  it('has a row for each kind of id', () => {
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(IDS))
  })

  it.each(cells)(
    '%s: with %s it is %s [AP-RPC-PCI-13 AP-RPC-PCI-15 AP-RPC-PCI-16 AP-RPC-PCI-17 AP-RPC-PCI-18 AP-RPC-PCI-19 AP-RPC-PCI-20 AP-RPC-PCI-21]',
    (rule, name, cell) => {
      const scene = Scene.alone(rule as 'strict' | 'increasing' | 'tolerant')
      scene.call()
      scene.call({ progress: true }, PROCEDURE, 2)
      for (let request = 3; request <= 10; request++) scene.caller.say(16, request, {}, 'com.example.topic')
      const request = IDS[name]?.(scene) ?? 0
      const last = sessionOf(scene.callee).lastInvocation
      scene.forget()
      scene.call({ progress: true }, PROCEDURE, request)
      const [invocation] = scene.callee.take().filter(([type]) => type === 68)
      const answers = scene.caller.take().map(inWords)
      if (cell === 'ABORT') expect(answers).toEqual(['ABORT'])
      else expect(answers).toEqual([])
      const expected = { 'new call': last + 1, chunk: 2, ABORT: undefined, discarded: undefined }[cell]
      expect(invocation?.[1]).toBe(expected)
      expect(world.router.counters.lateChunksDropped).toBe(cell === 'discarded' ? 1 : 0)
    },
  )
})

describe('the time of a call', () => {
  const { rows } = readTable('What restarts the time of a call')

  const SIGNS: Record<string, (scene: Scene) => void> = {
    'CALL with a chunk': (scene) => scene.call({ progress: true }),
    'YIELD progress': ({ callee }) => callee.say(70, 1, { progress: true }),
    'YIELD progress, unasked': ({ callee }) => callee.say(70, 1, { progress: true }),
    'CANCEL kill': ({ caller }) => caller.say(49, 1, { mode: 'kill' }),
    'ERROR unavailable, the call goes elsewhere': ({ callee }) => callee.say(8, 68, 1, {}, 'wamp.error.unavailable'),
  }

  it('has a row for each sign of life', () => {
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(SIGNS))
  })

  it.each(rows.map(({ name, cells: [effect] }) => [name, effect] as const))('%s: %s [AP-RPC-PCR-16 AP-RPC-PCI-28]', (name, effect) => {
    const scene = Scene.alone()
    scene.call({ progress: true, timeout: TIMEOUT, receive_progress: !name.endsWith(', unasked') })
    world.advance(TIMEOUT - 1)
    SIGNS[name]?.(scene)
    scene.forget()
    world.advance(1)
    expect(scene.caller.take().map(inWords)).toEqual(effect === 'restarts' ? [] : ['ERROR wamp.error.timeout'])
    if (effect !== 'restarts') return
    world.advance(TIMEOUT - 2)
    expect(scene.caller.take()).toEqual([])
    world.advance(1)
    expect(scene.caller.take().map(inWords)).toEqual(['ERROR wamp.error.timeout'])
  })
})

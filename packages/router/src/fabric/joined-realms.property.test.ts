// Drives realms of several nodes through random requests, random orders of frames, and links that break: what clients may rely on holds
// after each step, and at the end all nodes have the same table and no call is open anywhere.

import type { Dict, InvocationMessage, Message } from '@trunkline/protocol'
import {
  CALL,
  CANCEL,
  EMPTY_DICT,
  ERROR,
  INTERRUPT,
  INVOCATION,
  REGISTER,
  REGISTERED,
  RESULT,
  UNREGISTER,
  UNREGISTERED,
  uris,
  YIELD,
} from '@trunkline/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Member, Node } from '../testing/joined-realms.ts'
import { ALL_FEATURES, JoinedRealms, payloadOf } from '../testing/joined-realms.ts'

const URIS = ['com.example.a', 'com.example.b', 'com.example', 'com']
const POLICIES = ['single', 'single', 'first', 'last', 'random', 'roundrobin', '_sharded']
const MODES = ['kill', 'killnowait', 'skip']

interface TestedCall {
  /** The number of the next chunk. */
  chunks: number
  isComplete: boolean
  hasEnded: boolean
  /** How often it came to a callee, and how often one said that it was unavailable. */
  taken: number
  refused: number
  /** The number of the next progressive result. */
  results: number
  readonly procedure: string
  readonly isStream: boolean
  /** The node of the caller. */
  readonly node: Node
}

interface TestedInvocation {
  readonly registration: number
  readonly call: TestedCall
  chunks: number
  progress: number
}

/** A client that notes what it may rely on, and throws where that does not hold. */
class Client {
  readonly member: Member
  readonly registered = new Set<number>()
  readonly calls = new Map<number, TestedCall>()
  readonly invocations = new Map<number, TestedInvocation>()
  readonly #all: TestedCall[]
  readonly registering = new Set<number>()
  #request = 0

  constructor(node: Node, features: readonly string[], all: TestedCall[]) {
    this.member = node.join(features)
    this.#all = all
  }

  get isHere(): boolean {
    return this.member.session.isMember
  }

  register(options: Dict, procedure: string): void {
    this.registering.add(++this.#request)
    this.member.say({ type: REGISTER, request: this.#request, options, procedure })
  }

  unregister(at: number): void {
    const registration = pick([...this.registered], at)
    if (registration === undefined) return
    this.registered.delete(registration) // Answered in the same turn.
    this.member.say({ type: UNREGISTER, request: ++this.#request, registration, options: EMPTY_DICT })
  }

  call(options: Dict, procedure: string): void {
    const isStream = options['progress'] === true
    const call = {
      chunks: 1,
      isComplete: !isStream,
      hasEnded: false,
      taken: 0,
      refused: 0,
      results: 0,
      procedure,
      isStream,
      node: this.member.node,
    }
    this.calls.set(++this.#request, call)
    this.member.say({ type: CALL, request: this.#request, options, procedure, payload: payloadOf(this.#all.push(call) - 1, 0) })
  }

  chunk(at: number, isLast: boolean): void {
    const [request, call] =
      pick(
        [...this.calls].filter(([, { isComplete, hasEnded }]) => !isComplete && !hasEnded),
        at,
      ) ?? []
    if (request === undefined || call === undefined) return
    call.isComplete = isLast
    const options = isLast ? EMPTY_DICT : { progress: true }
    const payload = payloadOf(this.#all.indexOf(call), call.chunks++)
    this.member.say({ type: CALL, request, options, procedure: call.procedure, payload })
  }

  cancel(at: number, mode: string): void {
    const [request] =
      pick(
        [...this.calls].filter(([, { hasEnded }]) => !hasEnded),
        at,
      ) ?? []
    if (request !== undefined) this.member.say({ type: CANCEL, request, options: { mode } })
  }

  answer(at: number, how: number): void {
    const [request, invocation] = pick([...this.invocations], at) ?? []
    if (request === undefined || invocation === undefined) return
    if (how === 0) {
      const payload = payloadOf(this.#all.indexOf(invocation.call), invocation.progress++)
      return this.member.say({ type: YIELD, request, options: { progress: true }, payload })
    }
    this.invocations.delete(request)
    if (how > 2) return this.member.say({ type: YIELD, request, options: EMPTY_DICT, payload: undefined })
    const error = how === 1 ? uris.UNAVAILABLE : 'com.example.error'
    if (how === 1) invocation.call.refused++
    this.member.say({ type: ERROR, requestType: INVOCATION, request, details: EMPTY_DICT, error, payload: undefined })
  }

  /** Looks at what came. */
  look(): void {
    for (const message of this.member.take()) this.#see(message)
  }

  #see(message: Message): void {
    switch (message.type) {
      case REGISTERED:
        expectThat(this.registering.delete(message.request), 'REGISTERED for no request')
        this.registered.add(message.registration)
        return
      case UNREGISTERED:
        if (message.request !== 0) return
        expectThat(this.registered.delete(Number(message.details?.registration)), 'UNREGISTERED of what was not registered')
        return
      case INVOCATION:
        return this.#invoked(message)
      case INTERRUPT:
        return
      case RESULT:
        return this.#result(message.request, message.details['progress'] === true, message.payload?.args)
      case ERROR:
        if (message.requestType === CALL) return this.#ended(message.request)
        if (message.requestType === REGISTER) expectThat(this.registering.delete(message.request), 'ERROR for no REGISTER')
        else throw new Error(`ERROR for ${message.requestType}: ${message.error}`)
    }
  }

  #invoked({ request, registration, payload }: InvocationMessage): void {
    const [at, chunk] = (payload?.args ?? []) as number[]
    const call = this.#all[at ?? -1]
    if (call === undefined) throw new Error('INVOCATION of no call')
    const known = this.invocations.get(request)
    if (known !== undefined || chunk !== 0) {
      // A callee that has answered may get chunks that were under way.
      if (known === undefined) return
      expectThat(known.chunks === chunk, `chunk ${chunk} came where ${known.chunks} was next`)
      known.chunks++
      return
    }
    expectThat(this.registered.has(registration), 'INVOCATION without registration')
    call.taken++
    if (call.node !== this.member.node) crossed++
    expectThat(call.taken <= 1 + call.refused, `a call came to ${call.taken} callees, of which ${call.refused} were unavailable`)
    this.invocations.set(request, { registration, call, chunks: 1, progress: 0 })
  }

  #result(request: number, isProgress: boolean, args: readonly unknown[] | undefined): void {
    const call = this.calls.get(request)
    if (call === undefined) throw new Error('RESULT for no call')
    if (!isProgress) return this.#ended(request)
    expectThat(!call.hasEnded, 'a progressive RESULT after the end')
    expectThat(call.results === args?.[1], `result ${String(args?.[1])} came where ${call.results} was next`)
    call.results++
  }

  #ended(request: number): void {
    const call = this.calls.get(request)
    if (call === undefined) throw new Error('an answer to no call')
    expectThat(!call.hasEnded, 'a second answer to a call')
    call.hasEnded = true
  }
}

class Run {
  readonly #realms: JoinedRealms
  readonly #clients: Client[] = []
  readonly #all: TestedCall[] = []
  /** Whether links may break. */
  readonly #breaks: boolean

  constructor(nodes: number, prefersOwn: boolean, breaks: boolean) {
    this.#realms = new JoinedRealms(nodes, { prefersOwn, skews: breaks ? [0, 3, -5] : [0, 50, -2_000] })
    this.#breaks = breaks
    for (const node of this.#realms.nodes) for (let i = 0; i < 2; i++) this.#join(node, ALL_FEATURES)
  }

  step([kind, a, b, c]: readonly [number, number, number, number]): void {
    const realms = this.#realms
    const node = realms.at(a % realms.nodes.length)
    const other = realms.at(b % realms.nodes.length)
    const client = pick(
      this.#clients.filter(({ isHere }) => isHere),
      a,
    )
    if (kind < 40) for (let i = 0; i <= c % 3; i++) realms.deliverOne((below) => (b + i) % below || 0)
    else if (kind < 50) client?.register(registerOptions(b, c), pick(URIS, b) ?? '')
    else if (kind < 53) client?.unregister(b)
    else if (kind < 68) client?.call(callOptions(b, c), pick(URIS, b) ?? '')
    else if (kind < 71) client?.chunk(b, c % 2 === 0)
    else if (kind < 82) client?.answer(b, c % 5)
    else if (kind < 85) client?.cancel(b, pick(MODES, c) ?? '')
    else if (kind < 87) client?.member.leave()
    else if (kind < 90) this.#join(node, c % 4 === 0 ? ALL_FEATURES.filter((name) => name !== 'callee.call_canceling') : ALL_FEATURES)
    else if (kind < 92) realms.advance(c)
    else if (kind < 94 && client !== undefined) client.member.isFull = c % 3 === 0
    else if (kind < 95) node.neighbours.get(other)?.sessions.drain()
    else if (this.#breaks && node !== other) {
      if (!realms.isLinked(node, other)) realms.link(node, other)
      else if (kind < 98) realms.cut(node, other)
    }
    this.#look()
  }

  end(): void {
    const realms = this.#realms
    for (const [i, a] of realms.nodes.entries()) for (const b of realms.nodes.slice(i + 1)) if (!realms.isLinked(a, b)) realms.link(a, b)
    realms.deliverAll()
    this.#look()
    this.#expectSameCalls()
    const tables = realms.nodes.map((node) => JSON.stringify(realms.tableOf(node)))
    expectThat(new Set(tables).size === 1, `the tables differ: ${tables.join(' <> ')}`)
    for (const { registering, isHere } of this.#clients) expectThat(!isHere || registering.size === 0, 'a REGISTER has no answer')
    this.#answerAll()
    for (const { calls, isHere } of this.#clients) {
      for (const { hasEnded } of calls.values()) expectThat(!isHere || hasEnded, 'a call has no end')
    }
    this.#expectSameCalls(0)
    for (const { member } of this.#clients) member.leave()
    realms.deliverAll()
    for (const node of realms.nodes) {
      expectThat(Object.keys(realms.tableOf(node)).length === 0, 'registrations are left')
      for (const { sessions } of node.neighbours.values()) expectThat(sessions.callees.length === 0, 'sessions of callees are left')
    }
    const ended = realms.nodes.flatMap(({ router }) => Object.values(router.counters.callsEnded)).reduce((sum, each) => sum + each, 0)
    expectThat(ended === this.#all.length, `${this.#all.length} calls were made, and ${ended} ends counted`)
  }

  #join(node: Node, features: readonly string[]): void {
    this.#clients.push(new Client(node, features, this.#all))
  }

  #answerAll(): void {
    for (const client of this.#clients) client.member.isFull = false
    for (let isBusy = true; isBusy;) {
      isBusy = false
      for (const client of this.#clients) {
        if (!client.isHere) continue
        while (client.invocations.size > 0) {
          isBusy = true
          client.answer(0, 4)
        }
      }
      this.#realms.deliverAll()
      this.#look()
    }
  }

  #look(): void {
    for (const client of this.#clients) client.look()
    if (this.#breaks) return
    const holders = new Map<number, number>()
    for (const { realm } of this.#realms.nodes) {
      for (const { id, invoke, callees } of realm.dealer.registrations.values()) {
        if (invoke !== 'single') continue
        const held = callees.filter(({ node, isPending, session }) => node === undefined && !isPending && !session.isInternal)
        holders.set(id, (holders.get(id) ?? 0) + held.length)
      }
    }
    for (const [id, count] of holders) expectThat(count <= 1, `registration ${id} is single and has ${count} callees`)
  }

  /** Each pair of nodes has the same open calls between them. */
  #expectSameCalls(most = Infinity): void {
    for (const a of this.#realms.nodes) {
      for (const [b, { sessions }] of a.neighbours) {
        const [to, from] = [sessions.openCalls.to, b.neighbours.get(a)?.sessions.openCalls.from ?? 0]
        expectThat(to === from && to <= most, `${to} calls are open to a node that knows of ${from}`)
      }
    }
  }
}

function registerOptions(b: number, c: number): Dict {
  return {
    invoke: pick(POLICIES, c),
    ...(b % 4 > 1 ? { match: 'prefix' } : undefined),
    ...(c % 11 === 0 ? { force_reregister: true } : undefined),
    ...(c % 3 === 0 ? { disclose_caller: true } : undefined),
    ...(c % 5 === 0 ? { forward_timeout: true } : undefined),
    ...(c % 7 === 6 && b % 2 === 0 ? { _shard: [b % 16, 7] } : undefined),
  }
}

function callOptions(b: number, c: number): Dict {
  return {
    rkey: b,
    ...(c % 3 === 0 ? { receive_progress: true } : undefined),
    ...(c % 4 === 0 ? { progress: true } : undefined),
    ...(c % 5 === 0 ? { timeout: 1 + c } : undefined),
    ...(c % 6 === 0 ? { disclose_me: true } : undefined),
  }
}

function pick<Value>(values: readonly Value[], at: number): Value | undefined {
  return values[at % values.length]
}

function expectThat(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what)
}

/** How many calls came to callees of other nodes. */
let crossed = 0
const STEP = fc.tuple(fc.nat(99), fc.nat(1_000), fc.nat(1_000), fc.nat(1_000))
const RUNS = Number(process.env['JOINED_RUNS'] ?? 40)
const SEED = Number(process.env['JOINED_SEED'] ?? 1)

describe('realms of several nodes', () => {
  it.each([
    [2, false],
    [3, false],
    [3, true],
    [4, true],
  ])('%i nodes, links break: %s', (nodes, breaks) => {
    crossed = 0
    fc.assert(
      fc.property(fc.boolean(), fc.array(STEP, { maxLength: 250, size: 'max' }), (prefersOwn, steps) => {
        const run = new Run(nodes, prefersOwn, breaks)
        for (const step of steps) run.step(step)
        run.end()
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: process.env['JOINED_RUNS'] !== undefined },
    )
    expect(crossed).toBeGreaterThan(RUNS)
  })
})

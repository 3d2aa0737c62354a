// Calls: callers keep several calls open, callees answer each with its own payload; both compare the payload.

import type { Dict } from '@trunkline/protocol'
import { CALL, ERROR, INVOCATION, Payload, REGISTER, REGISTERED, RESULT, YIELD } from '@trunkline/protocol'
import type { Bench, LoadResult } from './measure.ts'
import { median, until } from './measure.ts'
import type { Session, SessionContext } from './session.ts'
import { openSessions, request } from './session.ts'
import { Template } from './template.ts'

const CALLEES = 4
const PATIENCE_SECONDS = 5

/** `sessions` callers with `open` calls each, on four callees. Figure: calls by a second of the router's processor time. */
export async function rpc(bench: Bench): Promise<LoadResult> {
  const { sessions, open } = bench.options
  const callers = await makeCallers(bench, CALLEES, sessions)
  for (const caller of callers) caller.start(open)
  const result = await bench.measure()
  await finish(bench, callers)
  return result
}

/** One caller, one call at a time. Figure: median of the round trip in microseconds. */
export async function rpcLatency(bench: Bench): Promise<LoadResult> {
  const callers = await makeCallers(bench, 1, 1)
  const times: number[] = []
  for (const caller of callers) {
    caller.onAnswered = (milliseconds) => times.push(milliseconds * 1000)
    caller.start(1)
  }
  const measured = await bench.measure()
  await finish(bench, callers)
  const warm = times.slice(-measured.done)
  return bench.result(median(warm), measured)
}

/** `sessions` callers with one call each, on one procedure that `others` more callees share. Figure as `rpc`. */
export async function sharedRpc(bench: Bench): Promise<LoadResult> {
  const { sessions, others } = bench.options
  const context = bench.context()
  const callees = await openSessions(context, 1 + others)
  await Promise.all(
    callees.map((session) => answerCalls(bench, context, session, { uri: procedure(0), options: { invoke: 'roundrobin' } })),
  )
  const callers = (await openSessions(context, sessions)).map((session) => new Caller(bench, context, session, procedure(0)))
  for (const caller of callers) caller.start(1)
  const result = await bench.measure()
  await finish(bench, callers)
  return result
}

async function makeCallers(bench: Bench, calleeCount: number, callerCount: number): Promise<Caller[]> {
  const context = bench.context()
  const callees = await openSessions(context, calleeCount)
  await Promise.all(callees.map((session, i) => answerCalls(bench, context, session, { uri: procedure(i), options: {} })))
  const callers = await openSessions(context, callerCount)
  return callers.map((session, i) => new Caller(bench, context, session, procedure(i % calleeCount)))
}

function procedure(i: number): string {
  return `bench.echo.${i}`
}

/** What a callee registers. */
interface Registering {
  readonly uri: string
  readonly options: Dict
}

async function answerCalls(bench: Bench, context: SessionContext, session: Session, { uri, options }: Registering): Promise<void> {
  const text = bench.payloadText
  const expected = Buffer.from(text)
  const answer = new Template(context.serializer, (id) => ({ type: YIELD, request: id, options: {}, payload: Payload.fromValues([text]) }))
  await request(session, REGISTERED, [(id) => ({ type: REGISTER, request: id, options, procedure: uri })])
  session.play((type, cursor) => {
    if (type !== INVOCATION) return bench.account.bad(`callee got a message of type ${type}`)
    const id = cursor.number()
    cursor.skip()
    cursor.skip()
    cursor.enter()
    if (!cursor.isText(expected)) bench.account.bad('INVOCATION with another payload')
    session.send(answer, id)
  })
}

async function finish(bench: Bench, callers: readonly Caller[]): Promise<void> {
  for (const caller of callers) caller.stop()
  await until(() => callers.every((caller) => caller.open === 0), PATIENCE_SECONDS)
  for (const caller of callers) bench.account.faults.lost += caller.open
}

/** Keeps calls open. One procedure, so answers come in the order of the calls. */
class Caller {
  open = 0
  /** Gets the time of each answer; costs one reading of the clock. */
  onAnswered: ((milliseconds: number) => void) | undefined
  readonly #bench: Bench
  readonly #session: Session
  readonly #call: Template
  readonly #expected: Buffer
  #answered = 0
  #calledAt = 0
  #isStopping = false

  constructor(bench: Bench, context: SessionContext, session: Session, uri: string) {
    const text = bench.payloadText
    this.#bench = bench
    this.#session = session
    this.#expected = Buffer.from(text)
    this.#call = new Template(context.serializer, (id) => ({
      type: CALL,
      request: id,
      options: {},
      procedure: uri,
      payload: Payload.fromValues([text]),
    }))
    session.play((type, cursor) => {
      if (type === ERROR) cursor.skip()
      const id = cursor.number()
      if (type !== RESULT) return this.#fail(type)
      cursor.skip()
      cursor.enter()
      this.#take(id, cursor.isText(this.#expected))
    })
  }

  start(count: number): void {
    for (let i = 0; i < count; i++) this.#next()
  }

  stop(): void {
    this.#isStopping = true
  }

  #next(): void {
    this.open++
    if (this.onAnswered !== undefined) this.#calledAt = performance.now()
    this.#session.send(this.#call, this.#session.nextRequest())
  }

  #take(id: number, isExpected: boolean): void {
    const { account } = this.#bench
    if (id !== this.#answered + 1) account.faults.orderViolations++
    if (!isExpected) account.bad('RESULT with another payload')
    this.#answered = id
    account.done++
    this.open--
    this.onAnswered?.(performance.now() - this.#calledAt)
    if (!this.#isStopping) this.#next()
  }

  #fail(type: number): void {
    this.#answered++
    this.open--
    this.#bench.account.error(`a call was answered with a message of type ${type}`)
  }
}

// What sessions themselves cost: opening them, keeping silent ones, and subscribing to a topic that has many subscribers already.

import type { Message } from '@trunkline/protocol'
import { SUBSCRIBE, SUBSCRIBED, UNSUBSCRIBE, UNSUBSCRIBED } from '@trunkline/protocol'
import type { Bench, LoadResult } from './measure.ts'
import { sleep, until } from './measure.ts'
import { openSessions, request, Session } from './session.ts'

const WARM_SESSIONS = 200
const SETTLE_SECONDS = 2
const PATIENCE_SECONDS = 5
const CHURNING = 4

/** Opens sessions, `open` at a time, each ended as soon as it is welcomed. Figure: sessions in a second of the router's processor time. */
export async function connect(bench: Bench): Promise<LoadResult> {
  const context = bench.context()
  let isStopping = false
  const open = async (): Promise<void> => {
    while (!isStopping) {
      const session = new Session(context)
      await session.opened
      session.end()
      bench.account.done++
    }
  }
  const all = Promise.all(Array.from({ length: bench.options.open }, open))
  const result = await Promise.race([bench.measure(), all.then(() => Promise.reject(new Error('ended too early')))])
  isStopping = true
  await all
  return result
}

/** `sessions` silent sessions. Figure: KiB of the router's resident memory for each. */
export async function idle(bench: Bench): Promise<LoadResult> {
  const context = bench.context()
  // A first batch, so that the router's fixed costs are not counted as a session's.
  await openSessions(context, WARM_SESSIONS)
  await sleep(SETTLE_SECONDS)
  const before = await bench.usage()
  const sessions = await openSessions(context, bench.options.sessions)
  await sleep(SETTLE_SECONDS)
  const after = await bench.usage()
  bench.account.done = sessions.length
  bench.account.faults.lost += sessions.filter((session) => !session.isOpen).length
  return bench.result((after.residentBytes - before.residentBytes) / 1024 / sessions.length)
}

/**
 * Four sessions that join and leave topics of four, each held by `others`. Figure: pairs of SUBSCRIBE and UNSUBSCRIBE by
 * a second of the router's processor time.
 */
export async function subscribers(bench: Bench): Promise<LoadResult> {
  const context = bench.context()
  const { others, open } = bench.options
  const topics = Array.from({ length: open }, (_, i) => `bench.crowd.${i}`)
  const crowd = await openSessions(context, others)
  const joinAll = topics.map((topic) => (id: number): Message => ({ type: SUBSCRIBE, request: id, options: {}, topic }))
  for (const session of crowd) await request(session, SUBSCRIBED, joinAll)
  const churning = (await openSessions(context, CHURNING)).map((session, i) => new Churner(bench, session, others === 0 ? i : undefined))
  for (const churner of churning) for (const topic of topics) churner.join(topic)
  const result = await bench.measure()
  for (const churner of churning) churner.stop()
  await until(() => churning.every((churner) => churner.pending.size === 0), PATIENCE_SECONDS)
  for (const churner of churning) bench.account.faults.lost += churner.pending.size
  return result
}

/** Subscribes and unsubscribes without end. */
class Churner {
  /** Requests that wait for their answer, with their topic. */
  readonly pending = new Map<number, string>()
  readonly #session: Session
  readonly #alone: number | undefined
  #isStopping = false

  /** @param alone given when the session is to be the first of its topics: its number, put behind their names */
  constructor(bench: Bench, session: Session, alone: number | undefined) {
    const { account } = bench
    this.#session = session
    this.#alone = alone
    session.play((type, cursor) => {
      const id = cursor.number()
      const topic = this.pending.get(id)
      this.pending.delete(id)
      if (topic === undefined) return account.bad(`an answer of type ${type} to no request`)
      if (type === SUBSCRIBED) return this.#leave(topic, cursor.number())
      if (type !== UNSUBSCRIBED) return account.error(`a request was answered with a message of type ${type}`)
      account.done++
      if (!this.#isStopping) this.#join(topic)
    })
  }

  join(topic: string): void {
    this.#join(this.#alone === undefined ? topic : `${topic}.${this.#alone}`)
  }

  stop(): void {
    this.#isStopping = true
  }

  #join(topic: string): void {
    const id = this.#session.nextRequest()
    this.pending.set(id, topic)
    this.#session.sendMessage({ type: SUBSCRIBE, request: id, options: {}, topic })
  }

  #leave(topic: string, subscription: number): void {
    const id = this.#session.nextRequest()
    this.pending.set(id, topic)
    this.#session.sendMessage({ type: UNSUBSCRIBE, request: id, subscription, options: undefined })
  }
}

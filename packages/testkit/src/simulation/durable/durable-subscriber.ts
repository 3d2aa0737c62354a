// A subscriber of a durable world: it resumes as a careful client does, and checks all that it gets (D2, D4).

import type { UriPattern } from '@trunkline/protocol'
import type { KeptEvent } from '@trunkline/router'
import { SimulationFailure } from '../failure.ts'
import type { DurablePeer } from './durable-peer.ts'
import { matches } from './matching.ts'
import type { PromisedStore } from './promised-store.ts'

/** The value of each event: who published it, in which session, and its number there. */
export interface Value {
  readonly by: number
  readonly session: number
  readonly number: number
  /** Publications of a client with the same key and topic are the same event. */
  readonly key?: number | undefined
}

export class DurableSubscriber {
  readonly name: string
  readonly pattern: UriPattern
  peer: DurablePeer | undefined
  /** The session that is open. */
  session = 0
  /** What it has published in its sessions. */
  numbers = 0
  /** What it has published with keys: their topics, by key. */
  readonly keyed: string[] = []
  readonly #store: PromisedStore
  /** Undefined until its subscription has begun. */
  #epoch: string | undefined
  #position = 0
  #sessions: number[] = []
  #asked: number | undefined
  /** All the ids that it had. */
  readonly #own = new Set<number>()
  #wantsAll = false
  #droppedThen = 0
  /** Events that it got, for the figures. */
  seen = 0
  recovered = 0
  refused = 0
  gaps = 0

  constructor(name: string, pattern: UriPattern, store: PromisedStore) {
    this.name = name
    this.pattern = pattern
    this.#store = store
  }

  /** Whether it has what it asked for. */
  get isSettled(): boolean {
    return this.peer?.isGone === false && this.#asked === undefined && this.session !== 0
  }

  get position(): number {
    return this.#position
  }

  /** A session is open: it subscribes. @param asked what it says that it has seen; by itself the truth */
  welcomed(session: number, asked?: Record<string, unknown>): void {
    this.session = session
    this.#own.add(session)
    const truth = this.#epoch === undefined ? {} : { epoch: this.#epoch, position: this.#position, sessions: this.#sessions }
    this.#droppedThen = this.#store.dropped
    this.#wantsAll = this.#epoch !== undefined && asked === undefined
    const { match, uri } = this.pattern
    this.#asked = this.peer?.request(32, { ...(match !== 'exact' && { match }), _resume: asked ?? truth }, uri)
    this.#sessions = [...this.#sessions, session].slice(-16)
  }

  /** The connection has ended. */
  lost(): void {
    this.peer = undefined
    this.session = 0
    this.#asked = undefined
  }

  subscribed(request: unknown, details: Record<string, unknown> | undefined): void {
    if (request !== this.#asked) return
    this.#asked = undefined
    const { _recovered: recovered, _reason: reason, _epoch: epoch, _position: position } = details ?? {}
    if (epoch !== this.#store.epoch || typeof position !== 'number') this.#fail('D4', `SUBSCRIBED says ${JSON.stringify(details)}`)
    if (this.#wantsAll) this.#judge(recovered, reason, position)
    if (recovered === true && this.#wantsAll) return
    // It begins anew: at a place up to which all that is kept was delivered, or is not for it any more.
    this.#epoch = this.#store.epoch
    this.#position = position
    this.#sessions = this.#sessions.slice(-1)
  }

  event(details: Record<string, unknown>, value: Value, publication: number): void {
    const { _position: position, _epoch: epoch, _gap: missed } = details
    const gap = typeof missed === 'number' ? missed : 0
    this.seen++
    if (typeof position !== 'number' || epoch !== this.#epoch)
      this.#fail('D2', `an event of the place ${String(position)} in ${String(epoch)}`)
    if (position <= this.#position) this.#fail('D2', `the event of the place ${position} comes after that of ${this.#position}`)
    const kept = this.#store.ledger.find((each) => each.position === position)
    if (kept?.publication !== publication) this.#fail('D2', `the event of the place ${position} is not the one that the store has there`)
    // What an earlier session has published may come: it was stored after that had ended.
    if (value.session === this.session) this.#fail('L6', `it got its own publication of the session ${value.session}`)
    const missing = this.#between(this.#position, position)
    if (missing.length > gap)
      this.#fail('D2', `${missing.length} events before the place ${position} are missing, and it was told of ${gap}`)
    if (gap > 0) this.gaps++
    this.#position = position
    this.#sessions = this.#sessions.slice(-1)
  }

  /** At the end everything that the store has for it has come. */
  complete(): void {
    const missing = this.#between(this.#position, Infinity)
    if (missing.length > 0) this.#fail('D1', `${missing.length} events never came, the first of the place ${missing[0]?.position}`)
  }

  #judge(recovered: unknown, reason: unknown, position: number): void {
    if (recovered === true) {
      if (this.#droppedThen > this.#position)
        this.#fail('D4', `all is said to be there after ${this.#position}, and the store had dropped up to ${this.#droppedThen}`)
      if (position !== this.#position) this.#fail('D4', `it goes on after ${position} in place of ${this.#position}`)
      this.recovered++
    } else {
      this.refused++
      const isTrue = reason === 'expired' && this.#store.dropped > this.#position
      if (recovered !== false || !isTrue) this.#fail('D4', `it is refused for ${String(reason)}, after ${this.#position}`)
    }
  }

  #between(from: number, to: number): KeptEvent[] {
    return this.#store.ledger.filter(
      ({ position, topic, excluded }) =>
        position > from && position < to && matches(this.pattern, topic) && !(excluded !== undefined && this.#own.has(excluded)),
    )
  }

  #fail(invariant: string, text: string): never {
    throw new SimulationFailure(invariant, `${this.name}: ${text}`)
  }
}

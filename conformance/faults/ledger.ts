// The records of the parts, put in order: sessions with their subscriptions, events, publications and calls.
// Finds the faults that one part's record shows by itself (L1, L4, R5); the checker compares the parts.

import {
  CALL,
  ERROR,
  EVENT,
  GAP,
  INVOCATION,
  PUBLISH,
  PUBLISHED,
  REGISTER,
  REGISTERED,
  RESULT,
  SUBSCRIBE,
  SUBSCRIBED,
  UNREGISTER,
  UNREGISTERED,
  UNSUBSCRIBE,
  UNSUBSCRIBED,
  WELCOME,
} from '@trunkline/protocol'
import { PROCEDURE } from './parts/words.ts'
import type { Line } from './record.ts'

export interface Publication {
  readonly topic: string
  readonly number: number
  readonly at: number
  isAcknowledged: boolean
  isRefused: boolean
}

export interface Call {
  readonly number: number
  readonly at: number
  /** `RESULT`, or the URI of the ERROR; undefined as long as none came. */
  end: string | undefined
  endedAt: number
}

export interface Delivery {
  readonly source: string
  readonly number: number
  /** How many events of the subscription were dropped before this one, as the router says. */
  readonly gap: number
  /** Its place among all events that the part got. */
  readonly arrival: number
}

export interface Subscribed {
  readonly id: number
  readonly topic: string
  readonly isPrefix: boolean
  readonly since: number
  isHeld: boolean
  events: Delivery[]
}

export interface Invoked {
  readonly caller: string
  readonly number: number
  readonly at: number
}

/** One session of a part. */
export interface SessionRecord {
  readonly id: number
  readonly part: string
  isOpen: boolean
  publications: Publication[]
  calls: Call[]
  readonly subscriptions: Subscribed[]
  invocations: Invoked[]
}

interface Request {
  readonly type: number
  readonly isOfClient?: boolean
  readonly topic?: string
  readonly isPrefix?: boolean
  readonly target?: number
  readonly publication?: Publication
  readonly call?: Call
}

/** The record of one part. */
export class Ledger {
  readonly part: string
  readonly sessions: SessionRecord[] = []
  /** What is wrong with it. */
  faults: string[] = []
  #session: SessionRecord | undefined
  #requests = new Map<number, Request>()
  #seen = new Set<string>()
  #registrations = new Set<number>()
  #arrivals = 0

  constructor(part: string) {
    this.part = part
  }

  add(lines: readonly Line[]): void {
    for (const [at, what, message] of lines) {
      if (message === undefined) this.#end()
      else if (what === '>') this.#sent(at, message)
      else this.#got(at, message)
    }
  }

  /** Everything until now was judged: only what may continue is kept. */
  forget(): void {
    this.faults = []
    this.sessions.splice(0, this.sessions.length, ...this.sessions.filter(({ isOpen }) => isOpen))
    this.#seen.clear()
    for (const session of this.sessions) {
      session.publications = []
      session.calls = session.calls.filter(({ end }) => end === undefined)
      session.invocations = []
      const held = session.subscriptions.filter(({ isHeld }) => isHeld)
      for (const subscription of held) subscription.events = []
      session.subscriptions.splice(0, session.subscriptions.length, ...held)
    }
  }

  #end(): void {
    if (this.#session !== undefined) this.#session.isOpen = false
    this.#session = undefined
    this.#requests = new Map()
    this.#registrations = new Set()
  }

  #sent(at: number, message: readonly unknown[]): void {
    const [type, request, options, name] = message as [number, number, Readonly<Record<string, unknown>>, string]
    const session = this.#session
    if (session === undefined) return
    const number = numberIn(message[4])
    if (type === PUBLISH) {
      const publication: Publication = { topic: name, number, at, isAcknowledged: false, isRefused: false }
      session.publications.push(publication)
      this.#requests.set(request, { type, publication })
    } else if (type === CALL && name !== PROCEDURE) {
      // The client asks by a call whether a router that was silent is there.
      this.#requests.set(request, { type, isOfClient: true })
    } else if (type === CALL) {
      const call: Call = { number, at, end: undefined, endedAt: 0 }
      session.calls.push(call)
      this.#requests.set(request, { type, call })
    } else if (type === SUBSCRIBE) this.#requests.set(request, { type, topic: name, isPrefix: options['match'] === 'prefix' })
    else if (type === UNSUBSCRIBE || type === UNREGISTER) this.#requests.set(request, { type, target: Number(options) })
    else if (type === REGISTER) this.#requests.set(request, { type })
  }

  #got(at: number, message: readonly unknown[]): void {
    const [type, first] = message as [number, number]
    if (type === WELCOME) {
      this.#end()
      this.#session = { id: first, part: this.part, isOpen: true, publications: [], calls: [], subscriptions: [], invocations: [] }
      this.sessions.push(this.#session)
      return
    }
    const session = this.#session
    if (session === undefined) return
    if (type === EVENT) this.#event(session, message)
    else if (type === INVOCATION) this.#invocation(session, at, message)
    else if (type === ERROR) this.#answer(session, at, Number(message[2]), message)
    else if (ANSWERS.has(type)) this.#answer(session, at, first, message)
  }

  #event(session: SessionRecord, message: readonly unknown[]): void {
    const [, id, publication, details, args] = message as [number, number, number, Readonly<Record<string, unknown>>, unknown]
    const subscription = session.subscriptions.find((each) => each.id === id && each.isHeld)
    if (subscription === undefined) return this.#fault('L4', `EVENT of subscription ${id}, which is not held`)
    const key = `${session.id} ${id} ${publication}`
    if (this.#seen.has(key)) this.#fault('L1', `publication ${publication} came twice on subscription ${id}`)
    this.#seen.add(key)
    const gap = Number(details[GAP] ?? 0)
    subscription.events.push({ source: sourceIn(args), number: numberIn(args), gap, arrival: ++this.#arrivals })
  }

  #invocation(session: SessionRecord, at: number, message: readonly unknown[]): void {
    const [, request, registration, , args] = message as [number, number, number, unknown, unknown]
    if (!this.#registrations.has(registration))
      this.#fault('L4', `INVOCATION ${request} of registration ${registration}, which is not held`)
    session.invocations.push({ caller: sourceIn(args), number: numberIn(args), at })
  }

  #answer(session: SessionRecord, at: number, id: number, message: readonly unknown[]): void {
    const request = this.#requests.get(id)
    const type = Number(message[0])
    if (request === undefined) return this.#fault('R5', `message of type ${type} for request ${id}, which is not open`)
    this.#requests.delete(id)
    const { publication, call, isOfClient = false } = request
    if (isOfClient) return
    if (publication !== undefined) {
      publication.isAcknowledged = type === PUBLISHED
      publication.isRefused = type === ERROR
    } else if (call !== undefined) {
      call.end = type === ERROR ? String(message[4]) : 'RESULT'
      call.endedAt = at
      // A result is what the callee returns: the list of arguments, as its first value.
      const value = type === RESULT && Array.isArray(message[3]) ? (message[3] as unknown[])[0] : [this.part, call.number]
      if (sourceIn(value) !== this.part || numberIn(value) !== call.number)
        this.#fault('R4', `call ${call.number} got the answer of another`)
    } else if (type === ERROR) this.#fault('request', `request ${id} of type ${request.type} was refused: ${String(message[4])}`)
    else if (type === SUBSCRIBED) {
      const { topic = '', isPrefix = false } = request
      session.subscriptions.push({ id: Number(message[2]), topic, isPrefix, since: at, isHeld: true, events: [] })
    } else if (type === UNSUBSCRIBED) {
      const left = session.subscriptions.find((each) => each.id === request.target && each.isHeld)
      if (left !== undefined) left.isHeld = false
    } else if (type === REGISTERED) this.#registrations.add(Number(message[2]))
    else if (type === UNREGISTERED) this.#registrations.delete(request.target ?? 0)
  }

  #fault(promise: string, text: string): void {
    this.faults.push(`${promise}: ${this.part}: ${text}`)
  }
}

const ANSWERS: ReadonlySet<number> = new Set([PUBLISHED, SUBSCRIBED, UNSUBSCRIBED, REGISTERED, UNREGISTERED, RESULT])

/** Payloads are `[name of the source, number, …]`. */
function sourceIn(args: unknown): string {
  return Array.isArray(args) ? String(args[0]) : ''
}

function numberIn(args: unknown): number {
  return Array.isArray(args) ? Number(args[1]) : Number.NaN
}

// Calls to a callee that has taken a procedure by force and has no REGISTERED yet: the callees of before are gone, so that calls wait for
// it. What waits is bounded; a call beyond that gets the answer of a full queue. The id of an INVOCATION that waits is negative: it
// gets its own when it is sent.

import type { InterruptMessage, InvocationMessage, Message } from '@trunkline/protocol'
import { INTERRUPT, INVOCATION, owned } from '@trunkline/protocol'
import type { Link, SendOutcome, ShareOwner } from '../ports/link.ts'
import type { Session } from '../state/session.ts'
import type { Failure } from './undelivered.ts'

type Awaited = InvocationMessage | InterruptMessage

const MOST_MESSAGES = 1_024
const MOST_OCTETS = 1024 * 1024
/** About what a message takes in memory besides its payload. */
const BESIDES = 512

/** What becomes of calls that waited. */
export interface AwaitedCallsOwner {
  /** The callee did not get its place: another callee may take the call. */
  givenBack(callee: Session, message: InvocationMessage): void
  /** Gives a call the next id of its callee; undefined where it has ended meanwhile. */
  numbered(callee: Session, awaited: number): number | undefined
  /** The callee cannot take a message. @param isFirst the call begins with it */
  undelivered(callee: Session, message: InvocationMessage, outcome: Failure, isFirst: boolean): void
}

/** All of one realm. */
export class AwaitedCalls {
  readonly #owner: AwaitedCallsOwner
  readonly #queues = new Map<Session, Queue>()
  #lastId = 0

  constructor(owner: AwaitedCallsOwner) {
    this.#owner = owner
  }

  /** From now on calls to a registration wait for the REGISTERED of its callee. */
  begin(callee: Session, registration: number): void {
    const queue = this.#queues.get(callee) ?? new Queue(callee.link)
    this.#queues.set(callee, queue)
    queue.registrations.add(registration)
    callee.link = queue.link
  }

  /** The id of the INVOCATION of a new call, where it has to wait. */
  idFor(callee: Session, registration: number): number | undefined {
    return this.#queues.get(callee)?.registrations.has(registration) === true ? --this.#lastId : undefined
  }

  /** REGISTERED was sent: what has waited follows. */
  deliver(callee: Session, registration: number): void {
    const queue = this.#end(callee, registration)
    const ids = new Map<number, number | undefined>()
    for (const message of queue?.take(registration) ?? []) {
      const { request: awaited } = message
      const isFirst = !ids.has(awaited)
      if (isFirst) ids.set(awaited, this.#owner.numbered(callee, awaited))
      const request = ids.get(awaited)
      if (request !== undefined) this.#send(callee, { ...message, request }, isFirst)
    }
  }

  /** The callee has lost the registration before that: its calls go elsewhere. */
  giveBack(callee: Session, registration: number): void {
    for (const message of this.#end(callee, registration)?.take(registration) ?? [])
      if (message.type === INVOCATION) this.#owner.givenBack(callee, message)
  }

  #send(callee: Session, message: Awaited, isFirst: boolean): void {
    const outcome = callee.link.send(message, message.type === INVOCATION)
    if (outcome !== 'queued' && message.type === INVOCATION) this.#owner.undelivered(callee, message, outcome, isFirst)
  }

  #end(callee: Session, registration: number): Queue | undefined {
    const queue = this.#queues.get(callee)
    if (queue?.registrations.delete(registration) !== true) return undefined
    if (queue.registrations.size > 0) return queue
    if (callee.link === queue.link) callee.link = queue.inner
    this.#queues.delete(callee)
    return queue
  }
}

/** What waits for one session. */
class Queue {
  readonly inner: Link
  /** In place of `inner` as long as something may have to wait. */
  readonly link: Link
  /** Those without REGISTERED. */
  readonly registrations = new Set<number>()
  #messages: Awaited[] = []
  #octets = 0

  constructor(inner: Link) {
    this.inner = inner
    const send = (message: Message, isOffer?: boolean, owner?: ShareOwner): SendOutcome =>
      (message.type === INVOCATION || message.type === INTERRUPT) && message.request < 0
        ? this.#keep(message)
        : inner.send(message, isOffer, owner)
    this.link = new Proxy(inner, {
      get(target, name): unknown {
        if (name === 'send') return send
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
  }

  /** Takes out the messages of the calls to a registration. */
  take(registration: number): Awaited[] {
    const calls = new Set<number>()
    for (const message of this.#messages)
      if (message.type === INVOCATION && message.registration === registration) calls.add(message.request)
    const taken = this.#messages.filter(({ request }) => calls.has(request))
    this.#messages = this.#messages.filter(({ request }) => !calls.has(request))
    for (const message of taken) this.#octets -= octetsOf(message)
    return taken
  }

  #keep(message: Awaited): SendOutcome {
    const octets = octetsOf(message)
    // There is at most one INTERRUPT for each call.
    const hasRoom = this.#messages.length < MOST_MESSAGES && this.#octets + octets <= MOST_OCTETS
    if (!hasRoom && message.type === INVOCATION) return 'full'
    this.#messages.push(message.type === INVOCATION ? { ...message, payload: owned(message.payload) } : message)
    this.#octets += octets
    return 'queued'
  }
}

function octetsOf(message: Awaited): number {
  return BESIDES + (message.type === INVOCATION ? (message.payload?.raw.byteLength ?? 0) : 0)
}

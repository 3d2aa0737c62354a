// For tests: a transport to a router that the test scripts with literal WAMP messages. Not part of the package.

import type { Message } from '@trunkline/protocol'
import { messageFromArray, messageToArray, PayloadError, ProtocolError } from '@trunkline/protocol'
import type { Clock } from '../clock.ts'
import type { OpenSessionOptions } from '../open-session.ts'
import { openSession } from '../open-session.ts'
import type { Session } from '../session.ts'
import type { ClientTransport, TransportCloseInfo, TransportOwner } from '../transports/transport.ts'

/** The Details of WELCOME of a router with all features that the client uses. */
export const WELCOME_DETAILS = {
  roles: {
    broker: {
      features: {
        event_retention: true,
        pattern_based_subscription: true,
        payload_passthru_mode: true,
        publisher_exclusion: true,
        publisher_identification: true,
        subscriber_blackwhite_listing: true,
      },
    },
    dealer: {
      features: {
        call_canceling: true,
        call_timeout: true,
        caller_identification: true,
        pattern_based_registration: true,
        payload_passthru_mode: true,
        progressive_call_invocations: true,
        progressive_call_results: true,
        shared_registration: true,
      },
    },
  },
}

/** Keeps the messages of the client as arrays; sends the messages of the test. */
export class ScriptedRouter implements ClientTransport {
  readonly sent: unknown[][] = []
  /** The number of messages that the client sent after closing the transport. */
  sentAfterClose = 0
  isClosed = false
  /** Whether the transport could still send messages of the client. */
  isOpen = true
  isDestroyed = false
  /** Whether the connection ends when the client closes it. */
  closesOnRequest = true
  #owner: TransportOwner | undefined
  #hasEnded = false

  attach(owner: TransportOwner): void {
    this.#owner = owner
  }

  send(message: Message): void {
    if (this.isClosed) {
      this.sentAfterClose++
      return
    }
    const list = messageToArray(message)
    JSON.stringify(list, refuseFunctions)
    this.sent.push(list)
  }

  close(): void {
    this.isClosed = true
    if (this.closesOnRequest) queueMicrotask(() => this.lose({ wasClean: true }))
  }

  destroy(): void {
    this.isClosed = true
    this.isDestroyed = true
    queueMicrotask(() => this.lose({ wasClean: false }))
  }

  /** Sends messages to the client in this turn. A list that is no message arrives as a protocol error. */
  says(...lists: unknown[]): void {
    for (const list of lists) {
      let message: Message
      try {
        message = messageFromArray(list)
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error
        this.#owner?.onProtocolError(error)
        continue
      }
      this.#owner?.onMessage(message)
    }
  }

  /** Ends the connection. */
  lose(info: TransportCloseInfo = { wasClean: false }): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.isClosed = true
    this.#owner?.onClose(info)
  }

  /** Returns the messages sent since the last call. */
  take(): unknown[][] {
    return this.sent.splice(0)
  }
}

function refuseFunctions(key: string, value: unknown): unknown {
  if (typeof value === 'function') throw new PayloadError(`'${key}' is a function`)
  return value
}

/** A clock that the test advances. */
export class ManualClock implements Clock {
  #now = 0
  #timers = new Set<{ readonly at: number; readonly callback: () => void }>()

  get now(): number {
    return this.#now
  }

  get openTimers(): number {
    return this.#timers.size
  }

  setTimer(callback: () => void, delayMs: number): () => void {
    const timer = { at: this.#now + delayMs, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  advance(ms: number): void {
    this.#now += ms
    for (const timer of [...this.#timers]) {
      if (timer.at > this.#now) continue
      this.#timers.delete(timer)
      timer.callback()
    }
  }
}

/** An open session with id 7 on realm1, and its router. */
export async function openScripted(
  options: Partial<OpenSessionOptions> = {},
  welcome: object = WELCOME_DETAILS,
): Promise<{ session: Session; router: ScriptedRouter; clock: ManualClock }> {
  const router = new ScriptedRouter()
  const clock = new ManualClock()
  const connecting = openSession({ transport: router, realm: 'realm1', clock, ...options })
  await turn()
  router.take()
  router.says([2, 7, welcome])
  return { session: await connecting, router, clock }
}

/** Resolves in a later turn, after all pending microtasks. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

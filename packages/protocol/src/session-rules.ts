// Whether a message may arrive from this side now, and whether its request id is the next one
// (specification: "Protocol Errors", "Session Lifecycle").

import { ProtocolError } from './errors.ts'
import { MAX_ID, nextId } from './ids.ts'
import { MESSAGES, messageRow } from './message-table.ts'
import type { Message } from './messages.ts'
import * as m from './messages.ts'

/** The side that receives. */
export type Side = 'client' | 'router'

/**
 * Refuses a message that may not arrive on an open session.
 * @throws {ProtocolError}
 */
export function checkOpen(side: Side, type: number): void {
  if ((side === 'router' ? FROM_CLIENT : FROM_ROUTER)[type] !== true) {
    throw new ProtocolError(`${nameOf(type)} may not arrive at a ${side} on an open session`)
  }
}

/** The name of a message type, for error texts. */
export function nameOf(type: number): string {
  return messageRow(type)?.name ?? `message ${type}`
}

const FROM_CLIENT = allowedWhenOpen('client')
const FROM_ROUTER = allowedWhenOpen('router')

function allowedWhenOpen(sender: 'client' | 'router'): readonly (boolean | undefined)[] {
  const allowed: (boolean | undefined)[] = []
  for (const row of MESSAGES) {
    allowed[row.code] = row.phase !== 'opening' && (row.sender === sender || row.sender === 'both')
  }
  return allowed
}

/**
 * The check of a client's request ids.
 * - `strict`: each is the next (the specification).
 * - `increasing`: gaps are allowed, repetitions are not.
 * - `tolerant`: any id in any order; the dealer refuses the id of an open call.
 */
export type RequestIdRule = 'strict' | 'increasing' | 'tolerant'

/** Takes the reports of a session's counter: irregular ids that the rule allows. */
export interface Irregularities {
  /** The id skipped others. */
  gap(): void
  /** The id is not greater than an earlier one. */
  disorder(): void
}

/** The counter of request ids of a session, shared by the six request types. */
export class RequestSequence {
  readonly #rule: RequestIdRule
  readonly #irregular: Irregularities | undefined
  readonly #isStream: ((request: number) => boolean) | undefined
  /** The greatest id so far; after 2^53, where ids begin again at 1, the last one. */
  #last = 0

  /**
   * @param isStream whether a CALL with that id may continue a progressive call (specification: "Verification of CALL Request IDs")
   */
  constructor(rule: RequestIdRule, irregular?: Irregularities, isStream?: (request: number) => boolean) {
    this.#rule = rule
    this.#irregular = irregular
    this.#isStream = isStream
  }

  /**
   * Checks and counts the id of a message; other messages than the six request types have no effect.
   * @throws {ProtocolError} when its request id breaks the rule
   */
  check(message: Message): void {
    switch (message.type) {
      case m.CALL:
      case m.PUBLISH:
      case m.SUBSCRIBE:
      case m.UNSUBSCRIBE:
      case m.REGISTER:
      case m.UNREGISTER:
        // The sum is exact except for the greatest id, beyond which numbers are not exact.
        if (message.request === this.#last + 1 && this.#last !== MAX_ID) this.#last = message.request
        else if (this.#mayJump(message.type, message.request)) this.#last = message.request
    }
  }

  /** Whether the sequence continues from this id; false for a chunk of an earlier call, and for disorder. */
  #mayJump(type: number, request: number): boolean {
    if (type === m.CALL && this.#isStream?.(request) === true) return false
    const next = nextId(this.#last)
    if (request === next) return true
    if (request > this.#last && this.#rule !== 'strict') {
      this.#irregular?.gap()
      return true
    }
    if (this.#rule === 'tolerant') {
      this.#irregular?.disorder()
      return false
    }
    const expected = this.#rule === 'strict' ? `${next}` : `${next} or more`
    throw new ProtocolError(`${nameOf(type)} has request id ${request}, expected ${expected}: requestIds of the realm is '${this.#rule}'`)
  }
}

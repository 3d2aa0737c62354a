// May this message arrive now, from this side? And is its request id the next one? (specification: "Protocol Errors", "Session Lifecycle")

import { ProtocolError } from './errors.ts'
import { MAX_ID, nextId } from './ids.ts'
import { MESSAGES, messageRow } from './message-table.ts'
import type { Message } from './messages.ts'
import * as m from './messages.ts'

/** Who receives. */
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

/** The name of a message type, for texts. */
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
 * How request ids of a client are checked.
 * - `strict`: each is the next (the specification).
 * - `increasing`: gaps are allowed, repetitions are not.
 * - `off`: only an id that is still open is refused.
 */
export type RequestIdRule = 'strict' | 'increasing' | 'off'

/** The one counter over the six request types of a session. */
export class RequestSequence {
  readonly #rule: RequestIdRule
  readonly #onGap: (() => void) | undefined
  readonly #isStream: ((request: number) => boolean) | undefined
  #last = 0

  /**
   * @param onGap told of each gap that the rule lets pass
   * @param isStream whether a CALL with that id may go on with a progressive call (specification: "Verification of CALL Request IDs")
   */
  constructor(rule: RequestIdRule, onGap?: () => void, isStream?: (request: number) => boolean) {
    this.#rule = rule
    this.#onGap = onGap
    this.#isStream = isStream
  }

  /**
   * Takes note of a message; only the six request types have an effect.
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
        // The sum is exact but for the greatest id, behind which a number cannot count on.
        if (message.request === this.#last + 1 && this.#last !== MAX_ID) this.#last = message.request
        else if (this.#mayJump(message.type, message.request)) this.#last = message.request
    }
  }

  /** Whether the id goes on from there; false for a CALL that goes on with an earlier one. */
  #mayJump(type: number, request: number): boolean {
    if (type === m.CALL && this.#isStream?.(request) === true) return false
    if (this.#rule === 'off' || request === nextId(this.#last)) return true
    if (this.#rule === 'increasing' && request > this.#last) {
      this.#onGap?.()
      return true
    }
    throw new ProtocolError(`${nameOf(type)} has request id ${request}, expected ${nextId(this.#last)}`)
  }
}

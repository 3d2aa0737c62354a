// Messages of one session that are pending while an authorizer is asked about an earlier request. They keep their order.

import type { Message } from '@trunkline/protocol'
import { weightOfMessage } from './weight.ts'

export class PendingInput {
  readonly #messages: Message[] = []
  #octets = 0

  get length(): number {
    return this.#messages.length
  }

  /** About how many octets they take, options included. */
  get octets(): number {
    return this.#octets
  }

  /** @param message in bytes of its own */
  add(message: Message): void {
    this.#messages.push(message)
    this.#octets += weightOfMessage(message)
  }

  /** Removes and returns the oldest. */
  take(): Message | undefined {
    const message = this.#messages.shift()
    if (message !== undefined) this.#octets -= weightOfMessage(message)
    return message
  }
}

// Messages of one session that came after a request about which an authorizer is asked. They keep their order.

import type { Message } from '@trunkline/protocol'
import { weightOfMessage } from './weight.ts'

export class PendingInput {
  readonly #messages: Message[] = []
  #octets = 0

  get length(): number {
    return this.#messages.length
  }

  /** About how many octets they take, options and all. */
  get octets(): number {
    return this.#octets
  }

  /** @param message in bytes of its own */
  add(message: Message): void {
    this.#messages.push(message)
    this.#octets += weightOfMessage(message)
  }

  /** The oldest, which is no longer counted. */
  take(): Message | undefined {
    const message = this.#messages.shift()
    if (message !== undefined) this.#octets -= weightOfMessage(message)
    return message
  }
}

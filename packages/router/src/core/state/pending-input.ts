// Messages of one session that are pending while an authorizer is asked about an earlier request. They keep their order.

import type { Message } from '@trunkline/protocol'
import type { OwnerTotal } from './owner-total.ts'
import { weightOfMessage } from './weight.ts'

/** So much may be pending for each session, whatever is pending for others. */
const ALWAYS = 16_384

export class PendingInput {
  readonly #owner: string
  readonly #total: OwnerTotal
  readonly #messages: Message[] = []
  #octets = 0
  /** What counts to the total: the messages, and the request about which the authorizer is asked. */
  #counted = 0

  constructor(owner: string, total: OwnerTotal) {
    this.#owner = owner
    this.#total = total
  }

  get length(): number {
    return this.#messages.length
  }

  /** The oldest message. */
  get first(): Message | undefined {
    return this.#messages[0]
  }

  /** About how many octets the messages take, options included. */
  get octets(): number {
    return this.#octets
  }

  /** Whether a message fits into what may be pending for all sessions, and for those of the owner. */
  hasRoom(message: Message): boolean {
    const octets = weightOfMessage(message)
    return this.#counted + octets <= ALWAYS || this.#total.fits(this.#owner, octets)
  }

  /** Counts the request about which the authorizer is asked, in bytes of its own, until {@link settle}. */
  holdAsked(request: Message): void {
    this.#count(weightOfMessage(request))
  }

  /** The authorizer has answered. */
  settle(): void {
    this.#count(this.#octets - this.#counted)
  }

  /** @param message in bytes of its own */
  add(message: Message): void {
    const octets = weightOfMessage(message)
    this.#messages.push(message)
    this.#octets += octets
    this.#count(octets)
  }

  /** Removes and returns the oldest. */
  take(): Message | undefined {
    const message = this.#messages.shift()
    if (message === undefined) return undefined
    const octets = weightOfMessage(message)
    this.#octets -= octets
    this.#count(-octets)
    return message
  }

  /** Counts what another input waits for as its own: this one is behind the same question. */
  takeOver(other: PendingInput): void {
    this.#counted += other.#counted
    other.#counted = 0
  }

  /** The session has left. */
  drop(): void {
    this.#messages.length = 0
    this.#octets = 0
    this.settle()
  }

  #count(octets: number): void {
    this.#counted += octets
    if (octets !== 0) this.#total.add(this.#owner, octets)
  }
}

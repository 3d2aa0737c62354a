// Messages that the router refused to queue because too much was queued already: the model asks for them, and each needs a cause.

import type { Share, Waiting } from './entries.ts'
import { leastOf, mayCount, mostDuring, shareOf, tellingAs } from './entries.ts'
import { SimulationFailure } from './failure.ts'
import { resembles } from './model/expectation.ts'
import type { Connection } from './network.ts'
import { show } from './show.ts'

/** What is known of the queue of one connection. */
interface Queue extends Pick<Waiting, 'entries'> {
  readonly connection: Connection
  readonly mayClose: boolean
}

/** A refusal of which the model knows. */
interface Taken {
  readonly queue: Queue
  readonly message: readonly unknown[]
  /** The octets that the message has at most. */
  readonly most: number
  /** The router did not make the message. */
  readonly isUnmade: boolean
}

const INVOCATION = 68
const EVENT = 36

export const SHARES: readonly Share[] = ['call', 'result', 'rest']

export class Refusals {
  /** What was refused in this step, and the part of it about which the model has asked. */
  #open: { readonly index: number; readonly list: readonly unknown[] }[] = []
  /** Connections for which something did not fit in this step, and the retained events that did. */
  readonly #full = new Set<number>()
  #retained: { readonly index: number; readonly list: readonly unknown[] }[] = []
  #tooLong: { readonly index: number; readonly list: readonly unknown[] }[] = []
  #taken: Taken[] = []

  /** Calls of procedures of the router's own that were not performed in this step, for want of room for their results. */
  #notPerformed: { readonly index: number; readonly request: number; queue: Queue | undefined }[] = []

  begin(): void {
    this.#open = []
    this.#notPerformed = []
    this.#full.clear()
    this.#retained = []
    this.#tooLong = []
    this.#taken = []
  }

  add(index: number, list: readonly unknown[], why: 'full' | 'too_large'): void {
    const refused = why === 'full' ? this.#open : this.#tooLong
    refused.push({ index, list })
    if (why === 'full') this.addUnmade(index)
  }

  /** A retained event was refused by its length, before it was encoded; the model may not ask about later ones. */
  addUnmade(index: number): void {
    this.#full.add(index)
  }

  /** A retained event was queued. */
  addRetained(index: number, list: readonly unknown[]): void {
    this.#retained.push({ index, list })
  }

  addNotPerformed(index: number, request: number): void {
    this.#notPerformed.push({ index, request, queue: undefined })
  }

  /** Whether a call of the connection was not performed; each is returned once. */
  takeNotPerformed(queue: Queue, request: number): boolean {
    const entry = this.#notPerformed.find(
      (each) => each.queue === undefined && each.index === queue.connection.index && each.request === request,
    )
    if (entry !== undefined) entry.queue = queue
    return entry !== undefined
  }

  isTooLong(at: number, message: readonly unknown[]): boolean {
    return this.#tooLong.some(({ index, list }) => index === at && resembles(message, list))
  }

  has(index: number, message: readonly unknown[]): boolean {
    return this.#find(index, message) !== -1 || this.#isUnmade(index, message)
  }

  /** @param most the octets that the message has at most */
  take(queue: Queue, message: readonly unknown[], most: number): void {
    const at = this.#find(queue.connection.index, message)
    if (at !== -1) this.#open.splice(at, 1)
    this.#taken.push({ queue, message, most, isUnmade: at === -1 })
  }

  /** A refusal needs a queue that may be full, and no callee may be asked again. */
  check(limit: number, step: number): void {
    for (const { index, list } of this.#open) {
      if (list[0] === INVOCATION) throw new SimulationFailure('B7', `connection ${index} was not to be asked for room for ${show(list)}`)
    }
    for (const { index, request, queue } of this.#notPerformed) {
      const isCaused = queue !== undefined && (queue.mayClose || queue.entries.some(({ message }) => mayCount(message, 'result')))
      if (!isCaused)
        throw new SimulationFailure('B7', `call ${request} of connection ${index} was not performed, although no result waits for it`)
    }
    this.#checkTaken(limit, step)
  }

  #checkTaken(limit: number, step: number): void {
    /** Queues in which a retained event found no room: the router makes no later one of unknown length. */
    const full = new Set<Queue>()
    for (const { queue, message, most, isUnmade } of this.#taken) {
      const { connection, entries, mayClose } = queue
      // What is queued is no longer known.
      if (!connection.isStalled || connection.isDestroyed || mayClose) continue
      const share = shareOf(message) === 'either' ? 'result' : shareOf(message)
      const beside = entries.filter((entry) => entry.message.length > 0 && mayCount(entry.message, share))
      const isCaused = beside.length > 0 && mostDuring({ entries: beside }, step) + most > limit
      if (isCaused && isRetained(message)) full.add(queue)
      if (isCaused || (isUnmade && full.has(queue))) continue
      throw new SimulationFailure('B7', `connection ${connection.index} was refused ${show(message)}, although little waits for it`)
    }
  }

  #isUnmade(at: number, message: readonly unknown[]): boolean {
    if (!this.#full.has(at) || !isRetained(message)) return false
    return !this.#retained.some(({ index, list }) => index === at && resembles(tellingAs(message, list), list))
  }

  #find(at: number, message: readonly unknown[]): number {
    // From the end: an id that the model does not know yet is that of the newest subscription.
    return this.#open.findLastIndex(({ index, list }) => index === at && resembles(tellingAs(message, list), list))
  }
}

/** Whether it is an EVENT that was retained for later subscribers. */
function isRetained([type, , , details]: readonly unknown[]): boolean {
  return type === EVENT && (details as { readonly retained?: unknown }).retained === true
}

/** Of calls and of results no more is queued than is allowed. */
export function checkShares({ connection, entries }: Queue, limit: number): void {
  for (const share of ['call', 'result'] as const) {
    const own = entries.filter(({ message, fate }) => fate === 'stays' && isBounded(message, share))
    const least = leastOf({ entries: own })
    if (own.length > 1 && least > limit)
      throw new SimulationFailure('B1', `${least} octets (${share}) wait for connection ${connection.index}`)
  }
}

/** Whether a message counts for a share for certain. One INTERRUPT for each call is allowed in addition. */
export function isBounded(message: readonly unknown[], share: Share): boolean {
  return shareOf(message) === share && message[0] !== 69
}

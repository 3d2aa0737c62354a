// What can be wrong between the clients and the router of a test, and with the router.

import type { SentMessage } from './traffic.ts'

/** Faults on demand. A client is named as `connect` names it; an unknown name is a UsageError. */
export interface Faults {
  /**
   * Breaks the connection of a client: both ends notice at once, and what was on its way is lost. The client connects again when its
   * backoff says so. Resolves when all has followed that needs no time.
   */
  cut(peer: string): Promise<void>
  /** All connections break, and new ones fail until `up`; the router keeps what it knows. Resolves as `cut` does. */
  down(): Promise<void>
  up(): void
  /** All connections break, and a new router with the same options takes the place of the old one. Resolves as `cut` does. */
  restart(): Promise<void>
  /**
   * Refuses clients that want to join a realm, until the returned function is called; open sessions stay.
   * @param reason that of the ABORT; default `wamp.error.no_such_realm`, after which a client does not try again by itself
   */
  refuse(realm: string, reason?: string): () => void
  /** Every message of a client, and for it, takes milliseconds from now on; `*`: of all clients that have no delay of their own. */
  delay(peer: string, milliseconds: number): void
  /** Messages for which this returns true are dropped, until the returned function is called. */
  drop(which: (message: SentMessage) => boolean): () => void
  /** A client takes nothing any more: what is for it stays at the router, which in the end closes it as a slow consumer. */
  stall(peer: string): void
  /** The client takes everything again. Resolves as `cut` does. */
  resume(peer: string): Promise<void>
  /**
   * Ends the session of a client, as `wamp.session.kill` does. Resolves as `cut` does.
   * @param reason that of the GOODBYE; default `wamp.close.killed`
   * @throws {UsageError} (rejects) when it has no session
   */
  kill(peer: string, reason?: string): Promise<void>
}

/** The faults that hold at present. */
export class PresentFaults {
  isDown = false
  readonly delays = new Map<string, number>()
  readonly drops = new Set<{ readonly which: (message: SentMessage) => boolean }>()
  readonly refusals = new Map<string, string>()

  delayOf(peer: string): number {
    return this.delays.get(peer) ?? this.delays.get('*') ?? 0
  }

  isDropped(message: SentMessage): boolean {
    return [...this.drops].some(({ which }) => which(message))
  }
}

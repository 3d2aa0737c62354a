// Reports the end of registrations that block a declared one (specification: "Registration Metaevents"). It has one
// subscription for all of them, and only while there is one to watch; if the router refuses it, nothing is reported.

import type { Session } from '../session.ts'

const ON_DELETE = 'wamp.registration.on_delete'

export class Obstacles {
  readonly #waiting = new Map<number, Set<() => void>>()
  /** The session with the subscription. */
  #session: Session | undefined
  /** The function that unsubscribes; undefined when the router refused the subscription. */
  #subscribing: Promise<(() => Promise<void>) | undefined> | undefined

  /**
   * Calls `onGone` when a registration has ended, until the returned function is called.
   * @param session the session in which it is an obstacle
   */
  watch(session: Session, registration: number, onGone: () => void): () => void {
    if (session !== this.#session) this.#begin(session)
    const waiting = this.#waiting.get(registration) ?? new Set()
    this.#waiting.set(registration, waiting.add(onGone))
    this.#subscribing ??= this.#subscribe(session)
    return () => {
      if (!waiting.delete(onGone) || this.#session !== session) return
      if (waiting.size === 0) this.#waiting.delete(registration)
      void this.#rest()
    }
  }

  #begin(session: Session): void {
    this.#session = session
    this.#subscribing = undefined
    this.#waiting.clear()
  }

  async #subscribe(session: Session): Promise<(() => Promise<void>) | undefined> {
    try {
      const subscription = await session.subscribe(ON_DELETE, ({ args }) => this.#gone(session, args[1]))
      return () => subscription.unsubscribe()
    } catch {
      // Without the subscription, the declaration still retries after its delay.
      return undefined
    }
  }

  #gone(session: Session, registration: unknown): void {
    if (this.#session !== session || typeof registration !== 'number') return
    for (const onGone of this.#waiting.get(registration) ?? []) onGone()
  }

  /** Unsubscribes when there is no registration to watch. */
  async #rest(): Promise<void> {
    const subscribing = this.#subscribing
    const unsubscribe = await subscribing
    if (this.#waiting.size > 0 || unsubscribe === undefined || this.#subscribing !== subscribing) return
    this.#subscribing = undefined
    await unsubscribe().catch(() => undefined)
  }
}

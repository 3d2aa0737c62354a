// Hears that registrations are gone which stood in the way of others (specification: "Registration Metaevents"). One
// subscription for all of them, and only while one is waited for; where the router grants none, nothing is heard.

import type { Session } from '../session.ts'

const ON_DELETE = 'wamp.registration.on_delete'

export class Obstacles {
  readonly #waiting = new Map<number, Set<() => void>>()
  /** The session that tells. */
  #session: Session | undefined
  /** Takes the subscription back; resolves to nothing when there is none. */
  #subscribing: Promise<(() => Promise<void>) | undefined> | undefined

  /**
   * Calls `onGone` when a registration is gone, until the function returned is called.
   * @param session the one in which it stands in the way
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
      // Whoever may not hear of it asks again after a while.
      return undefined
    }
  }

  #gone(session: Session, registration: unknown): void {
    if (this.#session !== session || typeof registration !== 'number') return
    for (const onGone of this.#waiting.get(registration) ?? []) onGone()
  }

  /** Nothing is waited for. */
  async #rest(): Promise<void> {
    const subscribing = this.#subscribing
    const unsubscribe = await subscribing
    if (this.#waiting.size > 0 || unsubscribe === undefined || this.#subscribing !== subscribing) return
    this.#subscribing = undefined
    await unsubscribe().catch(() => undefined)
  }
}

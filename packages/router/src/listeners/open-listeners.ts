// The open doors of a router, and those that are closing. Never opens one.

import type { Listener } from './listener.ts'

export class OpenListeners {
  readonly #listeners: Listener[] = []
  readonly #closing = new Map<Listener, Promise<void>>()

  /** Those that accept. */
  get accepting(): readonly Listener[] {
    return this.#listeners.filter((listener) => !this.#closing.has(listener))
  }

  /** Takes one that was opened. */
  add(listener: Listener): void {
    this.#listeners.push(listener)
  }

  /** Takes no new sessions anywhere. */
  drainAll(): void {
    for (const listener of this.#listeners) listener.drain()
  }

  /** Stops accepting at one; resolves when its last connection is gone. Idempotent; of one that is not ours nothing is asked. */
  close(listener: Listener): Promise<void> {
    if (!this.#listeners.includes(listener)) return Promise.resolve()
    const closing = this.#closing.get(listener) ?? this.#closeAndForget(listener)
    this.#closing.set(listener, closing)
    return closing
  }

  /** Stops accepting everywhere; resolves when the last connection is gone. Idempotent. */
  async closeAll(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => this.close(listener)))
  }

  /** Destroys every connection that is still open. */
  destroyAll(): void {
    for (const listener of this.#listeners) listener.closeAll()
  }

  async #closeAndForget(listener: Listener): Promise<void> {
    await listener.close()
    this.#listeners.splice(this.#listeners.indexOf(listener), 1)
    this.#closing.delete(listener)
  }
}

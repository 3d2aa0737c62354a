// The open listeners of a router, and those that are closing. Never opens one.

import type { Listener } from './listener.ts'

export class OpenListeners {
  readonly #listeners: Listener[] = []
  readonly #closing = new Map<Listener, Promise<void>>()

  /** The listeners that accept connections. */
  get accepting(): readonly Listener[] {
    return this.#listeners.filter((listener) => !this.#closing.has(listener))
  }

  /** Adds an opened listener. */
  add(listener: Listener): void {
    this.#listeners.push(listener)
  }

  /** Refuses new sessions at all listeners. */
  drainAll(): void {
    for (const listener of this.#listeners) listener.drain()
  }

  /** Stops accepting at one; resolves when its last connection has ended. Idempotent; ignores a listener of another router. */
  close(listener: Listener): Promise<void> {
    if (!this.#listeners.includes(listener)) return Promise.resolve()
    const closing = this.#closing.get(listener) ?? this.#closeAndForget(listener)
    this.#closing.set(listener, closing)
    return closing
  }

  /** Stops accepting everywhere; resolves when the last connection has ended. Idempotent. */
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

// A caller that adds items without a pause and notes which of them the list has acknowledged.

import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '@trunkline/client'
import { createClient } from '@trunkline/client'

const PAUSE_MS = 100

export class Load {
  readonly acknowledged: string[] = []
  #refused = 0
  readonly #client: Client
  readonly #events = new EventEmitter()
  #isOver = false
  readonly #running: Promise<void>

  constructor(url: string) {
    this.#client = createClient({ url, realm: 'todo', backoff: { maxMs: 500 }, waitForCallee: 5000 })
    this.#running = this.#run()
  }

  /** Ends it, and resolves to how many items were not acknowledged: lost with a sign. */
  async end(): Promise<number> {
    this.#isOver = true
    await this.#running
    await this.#client.stop()
    return this.#refused
  }

  /** The text of an item that is acknowledged from now on. */
  async next(): Promise<string> {
    const [text] = (await once(this.#events, 'acknowledged')) as [string]
    return text
  }

  async #run(): Promise<void> {
    for (let number = 1; !this.#isOver; number++) {
      const text = `load ${number}.`
      await this.#client.call('com.example.todo.list.add', [text], { kwargs: { id: randomUUID() } }).then(
        () => {
          this.acknowledged.push(text)
          this.#events.emit('acknowledged', text)
        },
        () => this.#refused++,
      )
      await pause(PAUSE_MS)
    }
  }
}

// A caller that adds items all the time, and notes which of them the list has acknowledged.

import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '@trunkline/client'
import { createClient } from '@trunkline/client'

const PAUSE_MS = 100

export class Load {
  readonly acknowledged: string[] = []
  readonly #client: Client
  readonly #events = new EventEmitter()
  #isOver = false
  readonly #running: Promise<void>

  constructor(url: string) {
    this.#client = createClient({ url, realm: 'todo', backoff: { maxMs: 500 }, waitForCallee: 5000 })
    this.#running = this.#run()
  }

  async end(): Promise<void> {
    this.#isOver = true
    await this.#running
    await this.#client.stop()
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
        // Whether an item is there whose call has failed makes no difference here.
        () => undefined,
      )
      await pause(PAUSE_MS)
    }
  }
}

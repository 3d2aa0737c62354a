// What both services need: a client that is logged in, and a state that outlives the process.

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { type Client, createClient } from '@trunkline/client'
import { craAuth } from '@trunkline/client/auth'

/** Connects again whenever the connection is lost, and calls `announce` in each session: a new router knows nothing of the one before. */
export function connectService(announce: () => unknown): Client {
  const client = createClient({
    url: 'ws://127.0.0.1:8080/ws',
    realm: 'todo',
    authid: 'service',
    auth: craAuth(process.env['TODO_SECRET'] ?? 'only for this machine'),
    backoff: { maxMs: 2000 },
    onError: console.error,
  })
  client.onState(({ status }) => {
    console.log(status)
    if (status === 'connected') announce()
  })
  return client
}

/** A value in a file below `data`, which outlives the process. */
export class Stored<Value> {
  readonly #file: URL
  value: Value

  constructor(name: string, initial: Value) {
    this.#file = new URL(`data/${name}`, import.meta.url)
    mkdirSync(new URL('.', this.#file), { recursive: true })
    this.value = existsSync(this.#file) ? JSON.parse(readFileSync(this.#file, 'utf8')) : initial
  }

  /** Returns when the value is on the disk. Whenever the process is killed, the file is the old or the new one, whole. */
  write(value: Value): void {
    const draft = new URL(`${this.#file.href}.new`)
    writeFileSync(draft, JSON.stringify(value), { flush: true })
    renameSync(draft, this.#file)
    this.value = value
  }
}

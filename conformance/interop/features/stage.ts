// What a scenario uses: sessions that end with it, names of its own, and assertions. Knows no feature.

import type { Client, ClientSession, Login, Values } from '../clients/client.ts'
import { PeerError } from '../clients/client.ts'
import { ours } from '../clients/ours.ts'

/** The surroundings of a scenario. */
export interface Place {
  /** Of each node of the router: the sessions of a scenario are at one after the other. */
  readonly urls: readonly string[]
  readonly realm: string
  readonly serializer: string
}

export class Stage {
  readonly client: Client
  readonly #place: Place
  readonly #prefix: string
  readonly #sessions: ClientSession[] = []
  #joins = 0
  /** Rejects when a session of `join` ends before the scenario. */
  readonly broken: Promise<never>
  #break: (error: Error) => void = () => undefined
  #isEnding = false

  /** @param prefix of all its URIs, its own */
  constructor(client: Client, place: Place, prefix: string) {
    this.client = client
    this.#place = place
    this.#prefix = prefix
    this.broken = new Promise((_resolve, reject) => {
      this.#break = reject
    })
    this.broken.catch(() => undefined)
  }

  uri(name: string): string {
    return `${this.#prefix}.${name}`
  }

  join(login?: Login): Promise<ClientSession> {
    return this.#joinWith(this.client, login)
  }

  /** A session of our client. */
  partner(): Promise<ClientSession> {
    return this.#joinWith(ours)
  }

  /** A session that may end before the scenario. */
  joinForAWhile(): Promise<ClientSession> {
    return this.#open(this.client)
  }

  #open(client: Client, login?: Login): Promise<ClientSession> {
    const { urls, realm, serializer } = this.#place
    const url = urls[this.#joins++ % urls.length] ?? ''
    return client.join({ url, realm, serializer, login })
  }

  async #joinWith(client: Client, login?: Login): Promise<ClientSession> {
    const session = await this.#open(client, login)
    this.#sessions.push(session)
    void session.over.then((why) => this.#isEnding || this.#break(new Error(`a session ended: ${why}`)))
    return session
  }

  /** Two sessions. */
  async pair(): Promise<readonly [ClientSession, ClientSession]> {
    return [await this.join(), await this.join()]
  }

  async end(): Promise<void> {
    this.#isEnding = true
    await Promise.all(this.#sessions.map((session) => session.close()))
  }
}

/** What comes in, in order. */
export class Inbox<T> {
  readonly #items: T[] = []
  #look: () => void = () => undefined

  readonly add = (item: T): void => {
    this.#items.push(item)
    this.#look()
  }

  /** All that came, as soon as there are `count`. */
  async all(count: number): Promise<readonly T[]> {
    await this.#until(() => this.#items.length >= count)
    return [...this.#items]
  }

  /** The first that matches. */
  async first(fits: (item: T) => boolean): Promise<T> {
    await this.#until(() => this.#items.some(fits))
    const item = this.#items.find(fits)
    if (item === undefined) throw new Error('nothing fits')
    return item
  }

  #until(isReached: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (isReached()) resolve()
      }
      this.#look()
    })
  }
}

/** Fails unless both are the same as JSON; integers are the same however a library hands them out. */
export function same(what: string, actual: unknown, expected: unknown): void {
  if (textOf(actual) !== textOf(expected)) throw new Error(`${what}: ${textOf(actual)} instead of ${textOf(expected)}`)
}

export function holds(what: string, isTrue: boolean): void {
  if (!isTrue) throw new Error(`${what} is not so`)
}

/** Fails unless it rejects; with `uri`, by an ERROR of that URI. Returns the rejection. */
export async function rejects(what: string, promise: Promise<unknown>, uri?: string): Promise<void> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if (!('error' in outcome)) throw new Error(`${what}: ${textOf(outcome.value)} instead of an error`)
  if (uri === undefined) return
  const { error } = outcome
  if (!(error instanceof PeerError)) throw new Error(`${what}: ${String(error)} instead of ${uri}`)
  same(what, error.uri, uri)
}

/** The first positional value of a result. */
export async function valueOf(result: Promise<Values>): Promise<unknown> {
  return (await result).args[0]
}

/** A list of ids, whatever integers are to the library. */
export function ids(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.map(Number) : []
}

export function textOf(value: unknown): string {
  const replacer = (_key: string, item: unknown): unknown => {
    if (item instanceof Uint8Array) return [...item]
    return typeof item === 'bigint' ? Number(item) : item
  }
  return JSON.stringify(value, replacer) ?? 'undefined'
}

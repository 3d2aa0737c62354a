// One list of the meta API kept live: sessions, registrations or subscriptions. Each meta event reads the list again,
// at most a few times a second, so that the list is right for any order of events.

import type { Session } from '@trunkline/client'
import { ApplicationError, DisconnectedError } from '@trunkline/client'
import { wordsFor } from './errors.ts'

/** The URIs of one part of the meta API. */
export interface MetaPart {
  readonly list: string
  readonly get: string
  /** A procedure called for each entry, whose result can change. */
  readonly count?: string
  /** The prefix of the meta events; the second argument of those that change a count is the entry. */
  readonly events: string
}

export const SESSIONS: MetaPart = { list: 'wamp.session.list', get: 'wamp.session.get', events: 'wamp.session.on_' }
export const REGISTRATIONS: MetaPart = {
  list: 'wamp.registration.list',
  get: 'wamp.registration.get',
  count: 'wamp.registration.count_callees',
  events: 'wamp.registration.on_',
}
export const SUBSCRIPTIONS: MetaPart = {
  list: 'wamp.subscription.list',
  get: 'wamp.subscription.get',
  count: 'wamp.subscription.count_subscribers',
  events: 'wamp.subscription.on_',
}

/** The answer of the meta API for one entry. */
export interface Entry {
  readonly id: number
  readonly details: Readonly<Record<string, unknown>>
  readonly count: number | undefined
}

export interface ListView {
  /** @param total the number of all entries; `entries` may hold only the newest */
  show(entries: readonly Entry[], total: number): void
  fail(text: string): void
}

const MOST_ENTRIES = 100
const PAUSE_MS = 150

export class LiveList {
  readonly #session: Session
  readonly #part: MetaPart
  readonly #view: ListView
  readonly #entries = new Map<number, Entry>()
  readonly #stale = new Set<number>()
  #isScheduled = false
  #isReading = false

  constructor(session: Session, part: MetaPart, view: ListView) {
    this.#session = session
    this.#part = part
    this.#view = view
  }

  /** Reads the list and follows its events until the session ends. */
  async start(): Promise<void> {
    await this.#guarded(async () => {
      await this.#session.subscribe(this.#part.events, ({ args }) => this.#changed(args[1]), { match: 'prefix' })
      await this.#read()
    })
  }

  #changed(entry: unknown): void {
    if (typeof entry === 'number') this.#stale.add(entry)
    if (this.#isScheduled) return
    this.#isScheduled = true
    setTimeout(() => {
      this.#isScheduled = false
      if (this.#isReading) this.#changed(undefined)
      else void this.#guarded(() => this.#read())
    }, PAUSE_MS)
  }

  async #read(): Promise<void> {
    this.#isReading = true
    try {
      const all = idsIn(await this.#session.call(this.#part.list))
      const shown = all.slice(-MOST_ENTRIES)
      for (const id of this.#entries.keys()) if (!shown.includes(id)) this.#entries.delete(id)
      await Promise.all(shown.filter((id) => !this.#entries.has(id) || this.#stale.delete(id)).map((id) => this.#load(id)))
      this.#view.show(
        shown.flatMap((id) => this.#entries.get(id) ?? []),
        all.length,
      )
    } finally {
      this.#isReading = false
    }
  }

  async #load(id: number): Promise<void> {
    const { get, count } = this.#part
    try {
      const details = this.#entries.get(id)?.details ?? dictIn(await this.#session.call(get, [id]))
      const counted = count === undefined ? undefined : Number(await this.#session.call(count, [id]))
      this.#entries.set(id, { id, details, count: counted })
    } catch (error) {
      if (!(error instanceof ApplicationError)) throw error
      this.#entries.delete(id) // The entry ended between the list and this call.
    }
  }

  async #guarded(task: () => Promise<void>): Promise<void> {
    try {
      await task()
    } catch (error) {
      // The page shows the end of the session elsewhere.
      if (!(error instanceof DisconnectedError)) this.#view.fail(wordsFor(error))
    }
  }
}

/** Ids from a list, or from lists by match policy. */
function idsIn(value: unknown): number[] {
  const lists: unknown[] = Array.isArray(value) ? [value] : Object.values(dictIn(value))
  return lists.flat().filter((id): id is number => typeof id === 'number')
}

function dictIn(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

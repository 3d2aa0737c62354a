// The tabs of a shared worker, and the one client whose session they share.

import type { Message } from '@trunkline/protocol'
import { check } from '../checks.ts'
import { systemClock } from '../clock.ts'
import { json } from '../json-text.ts'
import { Client } from '../reconnecting/client.ts'
import { systemEnvironment } from '../reconnecting/environment.ts'
import type { ClientState } from '../reconnecting/states.ts'
import type { Report } from '../report.ts'
import { createReporter } from '../report.ts'
import { openTransport } from '../transports/open-transport.ts'
import type { ClientSerializer, ClientTransport, OpenTransportOptions } from '../transports/transport.ts'
import type { Locks } from './locks.ts'
import { lockName } from './locks.ts'
import type { Port } from './port.ts'
import type { Shared } from './shared-transport.ts'
import { SharedTransport } from './shared-transport.ts'
import type { TabOwner } from './tab.ts'
import { Tab } from './tab.ts'
import type { TabsOptions } from './tabs-options.ts'

/** Tabs without locks are asked at this interval whether they live. */
const ASK_MS = 10_000
/** A tab that wants a session ends the delay of the client, but not more often. */
const CONNECT_NOW_MS = 1000

export class Tabs implements TabOwner {
  readonly client: Client
  readonly serializers: ReadonlyMap<string, ClientSerializer>
  readonly #options: TabsOptions
  readonly #locks: Locks | undefined
  readonly #report: Report
  readonly #tabs = new Set<Tab>()
  readonly #transports = new Set<SharedTransport>()
  readonly #wakes = new Set<() => void>()
  readonly #ready: Promise<unknown>
  #lock: string | undefined
  #lastAttempt = 0

  /** @throws {UsageError} when the options cannot work */
  constructor(options: TabsOptions, locks: Locks | undefined) {
    check('options', options, 'dict')
    const { serializer, onError } = options
    this.#options = options
    this.#locks = locks
    this.#report = createReporter(onError)
    this.serializers = new Map(
      [json(), ...(serializer === undefined ? [] : [serializer])].map((each) => [each.subprotocol, encodingOnce(each)]),
    )
    this.client = new Client({
      ...options,
      lazy: true,
      openTransport: (url, more) => this.#open(url, more),
      environment: { onWake: (listener) => this.#onWake(listener) },
    })
    this.client.onState((state) => this.#changed(state))
    this.#ready = Promise.resolve(locks && this.#hold(locks))
    if (locks === undefined) this.#askLater()
  }

  get lock(): string | undefined {
    return this.#lock
  }

  /** Takes the port of a tab. */
  accept(port: Port): void {
    void this.#ready.then(() => new Tab(port, this).listen())
  }

  watch(lock: string, onFree: () => void): () => void {
    return this.#locks?.whenFree(lock, onFree) ?? (() => {})
  }

  opened(tab: Tab): void {
    this.#tabs.add(tab)
  }

  wanted(tab: Tab): void {
    const { state } = this.client
    const shared = this.#sharedOf(state)
    if (state.status === 'connected' && shared !== undefined) return tab.welcome(shared, state.session.realm)
    if (state.status === 'stopped') return this.client.start()
    if (state.status === 'waiting' && this.#now() - this.#lastAttempt >= CONNECT_NOW_MS) this.client.connectNow()
  }

  woken(): void {
    for (const listener of [...this.#wakes]) listener()
  }

  left(tab: Tab): void {
    this.#tabs.delete(tab)
    if (this.#tabs.size === 0) void this.client.stop()
  }

  failed(error: unknown, uri: string): void {
    this.#report(error, 'payload', { uri })
  }

  #onWake(listener: () => void): () => void {
    const stop = (this.#options.environment ?? systemEnvironment).onWake(listener)
    this.#wakes.add(listener)
    return () => {
      stop()
      this.#wakes.delete(listener)
    }
  }

  async #open(url: string, options: OpenTransportOptions): Promise<ClientTransport> {
    this.#lastAttempt = this.#now()
    const { openTransport: open = openTransport } = this.#options
    const transport = new SharedTransport(await open(url, options))
    for (const earlier of this.#transports) if (!earlier.isOpen) this.#transports.delete(earlier)
    this.#transports.add(transport)
    return transport
  }

  async #hold(locks: Locks): Promise<void> {
    const lock = lockName('worker')
    await locks.hold(lock)
    this.#lock = lock
  }

  #changed(state: ClientState): void {
    const shared = this.#sharedOf(state)
    for (const tab of [...this.#tabs]) {
      if (state.status === 'waiting' || state.status === 'stopped') tab.lost(state.cause)
      else if (state.status === 'connected' && shared !== undefined) {
        tab.welcome(shared, state.session.realm)
        tab.wake()
      }
    }
  }

  /** What tabs may join; undefined without an open session. */
  #sharedOf(state: ClientState): Shared | undefined {
    if (state.status !== 'connected' || !state.session.isOpen) return undefined
    return [...this.#transports].map(({ shared }) => shared).find((shared) => shared?.id === state.session.id)
  }

  #now(): number {
    return (this.#options.now ?? Date.now)()
  }

  #askLater(): void {
    const { clock = systemClock } = this.#options
    clock.setTimer(() => {
      for (const tab of [...this.#tabs]) tab.ask()
      this.#askLater()
    }, ASK_MS)
  }
}

/** A serializer to text that encodes an event once for all tabs, which get it one after another. */
function encodingOnce(serializer: ClientSerializer): ClientSerializer {
  const { encodeText } = serializer
  if (encodeText === undefined) return serializer
  let last: { readonly message: Message; readonly text: string } | undefined
  return {
    ...serializer,
    encodeText: (message) => {
      if (last?.message !== message) last = { message, text: encodeText(message) }
      return last.text
    },
  }
}

// For tests: tabs and their shared worker in one process, over real ports, before a real router. Not part of the package.

import type { Message } from '@trunkline/protocol'
import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import type { Client } from '../reconnecting/client.ts'
import type { ClientOptions } from '../reconnecting/client-options.ts'
import { createClient } from '../reconnecting/connect.ts'
import type { Locks } from '../shared/locks.ts'
import type { Port } from '../shared/port.ts'
import type { TabsOptions } from '../shared/tabs-options.ts'
import { Tabs } from '../shared/tabs.ts'
import { SharedWorkerConnection } from '../shared/worker-connection.ts'
import type { ClientTransport, TransportOwner } from '../transports/transport.ts'
import { ConnectError } from '../transports/transport.ts'

/** Everything is allowed but what has `secret` in its URI. */
const REALM = {
  anonymousRole: 'anonymous',
  authorizer: { allows: ({ uri }: { readonly uri: string }) => !uri.includes('secret'), mayForce: () => true },
}
const BACKOFF = { initialMs: 1, maxMs: 5 }

/** Locks as a browser has them; a test frees those of what has died. */
export class FakeLocks implements Locks {
  readonly #held = new Set<string>()
  readonly #waiting = new Map<string, Set<() => void>>()

  hold(name: string): Promise<() => void> {
    this.#held.add(name)
    return Promise.resolve(() => this.free(name))
  }

  whenFree(name: string, onFree: () => void): () => void {
    if (!this.#held.has(name)) queueMicrotask(onFree)
    const waiting = this.#waiting.get(name) ?? new Set()
    this.#waiting.set(name, waiting.add(onFree))
    return () => waiting.delete(onFree)
  }

  free(name: string): void {
    this.#held.delete(name)
    const waiting = [...(this.#waiting.get(name) ?? [])]
    this.#waiting.delete(name)
    for (const onFree of waiting) onFree()
  }

  /** Frees all locks whose names begin so. */
  freeAll(prefix: string): void {
    for (const name of [...this.#held]) if (name.startsWith(prefix)) this.free(name)
  }
}

interface Several<Each> {
  readonly 1: readonly [Each]
  readonly 2: readonly [Each, Each]
  readonly 3: readonly [Each, Each, Each]
}

export interface FakeTab {
  readonly client: Client
  readonly shared: SharedWorkerConnection
  /** Dies without a word. */
  die(): void
  /** Does not read what comes, as a page whose script does not end. Returns what makes it read again. */
  stall(): () => void
  /** Is left, as by a link, and shown again by the back button. */
  leavePage(): void
}

/** A worker with tabs, and the router behind it. */
export class TabWorld {
  readonly locks: FakeLocks | undefined
  /** What the worker sent to the router. */
  readonly sent: Message[] = []
  readonly errors: unknown[] = []
  /** How many workers were started. */
  workers = 0
  router: Router | undefined = createRouter({ realms: { realm1: REALM } })
  readonly #options: Partial<TabsOptions>
  readonly #clients = new Set<Client>()
  readonly #ports: MessagePort[] = []
  #cut: (() => void) | undefined
  #worker: Tabs | undefined

  constructor(options: Partial<TabsOptions> = {}, locks: FakeLocks | undefined = new FakeLocks()) {
    this.#options = options
    this.locks = locks
  }

  /** A world of pages without HTTPS, whose browser gives them no locks. */
  static withoutLocks(options: Partial<TabsOptions> = {}): TabWorld {
    const world = new TabWorld(options)
    return Object.assign(world, { locks: undefined })
  }

  get worker(): Tabs {
    this.#worker ??= this.#startWorker()
    return this.#worker
  }

  /** The sessions of clients at the router. */
  get sessions(): number {
    return (this.router?.realm('realm1')?.sessions ?? []).filter(({ isInternal }) => !isInternal).length
  }

  tab(options: Partial<ClientOptions> = {}): FakeTab {
    const locks = this.locks
    const own: { lock?: string; port?: Port; leave?: () => void; isDead: boolean } = { isDead: false }
    const create = (): { port: Port; addEventListener(): void } => {
      const { port1, port2 } = new MessageChannel()
      this.#ports.push(port1, port2)
      this.worker.accept(port2)
      const postMessage = port1.postMessage.bind(port1)
      const silenced = Object.assign(port1, {
        postMessage: (message: unknown, transfer: Transferable[]) => (own.isDead ? undefined : postMessage(message, transfer)),
      })
      own.port = silenced
      return { port: silenced, addEventListener: () => undefined }
    }
    const platform = {
      locks: locks && {
        hold: (name: string) => {
          own.lock = name
          return locks.hold(name)
        },
        whenFree: (name: string, onFree: () => void) => locks.whenFree(name, () => (own.isDead ? undefined : onFree())),
      },
      onLeave: (listener: () => void) => void (own.leave = listener),
    }
    const shared = new SharedWorkerConnection(create, platform)
    const client = createClient({ url: 'ws://127.0.0.1:1/ws', realm: 'realm1', backoff: BACKOFF, shared, ...options })
    this.#clients.add(client)
    return {
      client,
      shared,
      die: () => {
        own.isDead = true
        this.#clients.delete(client)
        if (own.port !== undefined) own.port.onmessage = null
        if (own.lock !== undefined) locks?.free(own.lock)
      },
      stall: () => {
        const { port } = own
        const queued: MessageEvent<unknown>[] = []
        const read = port?.onmessage
        if (port !== undefined) port.onmessage = (event) => void queued.push(event)
        return () => {
          if (port !== undefined) port.onmessage = read ?? null
          for (const event of queued) port?.onmessage?.(event)
        }
      },
      leavePage: () => own.leave?.(),
    }
  }

  /** Several tabs with open sessions. */
  async tabs<Count extends keyof Several<FakeTab>>(count: Count, options: Partial<ClientOptions> = {}): Promise<Several<FakeTab>[Count]> {
    const tabs = Array.from({ length: count }, () => this.tab(options))
    await Promise.all(tabs.map(({ client }) => client.session()))
    return tabs as unknown as Several<FakeTab>[Count]
  }

  /** The clients of several tabs with open sessions. */
  async clients<Count extends keyof Several<Client>>(count: Count): Promise<Several<Client>[Count]> {
    const tabs: readonly FakeTab[] = await this.tabs(count)
    return tabs.map(({ client }) => client) as unknown as Several<Client>[Count]
  }

  /** Breaks the worker's connection. */
  cut(): void {
    this.#cut?.()
  }

  async stopRouter(): Promise<void> {
    const { router } = this
    this.router = undefined
    await router?.close()
  }

  startRouter(): void {
    this.router = createRouter({ realms: { realm1: REALM } })
  }

  /** The worker dies without a word; the next tab that connects starts another. */
  killWorker(): void {
    const dead = this.#worker
    this.#worker = undefined
    for (const port of this.#ports.splice(0)) port.onmessage = null
    this.locks?.freeAll('trunkline.worker')
    void dead?.client.stop()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients].map((client) => client.stop()))
    await this.#worker?.client.stop()
    for (const port of this.#ports) port.close()
    await this.router?.close()
  }

  #startWorker(): Tabs {
    this.workers++
    const openTransport = (): ClientTransport => {
      if (this.router === undefined) throw new ConnectError('TL_CONNECT_FAILED', 'there is no router')
      const transport = this.router.openLocal()
      const attach = transport.attach.bind(transport)
      const send = transport.send.bind(transport)
      return Object.assign(transport, {
        attach: (owner: TransportOwner) => {
          let isCut = false
          this.#cut = () => {
            isCut = true
            transport.close()
            owner.onClose({ wasClean: false })
          }
          attach({
            onMessage: (message) => owner.onMessage(message),
            onProtocolError: (error) => owner.onProtocolError(error),
            onClose: (info) => (isCut ? undefined : owner.onClose(info)),
          })
        },
        send: (message: Message) => {
          this.sent.push(message)
          send(message)
        },
      })
    }
    const onError = (error: unknown): void => void this.errors.push(error)
    return new Tabs({ realm: 'realm1', url: 'ws://127.0.0.1:1/ws', backoff: BACKOFF, openTransport, onError, ...this.#options }, this.locks)
  }
}

/** A promise for the next values of something that is called. */
export function collector<Value>(count: number): { readonly take: (value: Value) => void; readonly all: Promise<Value[]> } {
  const values: Value[] = []
  let done: (values: Value[]) => void = () => undefined
  const all = new Promise<Value[]>((resolve) => (done = resolve))
  return {
    all,
    take: (value) => {
      if (values.push(value) === count) done(values)
    },
  }
}

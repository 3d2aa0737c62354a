// The connection of a tab through a shared worker: a transport over a port of the worker, one port for each attempt.

import { check } from '../checks.ts'
import type { Environment } from '../reconnecting/environment.ts'
import { systemEnvironment } from '../reconnecting/environment.ts'
import type { ClientOptions, SharedConnection } from '../reconnecting/client-options.ts'
import type { EncodedTransport } from '../transports/encoded-transport.ts'
import { receiveOver, transportOver } from '../transports/socket-transport.ts'
import type { ClientTransport, OpenTransportOptions, TransportCloseInfo } from '../transports/transport.ts'
import { ConnectError } from '../transports/transport.ts'
import type { Locks } from './locks.ts'
import { lockName } from './locks.ts'
import type { Notice, Port } from './port.ts'
import { costOf, isFrame, isNotice, notify, PORT_VERSION, postFrame } from './port.ts'

/** The octets that are read before the worker hears of it. */
const TAKEN_OCTETS = 65_536

/** The part of a SharedWorker that a connection needs. */
export interface WorkerHandle {
  readonly port: Port
  addEventListener(type: 'error', listener: (event: Event) => void): void
}

export interface PagePlatform {
  readonly locks: Locks | undefined
  /** Calls the listener when the page is left, for good or for the back-forward cache. */
  onLeave(listener: () => void): void
}

/** The connections of the clients of a page. */
export class SharedWorkerConnection implements SharedConnection {
  readonly isShared: boolean
  readonly #create: () => WorkerHandle
  readonly #platform: PagePlatform
  /** Those with a port. */
  readonly #connections = new Set<WorkerConnection>()
  /** The first worker, which was created to see whether there can be one. */
  #first: WorkerHandle | undefined
  #lock: { readonly name: string; readonly held: Promise<() => void> } | undefined

  constructor(create: () => WorkerHandle, platform: PagePlatform) {
    check('worker', create, 'function')
    this.#create = create
    this.#platform = platform
    try {
      this.#first = create()
    } catch {
      // There is no SharedWorker, or this page may not have one.
    }
    this.isShared = this.#first !== undefined
    if (this.isShared) platform.onLeave(() => this.#leave())
  }

  over(options: ClientOptions): ClientOptions {
    if (!this.isShared) return options
    const { locks } = this.#platform
    const idle = (): void => void this.#connections.delete(connection)
    const connection = new WorkerConnection(options.environment ?? systemEnvironment, idle)
    return {
      ...options,
      // The worker logs in.
      ...{ auth: undefined, onChallenge: undefined, authmethods: undefined, authid: undefined, authrole: undefined, authextra: undefined },
      silenceMs: locks === undefined ? options.silenceMs : Infinity,
      environment: connection,
      openTransport: async (_url, transportOptions) => {
        const lock = locks && (await this.#hold(locks))
        transportOptions.signal.throwIfAborted()
        this.#connections.add(connection)
        return connection.open(this.#worker(), transportOptions, { locks, lock })
      },
    }
  }

  async #hold(locks: Locks): Promise<string> {
    const name = this.#lock?.name ?? lockName('tab')
    this.#lock ??= { name, held: locks.hold(name) }
    await this.#lock.held
    return name
  }

  #worker(): WorkerHandle {
    const worker = this.#first ?? this.#create()
    this.#first = undefined
    return worker
  }

  #leave(): void {
    for (const connection of this.#connections) connection.leave()
    void this.#lock?.held.then((release) => release())
    this.#lock = undefined
  }
}

/** The connection of one client. It reports that another attempt will succeed, as the platform reports that the network is back. */
class WorkerConnection implements Environment {
  readonly #platform: Environment
  readonly #idle: () => void
  readonly #wakes = new Set<() => void>()
  /** The port of the latest attempt, which hears when the worker is connected again. */
  #attempt: Attempt | undefined

  /** @param idle is called when there is no port any more */
  constructor(platform: Environment, idle: () => void) {
    this.#platform = platform
    this.#idle = idle
  }

  onWake(listener: () => void): () => void {
    const stop = this.#platform.onWake(listener)
    this.#wakes.add(listener)
    return () => {
      stop()
      this.#wakes.delete(listener)
    }
  }

  open(worker: WorkerHandle, options: OpenTransportOptions, life: Life): Promise<ClientTransport> {
    const before = this.#attempt
    const attempt: Attempt = new Attempt(worker, options, life.locks, {
      wake: () => this.#wake(),
      ended: () => this.#ended(attempt, stop),
    })
    // Only pages know when they are visible again.
    const stop = this.#platform.onWake(() => attempt.passWake())
    this.#attempt = attempt
    const opened = attempt.open(life.lock)
    before?.leave()
    return opened
  }

  leave(): void {
    this.#attempt?.leave()
  }

  #wake(): void {
    // The client was stopped while it waited.
    if (this.#wakes.size === 0) this.leave()
    for (const listener of [...this.#wakes]) listener()
  }

  #ended(attempt: Attempt, stopListening: () => void): void {
    stopListening()
    if (this.#attempt !== attempt) return
    this.#attempt = undefined
    this.#idle()
  }
}

interface AttemptOwner {
  /** Another attempt will succeed. */
  wake(): void
  /** The port is of no more use. */
  ended(): void
}

/** How each end notices that the other has died. */
interface Life {
  readonly locks: Locks | undefined
  /** The lock of this page. */
  readonly lock: string | undefined
}

/** One port of the worker, and the transport over it. */
class Attempt {
  readonly #worker: WorkerHandle
  readonly #options: OpenTransportOptions
  readonly #locks: Locks | undefined
  readonly #owner: AttemptOwner
  readonly #transport: EncodedTransport
  #isOpen = true
  #hasStarted = false
  #taken = 0
  #stopWatching: (() => void) | undefined
  #settle: { readonly opened: () => void; readonly failed: (error: unknown) => void } | undefined

  constructor(worker: WorkerHandle, options: OpenTransportOptions, locks: Locks | undefined, owner: AttemptOwner) {
    this.#worker = worker
    this.#options = options
    this.#locks = locks
    this.#owner = owner
    const isOpen = (): boolean => this.#isOpen
    this.#transport = transportOver(
      {
        get isOpen() {
          return isOpen()
        },
        send: (message) => postFrame(worker.port, message),
        close: () => {
          notify(worker.port, { kind: 'closed', text: undefined })
          queueMicrotask(() => this.#closed({ wasClean: true }))
        },
        destroy: () => this.leave(),
      },
      options.serializer,
    )
  }

  /** Asks the worker for a connection. Rejects when it refuses, when it does not start, and when the signal aborts. */
  open(lock: string | undefined): Promise<ClientTransport> {
    const { port } = this.#worker
    const { signal, serializer } = this.#options
    return new Promise((resolve, reject) => {
      const abandon = (): void => {
        this.leave()
        reject(signal.reason as Error)
      }
      const settled = (): void => signal.removeEventListener('abort', abandon)
      this.#settle = {
        opened: () => {
          settled()
          resolve(this.#transport)
        },
        failed: (error) => {
          settled()
          reject(error)
        },
      }
      signal.addEventListener('abort', abandon, { once: true })
      this.#worker.addEventListener('error', (event) => (this.#hasStarted ? undefined : this.#refused(startFault(event))))
      port.onmessage = ({ data }) => this.#receive(data)
      notify(port, { kind: 'open', version: PORT_VERSION, subprotocol: serializer.subprotocol, lock })
    })
  }

  /** Ends the connection, and hears no more of the worker. */
  leave(): void {
    this.#end({ wasClean: false })
  }

  passWake(): void {
    notify(this.#worker.port, { kind: 'wake' })
  }

  #receive(data: unknown): void {
    if (isFrame(data)) {
      this.#took(costOf(data))
      receiveOver(this.#transport, data, this.#options.serializer)
    } else if (isNotice(data)) this.#take(data)
  }

  #take(notice: Notice): void {
    switch (notice.kind) {
      case 'opened':
        this.#hasStarted = true
        if (notice.lock !== undefined) this.#stopWatching = this.#locks?.whenFree(notice.lock, () => this.#died())
        return this.#settle?.opened()
      case 'refused':
        return this.#refused(notice.text)
      case 'closed':
        if (notice.text === undefined) return this.leave()
        return this.#closed({ wasClean: false, reason: notice.text })
      case 'wake':
        return this.#owner.wake()
      case 'alive':
        return notify(this.#worker.port, notice)
    }
  }

  #took(octets: number): void {
    this.#taken += octets
    if (this.#taken < TAKEN_OCTETS) return
    notify(this.#worker.port, { kind: 'taken', octets: this.#taken })
    this.#taken = 0
  }

  #refused(text: string): void {
    this.#settle?.failed(new ConnectError('TL_CONNECT_FAILED', `the shared worker: ${text}`))
    this.#end({ wasClean: false, reason: text })
  }

  #died(): void {
    this.#end({ wasClean: false, reason: 'the shared worker has ended' })
  }

  /** The session is over; the port stays, to hear when there may be another. */
  #closed(info: TransportCloseInfo): void {
    this.#isOpen = false
    this.#transport.end(info)
  }

  #end(info: TransportCloseInfo): void {
    const { port } = this.#worker
    this.#stopWatching?.()
    notify(port, { kind: 'left' })
    port.close()
    this.#owner.ended()
    this.#closed(info)
  }
}

/** Browsers say little of why a worker did not start. */
function startFault(event: Event): string {
  const { message } = event as Partial<ErrorEvent>
  return `its script did not start${message === undefined || message === '' ? '' : `: ${message}`}`
}

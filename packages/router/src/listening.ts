// Opens the listeners of a router with what they need of it.

import type { Counters } from './core/index.ts'
import { networkOf } from './core/index.ts'
import type { Log } from './core/ports/index.ts'
import { descriptorLimit } from './descriptor-limit.ts'
import type { Faults } from './faults.ts'
import type { HttpOptions } from './listeners/http-server.ts'
import type { FromListener, Listener, ListenerOptions, ListenTarget } from './listeners/listener.ts'
import { OpenListeners } from './listeners/open-listeners.ts'
import type { RawSocketListenerOptions } from './listeners/rawsocket-listener.ts'
import type { Admission } from './peers/admission.ts'
import type { RouterLimits } from './router-options.ts'

/** What listeners need of their router. */
export interface ListeningParts extends Pick<ListenerOptions, 'accept' | 'turns'> {
  readonly issueCookies: NonNullable<HttpOptions['issueCookies']>
  readonly isDraining: () => boolean
  readonly trustedProxies: readonly string[] | undefined
  /** The serializers of the client's side of sessions. */
  readonly doorFormats: () => NonNullable<HttpOptions['formats']>
  /** As they are when a listener opens. */
  readonly limits: RouterLimits
  readonly admission: Admission
  readonly faults: Faults
  readonly counters: Counters
  readonly log: Log
  /** Called after a listener has opened. */
  readonly onOpen: () => void
}

export class Listening {
  readonly open = new OpenListeners()
  readonly #parts: ListeningParts

  constructor(parts: ListeningParts) {
    this.#parts = parts
  }

  /** @see Router.listenHttp */
  async http(options: Omit<HttpOptions, FromListener> & ListenTarget): Promise<Listener> {
    const { trustedProxies, issueCookies, isDraining, limits } = this.#parts
    // Loaded when needed: a router without listeners is smaller, and Node opens fewer files at a time.
    const { createHttpListener } = await import('./listeners/http-server.ts')
    return this.#add(
      createHttpListener({
        ...this.#common(),
        trustedProxies,
        issueCookies,
        formats: this.#parts.doorFormats(),
        health: () => ({ isOk: !isDraining() }),
        pingIntervalMs: limits.pingMs,
        deadAfterMs: limits.silenceMs,
        ...options,
      }),
    )
  }

  /** @see Router.listenRawSocket */
  async rawSocket(options: Omit<RawSocketListenerOptions, FromListener>): Promise<Listener> {
    const { createRawSocketListener } = await import('./listeners/rawsocket-listener.ts')
    return this.#add(createRawSocketListener({ ...this.#common(), trustedProxies: this.#parts.trustedProxies, ...options }))
  }

  async #add(opening: Promise<Listener>): Promise<Listener> {
    const listener = await opening
    this.open.add(listener)
    this.#parts.onOpen()
    return listener
  }

  #common(): Pick<ListenerOptions, FromListener | 'maxMessageBytes'> {
    const { accept, turns, limits, admission, faults, counters, log } = this.#parts
    return {
      accept,
      turns,
      ...admission.roomsWithin(descriptorLimit()),
      networkOf,
      onError: (error) => faults.note('listener', error),
      onRefused: (refused) => {
        counters.noteLimit('connections and HTTP requests')
        log.warn('connection refused', { area: 'listeners', ...refused })
      },
      maxMessageBytes: limits.messageBytes,
    }
  }
}

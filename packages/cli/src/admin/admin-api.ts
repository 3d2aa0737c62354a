// The admin API: a session of the router itself offers it in one realm, for callers with a right to it.

import { randomUUID } from 'node:crypto'
import type { Session } from '@trunkline/client'
import { calls, openSession } from '@trunkline/client/session'
import type { Implementation } from '@trunkline/contract'
import type { AdminHost } from './admin-handlers.ts'
import { adminHandlers } from './admin-handlers.ts'
import { adminApi } from './admin-contract.ts'
import { ChangeWatch } from './change-watch.ts'
import { Cursors } from './cursors.ts'
import { EventLoopDelay } from './event-loop-delay.ts'
import { OwnTurns } from './own-turns.ts'

const IDENTITY = { authid: 'trunkline', authrole: 'trunkline', isInternal: true } as const

/** How often changes are published at most. */
const LOOK_MS = 1_000

interface Offer {
  readonly session: Session
  readonly implementation: Implementation
  readonly stop: () => void
}

export class AdminApi {
  readonly #host: AdminHost
  readonly #since = Date.now()
  readonly #cursors = new Cursors(randomUUID().slice(0, 8))
  readonly #turns = new OwnTurns()
  #offer: Offer | undefined
  #realm: string | undefined

  constructor(host: AdminHost) {
    this.#host = host
  }

  /** Offers the API in this realm, which exists, and nowhere else; undefined: nowhere. */
  async settle(realm: string | undefined): Promise<void> {
    if (realm === this.#realm && (realm === undefined || this.#offer?.session.isOpen === true)) return
    await this.#withdraw()
    this.#realm = realm
    if (realm !== undefined) this.#offer = await this.#offerIn(realm)
  }

  /** The process ends, with all sessions. */
  stop(): void {
    this.#offer?.stop()
  }

  async #offerIn(realm: string): Promise<Offer> {
    const transport = this.#host.router.openLocal(IDENTITY)
    const session = await openSession({ transport, realm, agent: 'trunkline admin', calls: calls() })
    const delay = new EventLoopDelay()
    const parts = { ...this.#host, delay, cursors: this.#cursors, turns: this.#turns, since: this.#since }
    const implementation = await session.implement(adminApi, adminHandlers(parts), { discloseCaller: true })
    const endWatch = this.#publishChanges(session)
    const stop = (): void => {
      endWatch()
      delay.stop()
    }
    return { session, implementation, stop }
  }

  #publishChanges(session: Session): () => void {
    const watch = new ChangeWatch(this.#host)
    const { changed } = session.use(adminApi).view
    const timer = setInterval(() => {
      const change = watch.look()
      // Without acknowledgement it waits for nothing.
      if (change !== undefined && session.isOpen) void changed.publish(change)
    }, LOOK_MS).unref()
    return () => clearInterval(timer)
  }

  async #withdraw(): Promise<void> {
    const offer = this.#offer
    this.#offer = undefined
    offer?.stop()
    if (offer?.session.isOpen !== true) return
    await offer.implementation.withdraw()
    // In a later turn, since the caller of a reload that moves the API still waits for its answer.
    setImmediate(() => void offer.session.leave())
  }
}

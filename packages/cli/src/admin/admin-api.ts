// The admin API: a session of the router itself offers it in one realm, for callers with a right to it.

import { randomUUID } from 'node:crypto'
import type { Session } from '@trunkline/client'
import { calls, openSession } from '@trunkline/client/session'
import type { Implementation } from '@trunkline/contract'
import type { AdminHost } from './admin-handlers.ts'
import { adminHandlers, shownPayload } from './admin-handlers.ts'
import { adminApi } from './admin-contract.ts'
import { ChangeWatch } from './change-watch.ts'
import { Cursors } from './cursors.ts'
import { Members } from './members.ts'
import { OwnTurns } from './own-turns.ts'
import { Traffic } from './traffic.ts'
import { Lists } from './nodes/lists.ts'
import { OverNodes } from './nodes/over-nodes.ts'
import { OwnPart } from './nodes/own-part.ts'
import { PolledLooks } from './nodes/polled-looks.ts'
import type { AdminQuestion, Ask } from './nodes/questions.ts'

const IDENTITY = { authid: 'trunkline', authrole: 'trunkline', isInternal: true } as const

/** How often changes are published at most. */
const LOOK_MS = 1_000

interface Offer {
  readonly session: Session
  readonly implementation: Implementation
  readonly own: OwnPart
  readonly stop: () => void
}

export class AdminApi {
  readonly #host: AdminHost
  readonly #since: number
  readonly #boot = randomUUID().slice(0, 8)
  readonly #cursors: Cursors
  readonly #turns = new OwnTurns()
  #offer: Offer | undefined
  #realm: string | undefined

  constructor(host: AdminHost) {
    this.#host = host
    this.#since = host.others?.since ?? Date.now()
    this.#cursors = new Cursors(host.others?.run ?? this.#boot)
  }

  /** Offers the API in this realm, which exists, and nowhere else; undefined: nowhere. */
  async settle(realm: string | undefined): Promise<void> {
    if (realm === this.#realm && (realm === undefined || this.#offer?.session.isOpen === true)) return
    await this.#withdraw()
    this.#realm = realm
    if (realm !== undefined) this.#offer = await this.#offerIn(realm)
  }

  /**
   * Answers a question of another node.
   * @throws {Error} where this one does not offer the API
   */
  answer({ about, ask }: AdminQuestion): unknown {
    if (this.#offer === undefined) throw new Error('this node does not offer the admin API')
    return this.#offer.own.answer(about, ask as Ask<typeof about>)
  }

  /** The process ends, with all sessions. */
  stop(): void {
    this.#offer?.stop()
  }

  async #offerIn(realm: string): Promise<Offer> {
    const { router, log, live, others } = this.#host
    const transport = router.openLocal(IDENTITY)
    const session = await openSession({ transport, realm, agent: 'trunkline admin', calls: calls() })
    const endDelay = router.eventLoop.start()
    const [traffic, members, payload] = [new Traffic(router), new Members(), shownPayload(live)]
    const looks = new PolledLooks(router, traffic)
    const own = new OwnPart({ router, log, looks, members, payload, node: others?.node ?? '', boot: this.#boot })
    const over = new OverNodes(own, others)
    const lists = new Lists({ router, cursors: this.#cursors, turns: this.#turns, over })
    const parts = { ...this.#host, over, lists, traffic, payload, realm, turns: this.#turns }
    router.durations.start()
    router.witnesses.changes = (change, of, by, entry) => {
      members.note(change, of, by)
      traffic.changed(change, of, by, entry)
    }
    const handlers = adminHandlers({ ...parts, since: this.#since, pid: others?.pid ?? process.pid })
    const implementation = await session.implement(adminApi, handlers, { discloseCaller: true })
    const endWatch = this.#publishChanges(session, members, over)
    const stop = (): void => {
      endWatch()
      looks.stop()
      traffic.stop()
      router.witnesses.changes = undefined
      endDelay()
    }
    return { session, implementation, own, stop }
  }

  /** Of several processes one publishes what changes in all of them. */
  #publishChanges(session: Session, members: Members, over: OverNodes): () => void {
    const { others } = this.#host
    const { changed } = session.use(adminApi).view
    let watch = others === undefined ? new ChangeWatch(this.#host, members) : undefined
    const look = async (): Promise<void> => {
      if (others?.leads() === false) return
      if (watch === undefined) {
        watch = new ChangeWatch(this.#host, members, over.node)
        watch.reportAll()
      }
      const { parts } = await over.gather('changes', {}, 'router')
      const change = watch.look(parts)
      // Without acknowledgement it waits for nothing.
      if (change !== undefined && session.isOpen) void changed.publish({ router: over.router, ...change })
    }
    let isLooking = false
    const timer = setInterval(() => {
      if (isLooking) return
      isLooking = true
      void look().finally(() => {
        isLooking = false
      })
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

// `trunkline.admin.reload`: a session of the router itself registers it for callers with the right to reload.

import type { Registration, Session } from '@trunkline/client'
import { ApplicationError, UsageError } from '@trunkline/client'
import { openSession } from '@trunkline/client/session'
import { RELOAD, RELOAD_FAILED } from '@trunkline/protocol'
import type { Router } from '@trunkline/router'
import type { LiveConfiguration } from './live-configuration.ts'

const IDENTITY = { authid: 'trunkline', authrole: 'trunkline', isInternal: true } as const

/** Keeps the procedure in the realm that the configuration names. */
export class ReloadProcedure {
  readonly #router: Router
  readonly #live: LiveConfiguration
  #offer: { readonly session: Session; readonly registration: Registration } | undefined
  #realm: string | undefined

  constructor(router: Router, live: LiveConfiguration) {
    this.#router = router
    this.#live = live
  }

  /** Registers the procedure in the realm of the current configuration, and nowhere else. */
  async settle(): Promise<void> {
    const realm = this.#live.config.document.admin?.realm
    if (realm === this.#realm && (realm === undefined || this.#offer?.session.isOpen === true)) return
    await this.#withdraw()
    this.#realm = realm
    if (realm === undefined) return
    const transport = this.#router.openLocal(IDENTITY)
    const session = await openSession({ transport, realm, agent: 'trunkline admin' })
    this.#offer = { session, registration: await session.register(RELOAD, () => this.#reload()) }
  }

  async #withdraw(): Promise<void> {
    const { session, registration } = this.#offer ?? {}
    this.#offer = undefined
    if (session?.isOpen !== true) return
    await registration?.unregister()
    // In a later turn, since the caller of this reload still waits for its answer.
    setImmediate(() => void session.leave())
  }

  async #reload(): Promise<unknown> {
    try {
      const { changes, needRestart, sessionsEnded, revoked } = await this.#live.reload('procedure')
      return { changes, need_restart: needRestart, sessions_ended: sessionsEnded, revoked }
    } catch (error) {
      if (error instanceof UsageError) throw new ApplicationError(RELOAD_FAILED, error.message.split('\n'))
      throw error
    }
  }
}

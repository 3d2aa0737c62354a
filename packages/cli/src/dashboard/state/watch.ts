// What the page always knows of the router while it is connected: its status each second as samples, its realms and limits, and
// the changes that it publishes. Reads nothing while the page is hidden.

import type { Session } from '@trunkline/client'
import { DisconnectedError } from '@trunkline/client'
import { batch, computed, signal } from '@preact/signals'
import type { AdminCalls, LimitRow, RealmRow, Status } from './admin.ts'
import { adminCalls } from './admin.ts'
import type { Coming, Member } from './changes.ts'
import { changedRealms, newestComings } from './changes.ts'
import { Samples } from './samples.ts'
import { wordsFor } from './words.ts'

const PERIOD_MS = 1_000
const MOST_REALMS = 200

/** What it takes of the events of the API. */
interface Change {
  readonly realms: readonly RealmRow[]
  readonly router: string
  readonly removed_realms: readonly string[]
  readonly limits: readonly unknown[]
  readonly joined: readonly Member[]
  readonly left: readonly Member[]
}

export class Watch {
  readonly samples = new Samples()
  readonly status = signal<Status | undefined>(undefined)
  /** Whether there are other nodes. */
  readonly hasNodes = computed(() => (this.status.value?.nodes.length ?? 0) + (this.status.value?.missing.length ?? 0) > 0)
  readonly realms = signal<readonly RealmRow[]>([])
  readonly limits = signal<readonly LimitRow[]>([])
  /** The last sessions that came or went, since the page was opened. */
  readonly comings = signal<readonly Coming[]>([])
  /** Grows with each sample. */
  readonly beat = signal(0)
  /** Grows with each change of sessions, procedures or topics. */
  readonly changes = signal(0)
  /** Why the status cannot be read. */
  readonly fault = signal<string | undefined>(undefined)
  #isLooking = false
  #stop = (): void => {}

  /** Watches through a session until it ends, or another takes its place. */
  start(session: Session): void {
    this.#stop()
    const api = adminCalls(session)
    const timer = setInterval(() => void this.#look(api), PERIOD_MS)
    this.#stop = () => clearInterval(timer)
    void session.closed.then(() => clearInterval(timer))
    void this.#guarded(async () => {
      await api.view.changed.subscribe(({ value }) => this.#change(value, api))
      await this.#readLists(api)
    })
    void this.#look(api)
  }

  async #look(api: AdminCalls): Promise<void> {
    // A router that is slow to answer is not asked again meanwhile.
    if (document.hidden || this.#isLooking) return
    this.#isLooking = true
    await this.#guarded(async () => {
      const status = await api.view.status()
      this.samples.add(status, Date.now())
      batch(() => {
        this.status.value = status
        this.fault.value = undefined
        this.beat.value += 1
      })
    })
    this.#isLooking = false
  }

  /** Each router of a cluster reports what it has noticed. */
  #change({ router, realms, removed_realms: removed, limits, ...members }: Change, api: AdminCalls): void {
    const isOwn = router === (this.status.value?.router ?? router)
    // An event has the hits of one router, the page those of all.
    if (limits.length > 0) void this.#guarded(() => this.#readLimits(api))
    batch(() => {
      this.comings.value = newestComings(this.comings.value, members, Date.now())
      this.realms.value = changedRealms(this.realms.value, realms, isOwn ? removed : []).slice(0, MOST_REALMS)
      this.changes.value += 1
    })
  }

  async #readLists(api: AdminCalls): Promise<void> {
    const [{ realms }, { limits }] = await Promise.all([api.view.realms({ limit: MOST_REALMS }), api.view.limits()])
    batch(() => {
      this.realms.value = realms
      this.limits.value = limits
      this.changes.value += 1
    })
  }

  async #readLimits(api: AdminCalls): Promise<void> {
    const { limits } = await api.view.limits()
    this.limits.value = limits
  }

  async #guarded(task: () => Promise<void>): Promise<void> {
    try {
      await task()
    } catch (error) {
      // The page shows the end of the session elsewhere.
      if (!(error instanceof DisconnectedError)) this.fault.value = wordsFor(error)
    }
  }
}

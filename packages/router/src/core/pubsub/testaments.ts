// Messages that sessions want published when they end (specification: "Session Testament"): kept by session and scope, bounded.
// Publishes nothing itself.

import type { PublishMessage } from '@trunkline/protocol'
import type { SharedPublication } from '../state/realm-cluster.ts'
import type { RealmContext } from '../state/realm-context.ts'
import { ownerOf } from '../state/owner.ts'
import { KEPT_PART } from '../state/owner-total.ts'
import type { Session } from '../state/session.ts'

/** When a testament is published. The router does not resume sessions, so both scopes end together, `detached` first. */
export type TestamentScope = 'detached' | 'destroyed'

/** A testament as other nodes keep it. */
export interface SharedTestament {
  readonly session: Session
  readonly scope: TestamentScope
  readonly publication: SharedPublication
}

export const TESTAMENT_SCOPES: readonly TestamentScope[] = ['detached', 'destroyed']

export interface Testament {
  readonly scope: TestamentScope
  readonly message: PublishMessage
  readonly bytes: number
  /** In a cluster: as other nodes keep it, and publish it if this one is lost. */
  readonly shared: SharedPublication | undefined
}

export class Testaments {
  readonly #context: Pick<RealmContext, 'settings' | 'keptTotal'>
  readonly #bySession = new Map<Session, readonly Testament[]>()

  constructor(context: Pick<RealmContext, 'settings' | 'keptTotal'>) {
    this.#context = context
  }

  /** How many sessions have testaments. */
  get size(): number {
    return this.#bySession.size
  }

  /** Keeps a testament; or returns the limit that it would exceed: `total` is that of all sessions, or of those of its owner. */
  add(session: Session, testament: Testament): 'testaments' | 'testamentBytes' | 'total' | undefined {
    const { bytes } = testament
    const kept = this.#bySession.get(session) ?? []
    const { settings, keptTotal } = this.#context
    const { limits } = settings
    if (kept.length >= limits.testaments) return 'testaments'
    if (kept.reduce((sum, each) => sum + each.bytes, bytes) > limits.testamentBytes) return 'testamentBytes'
    if (!keptTotal.fits(ownerOf(session), bytes + BESIDES, KEPT_PART)) return 'total'
    this.#keep(session, [...kept, testament])
    return undefined
  }

  /** All testaments as other nodes keep them, session by session. */
  *shared(): Iterable<readonly SharedTestament[]> {
    for (const [session, kept] of this.#bySession)
      yield kept.flatMap(({ scope, shared }) => (shared === undefined ? [] : [{ session, scope, publication: shared }]))
  }

  /** Drops the testaments of one scope. */
  flush(session: Session, scope: TestamentScope): void {
    const rest = (this.#bySession.get(session) ?? []).filter((each) => each.scope !== scope)
    this.#keep(session, rest)
  }

  /** Removes and returns all testaments of a session that ended, in the order of publication. */
  take(session: Session): PublishMessage[] {
    const kept = this.#bySession.get(session)
    if (kept === undefined) return []
    this.#keep(session, [])
    return TESTAMENT_SCOPES.flatMap((scope) => kept.filter((each) => each.scope === scope).map(({ message }) => message))
  }

  #keep(session: Session, testaments: readonly Testament[]): void {
    const octets = octetsOf(testaments) - octetsOf(this.#bySession.get(session) ?? [])
    if (octets !== 0) this.#context.keptTotal.add(ownerOf(session), octets)
    session.testaments = testaments.length
    if (testaments.length === 0) this.#bySession.delete(session)
    else this.#bySession.set(session, testaments)
  }
}

/** About what a testament takes in memory besides its octets. */
const BESIDES = 512

function octetsOf(testaments: readonly Testament[]): number {
  return testaments.reduce((sum, { bytes }) => sum + bytes + BESIDES, 0)
}

// What the meta procedures need from their realm. Types only.

import type { Broker } from '../pubsub/broker.ts'
import type { Dealer } from '../calls/dealer.ts'
import type { Judge } from '../rights/judge.ts'
import type { RealmCluster } from '../state/realm-cluster.ts'
import type { Session } from '../state/session.ts'
import type { KeptLists } from './kept-lists.ts'
import type { ListTurns } from './list-turns.ts'

/** What the meta API needs from its realm. */
export interface MetaApiRealm {
  readonly broker: Broker
  readonly dealer: Dealer
  /** The other nodes; undefined where this router stands alone. */
  readonly cluster: RealmCluster | undefined
  readonly sessions: ReadonlyMap<number, Session>
  /** Of all nodes. */
  readonly sessionCount: number
  /** Changes whenever a session has joined or left. */
  readonly membersVersion: number
  readonly judge: Judge
  readonly lists: KeptLists
  readonly listTurns: ListTurns
  killAll(sessions: readonly Session[], reason: string, message: string | undefined, isQuiet: boolean): void
}

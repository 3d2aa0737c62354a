// What a realm tells the other nodes that serve it, and what it asks of them. Types only. A router that stands alone has none.

import type { Dict, Identity, MatchPolicy, Payload } from '@trunkline/protocol'
import type { TransportInfo } from '../ports/transport.ts'
import type { Callee, Registration } from './registration.ts'
import type { Session } from './session.ts'
import type { Subscription } from './subscription.ts'

/** The other nodes of one realm. All methods return at once. */
export interface RealmCluster {
  /** The name of this node. */
  readonly node: string
  /** The sessions of other nodes, by id. */
  readonly sessions: ReadonlyMap<number, RemoteSession>
  /** Where a policy leaves the choice, calls go to callees of this node first. */
  readonly prefersOwn: boolean
  /** The turn with which round robin begins here, an integer from 0; another on each node. */
  readonly firstTurn: number
  /**
   * A publication was delivered here. Its payload holds during the call only.
   * @param publisher absent where the router itself publishes
   * @param cause the owner whose doing the router itself publishes
   */
  published(publication: SharedPublication, publisher: Session | undefined, cause?: string): void
  /** A number that grows with the clock and is above all that were given or {@link sawStamp seen} before: max(last + 1, ms * 1024). */
  stamp(): number
  /** A stamp of another node has come. */
  sawStamp(stamp: number): void
  /**
   * The first subscriber of a subscription is here. A subscription that keeps history counts as one with subscribers.
   * @param subscriber absent where there is history only
   */
  interested(subscription: Subscription, subscriber?: Session): void
  /**
   * A subscriber shares events with a key from now on, or does no longer.
   * @param node the hash of its `nkey`; undefined: no longer
   */
  shares(subscription: Subscription, subscriber: Session, node: number | undefined): void
  /**
   * The last subscriber of a subscription has gone here.
   * @param tell called on one node of all that had it, once none has it any more: in this or a later turn
   * @param subscriber the last one; absent where there was history only
   */
  ended(subscription: Subscription, tell: () => void, subscriber?: Session): void
  /**
   * A callee of this node claims its place, or is going to. It gets no INVOCATION and no REGISTERED before {@link settle} has called back.
   * The other nodes get its `standing` too: now, and when a link comes up.
   */
  registered(registration: Pick<Registration, 'id' | 'uri' | 'match' | 'invoke'>, callee: Callee): void
  /**
   * A callee of this node has left its place, or its claim was withdrawn.
   */
  unregistered(registration: Pick<Registration, 'id'>, session: Session, end: PlaceEnd): void
  /**
   * A callee of another node has lost its place by what this node saw: its node is to take it back.
   * @param before the better claim was made by force, with this stamp
   */
  refused(callee: Callee, registration: Pick<Registration, 'id' | 'match' | 'uri'>, before?: number): void
  /** A session of a client has joined, or left. Before it leaves, its callees and subscriptions were withdrawn and its testaments published. */
  joined(session: Session): void
  left(session: Session): void
  /**
   * Calls back once every linked node has taken in all that was sent to it before, or its link is down; in the same turn where there is
   * none, or nothing is under way.
   * @param done its argument: whether that is so, or `mostMs` passed first
   * @param mostMs calls back after this time all the same, and counts that (`clusterSettleLate`); absent: waits as long as it takes
   */
  settle(done: (isInTime: boolean) => void, mostMs?: number): void
  /** Whether another node has exactly this subscription, with subscribers or history. */
  isElsewhere(match: MatchPolicy, uri: string): boolean
  /** When another node has created exactly this subscription, in milliseconds since 1970: the first of them; undefined where none has. */
  createdElsewhere(match: MatchPolicy, uri: string): number | undefined
  /** Whether a node whose name is less than this one's has exactly this subscription: of two that begin at once, that node tells of it. */
  isBefore(match: MatchPolicy, uri: string): boolean
  /** The subscribers of exactly this subscription that share events with a key on other nodes, with the hashes of their `nkey`s. */
  sharersElsewhere(match: MatchPolicy, uri: string): Iterable<readonly [Pick<RemoteSession, 'id' | 'identity'>, number]>
  /** The subscriptions that other nodes have, each once; some may be here as well. */
  subscriptions(): Iterable<SharedSubscription>
  /** The one with this id. */
  subscription(id: number): SharedSubscription | undefined
  /** The subscriptions of other nodes that get a publication to a topic, each once; patterns as the broker matches them. */
  matching(topic: string): Iterable<SharedSubscription>
  /** How many subscriptions other nodes have. */
  readonly subscriptionCount: number
  /** Changes whenever a subscription of another node is added or removed; only grows. */
  readonly subscriptionsVersion: number
  /** Changes whenever a session of another node is added or removed; only grows. */
  readonly sessionsVersion: number
  /** The id that every node gives to a subscription or registration. */
  idOf(kind: 'subscription' | 'registration', match: MatchPolicy, uri: string): number
  /** A session has added a testament, which other nodes publish if this one is lost. Its payload may be kept. */
  testament(session: Session, scope: 'detached' | 'destroyed', publication: SharedPublication): void
  forgotTestaments(session: Session, scope: 'detached' | 'destroyed'): void
  /** A session has described a procedure, topic or error; undefined payload: what it described is described no longer. */
  defined(session: Session, description: SharedDescription): void
  /** Retained events were cleared; those of a smaller or equal stamp only. */
  cleared(match: MatchPolicy, uri: string, stamp: number): void
  /** Ends a session of another node. */
  kill(session: RemoteSession, reason: string, message: string | undefined, isQuiet: boolean): void
  /** Takes a session of another node out of a registration or subscription. */
  revoke(kind: 'registration' | 'subscription', id: number, session: number, reason: string | undefined): void
  /**
   * Asks other nodes ({@link Realm.others}`.answer` there).
   * @param node only this one; absent: all that are linked
   * @param done called once, in this or a later turn, with the answers that came within two seconds; within one to `replace`
   */
  ask(question: NodeQuestion, args: Dict, done: (answers: readonly Dict[]) => void, node?: string): void
}

/** How a callee lost its place. */
export interface PlaceEnd {
  /** As far as its node knows, the registration has ended with it, and that node has published `on_delete`. */
  readonly isEnd: boolean
  /** Where a claim made by force took it: the stamp of that. It takes the places of all callees before it. */
  readonly before: number | undefined
}

/** A session of another node. */
export interface RemoteSession {
  readonly id: number
  readonly identity: Identity
  readonly transport: TransportInfo['kind']
  /** The name of its node. */
  readonly node: string
}

/** What nodes ask each other: for the meta API, and to end a session that another replaces. */
export type NodeQuestion = 'subscription' | 'slowest_sessions' | 'replace'

/** What a session describes, or describes no longer: then without payload. */
export interface SharedDescription {
  readonly kind: 'procedure' | 'topic' | 'error'
  readonly uri: string
  readonly payload: Payload | undefined
  /** Of two of one URI, the one with the larger stays on every node. */
  readonly stamp: number
}

/** A subscription that another node has. */
export interface SharedSubscription {
  readonly id: number
  readonly match: MatchPolicy
  readonly uri: string
}

/** By subscription the hash of the `nkey` that gets an event with a key. Where one is missing, no subscriber with an `nkey` gets it. */
export type Winners = ReadonlyMap<number, number>

/** A publication as nodes tell it to one another. */
export interface SharedPublication {
  readonly id: number
  readonly topic: string
  /** Of an event with a key: who of those that share events gets it. */
  readonly winners: Winners | undefined
  readonly payload: Payload | undefined
  /** The details that every EVENT of it carries. */
  readonly details: Dict
  /** The options that restrict its receivers, as the publisher gave them; undefined where there are none. */
  readonly audience: Dict | undefined
  /** Only of an event that is retained. */
  readonly retained: RetainedStamp | undefined
  /** It is only kept as retained, and delivered to no subscriber: it was published before the node knew of the other. */
  readonly isPast: boolean
  /** The router's own: patterns get it only where they begin with the literal first component. */
  readonly isOwn: boolean
}

/** Which of two retained events of a topic is the newer: the larger stamp, then the larger publication id. */
export interface RetainedStamp {
  readonly stamp: number
  /** The publisher that is not to receive it; 0 where none is excluded. */
  readonly excluded: number
  /** To whose share it counts on every node; undefined where to none. */
  readonly owner: string | undefined
}

// What the embedding program may see of a realm: current numbers and names. Changes nothing, and exposes no table.

import type { MatchPolicy } from '@trunkline/protocol'
import type { ContractViolations } from './ports/contracts.ts'
import type { StoreSize } from './ports/event-store.ts'
import type { Action } from './ports/rights.ts'
import type { RealmSettings } from './ports/settings.ts'
import type { Actor } from './ports/witness.ts'
import type { Page, PageRequest, ProcedureRow, SessionFilter, SessionRow, Table, TopicRow, UriFilter } from './realm-pages.ts'
import { procedurePage, sessionPage, sessionRow, topicPage } from './realm-pages.ts'
import type { Realm } from './realm.ts'
import type { Registration } from './state/registration.ts'
import type { Session } from './state/session.ts'
import type { Subscription } from './state/subscription.ts'

/** A session, with the sizes of its tables. */
export interface SessionView {
  readonly id: number
  readonly authid: string
  readonly authrole: string
  /** A session of the router itself. */
  readonly isInternal: boolean
  readonly subscriptions: number
  readonly registrations: number
  /** Its open calls as a caller. */
  readonly calls: number
  /** Its open invocations as a callee. */
  readonly invocations: number
  /** The id of the last INVOCATION sent to it. */
  readonly lastInvocation: number
}

/** A subscription, with the number of its subscribers. */
export interface SubscriptionView {
  readonly id: number
  readonly uri: string
  readonly match: MatchPolicy
  readonly subscribers: number
  /** Whether it keeps events, and therefore stays without subscribers. */
  readonly hasHistory: boolean
  /** How many events it keeps; some may be too old by now. */
  readonly pastEvents: number
}

/** The durable subscriptions of a realm together. */
export interface DurableFigures {
  readonly subscriptions: number
  /** Events that were not sent yet, or are to be sent again. */
  readonly waiting: number
  /** Events that were sent and are not acknowledged. */
  readonly inFlight: number
}

/** A registration, with the number of its callees. */
export interface RegistrationView {
  readonly id: number
  readonly uri: string
  readonly match: MatchPolicy
  readonly callees: number
  /** A procedure of the router itself. */
  readonly isInternal: boolean
}

/** How many there are of what a realm holds. */
export interface RealmExtent {
  readonly sessions: number
  readonly procedures: number
  readonly topics: number
  /** Changes whenever one of them comes or goes. */
  readonly version: number
}

export class RealmView {
  readonly #realm: Realm

  constructor(realm: Realm) {
    this.#realm = realm
  }

  get name(): string {
    return this.#realm.name
  }

  get settings(): RealmSettings {
    return this.#realm.settings
  }

  /** How many sessions are in the realm, without those of the router itself. */
  get memberCount(): number {
    return this.#realm.memberCount
  }

  /** How many subscriptions there are. */
  get subscriptionCount(): number {
    return this.#realm.broker.subscriptions.size
  }

  /** How many calls are open. Counts session by session. */
  get openCallCount(): number {
    let count = 0
    for (const { calls } of this.#realm.sessions.values()) count += calls.size
    return count
  }

  /** How many registrations there are, those of the router itself included. */
  get registrationCount(): number {
    return this.#realm.dealer.registrations.size
  }

  /** All sessions, those of the router itself included. */
  get sessions(): SessionView[] {
    return Array.from(this.#realm.sessions.values(), sessionView)
  }

  get subscriptions(): SubscriptionView[] {
    return Array.from(this.#realm.broker.subscriptions.values(), subscriptionView)
  }

  /** All registrations, those of the router itself included. */
  get registrations(): RegistrationView[] {
    return Array.from(this.#realm.dealer.registrations.values(), registrationView)
  }

  /** What the store keeps of the realm; undefined where no topic is durable. */
  get stored(): StoreSize | undefined {
    return this.#realm.broker.durable.store?.size
  }

  /** The durable subscriptions together. */
  get durable(): DurableFigures {
    const { all, inFlight } = this.#realm.broker.named
    let waiting = 0
    for (const durable of all.values()) waiting += durable.waiting
    return { subscriptions: all.size, waiting, inFlight }
  }

  /** How many subscriptions get events from the store at the moment. */
  get catchUps(): number {
    return this.#realm.broker.catchingUp.size
  }

  /** How many payloads were not as a contract declares, since the realm was created. */
  get contractViolations(): ContractViolations[] {
    return this.#realm.contracts.violations
  }

  /** How many sessions have testaments. */
  get testaments(): number {
    return this.#realm.testaments.size
  }

  /** How many sessions have definitions for reflection. */
  get definitions(): number {
    return this.#realm.definitions.size
  }

  /** Numbers of the moment; the router's own sessions and procedures count for none, but for `version`. */
  get extent(): RealmExtent {
    const { memberCount, membersVersion, broker, dealer } = this.#realm
    return {
      sessions: memberCount,
      procedures: dealer.registrations.size - dealer.ownRegistrations,
      topics: broker.subscriptions.size,
      version: membersVersion + dealer.version + broker.version,
    }
  }

  /** The same of all nodes that serve the realm, as far as this one knows. */
  get wholeExtent(): RealmExtent {
    const { cluster, broker } = this.#realm
    const { extent } = this
    if (cluster === undefined) return extent
    const { sessions, procedures, topics, version } = extent
    const { sessionsVersion, subscriptionsVersion } = cluster
    return {
      sessions: sessions + cluster.sessions.size,
      procedures, // Those of other nodes are in the table.
      topics: topics + this.#realm.topicsElsewhere.count(broker, cluster),
      version: version + sessionsVersion + subscriptionsVersion,
    }
  }

  /** The sessions in the order in which they joined, without those of the router itself. */
  sessionPage(filter: SessionFilter, request: PageRequest): Page<SessionRow> {
    return sessionPage(this.#realm.sessions, filter, request, this.#realm.now)
  }

  /** The procedures and patterns in the order in which they were first registered, in a cluster by id; without those of the router itself. */
  procedurePage(filter: UriFilter, request: PageRequest): Page<ProcedureRow> {
    return procedurePage(this.#table(this.#realm.dealer.registrations), filter, request, this.#realm.now)
  }

  /** The topics and patterns in the order in which they were first subscribed to, in a cluster by id; only those of this node. */
  topicPage(filter: UriFilter, request: PageRequest): Page<TopicRow> {
    return topicPage(this.#table(this.#realm.broker.subscriptions), filter, request)
  }

  #table<Entry>(entries: ReadonlyMap<number, Entry>): Table<Entry> {
    return { entries, isInOrder: this.#realm.cluster === undefined }
  }

  /** The sessions to which publications to a topic go, if nothing excludes them: how many, and some of them. */
  subscribersOf(topic: string, most: number): { readonly sessions: readonly Actor[]; readonly total: number } {
    const sessions = new Set<Session>()
    let total = 0
    for (const { subscribers } of this.#realm.broker.matching(topic)) {
      total += subscribers.size
      for (const subscriber of subscribers)
        if (sessions.size < most) sessions.add(subscriber)
        else break
    }
    return { sessions: Array.from(sessions, actorOf), total }
  }

  /** A session as a row of {@link sessionPage}; undefined where there is none, or for one of the router itself. */
  sessionRow(id: number): SessionRow | undefined {
    const session = this.#realm.sessions.get(id)
    return session === undefined || session.isInternal ? undefined : sessionRow(session, this.#realm.now)
  }

  /** A session that is in the realm. */
  session(id: number): SessionView | undefined {
    const session = this.#realm.sessions.get(id)
    return session && sessionView(session)
  }

  /** Whether a session may do something; undefined where that is not known without asking, or the realm has no such session. */
  may(session: number, action: Action, uri: string, match: MatchPolicy): boolean | undefined {
    const known = this.#realm.sessions.get(session)
    const verdict = known && this.#realm.judge.known(known, action, uri, match)
    return verdict === undefined ? undefined : verdict !== false
  }
}

function actorOf({ id, identity: { authid, authrole }, isInternal }: Session): Actor {
  return { id, identity: { authid, authrole }, isInternal }
}

function sessionView(session: Session): SessionView {
  const { id, identity, isInternal, lastInvocation, subscriptions, registrations, calls, invocations } = session
  return {
    id,
    authid: identity.authid,
    authrole: identity.authrole,
    isInternal,
    subscriptions: subscriptions.size,
    registrations: registrations.size,
    calls: calls.size,
    invocations: invocations.size,
    lastInvocation,
  }
}

function subscriptionView({ id, uri, match, subscribers, history, isDurable, isNamed }: Subscription): SubscriptionView {
  const hasHistory = history !== undefined || isDurable || isNamed
  return { id, uri, match, subscribers: subscribers.size, hasHistory, pastEvents: history?.size ?? 0 }
}

function registrationView({ id, uri, match, callees }: Registration): RegistrationView {
  return { id, uri, match, callees: callees.length, isInternal: callees.every(({ session }) => session.isInternal) }
}

// What the other nodes of a realm tell of themselves, and what becomes of it when a node is lost. The fabric calls it for frames.

import type { Dict, Identity, MatchPolicy, Payload, PayloadFormat } from '@trunkline/protocol'
import type { Dealer } from './calls/dealer.ts'
import { NodeAnswering } from './meta/node-questions.ts'
import type { Definitions } from './meta/reflection.ts'
import type { Link } from './ports/link.ts'
import type { Broker } from './pubsub/broker.ts'
import type { OwnEvents } from './pubsub/own-events.ts'
import type { TestamentScope } from './pubsub/testaments.ts'
import { TESTAMENT_SCOPES } from './pubsub/testaments.ts'
import type { Judge } from './rights/judge.ts'
import { CallBudget } from './state/call-budget.ts'
import { closedLink } from './state/closed-link.ts'
import type { MetaEvents } from './state/meta-events.ts'
import { ownerElsewhere } from './state/owner.ts'
import { OwnerTotal } from './state/owner-total.ts'
import type { RealmContext } from './state/realm-context.ts'
import type { NodeQuestion, RemoteSession, SharedDescription, SharedPublication, SharedSubscription } from './state/realm-cluster.ts'
import type { Registration } from './state/registration.ts'
import type { Numbering, SessionProfile } from './state/session.ts'
import { Session } from './state/session.ts'
import { TableShare } from './state/table-share.ts'
import { textOctets } from './state/text-octets.ts'

/** What the others know of a node that is lost. */
export interface LostNode {
  readonly sessions: readonly RemoteSession[]
  /** Its callees, with their registrations still. */
  readonly callees: readonly Session[]
  /** Takes the callees out of the realm. */
  readonly leave: () => void
  /** The subscriptions that no other node has any more. */
  readonly subscriptions: readonly SharedSubscription[]
}

/** What a realm lets this class use. */
export interface SharedRealm {
  readonly broker: Broker
  readonly dealer: Dealer
  readonly definitions: Definitions
  readonly judge: Judge
  readonly sessions: ReadonlyMap<number, Session>
  kill(session: Session, reason: string, message: string | undefined, isQuiet: boolean): void
  replace(id: number, successor: Identity, then: () => void): void
}

/** Through what it tells subscribers. */
export interface Telling {
  readonly ownEvents: OwnEvents
  readonly meta: MetaEvents
}

interface Testament {
  readonly scope: TestamentScope
  readonly publication: SharedPublication
  readonly octets: number
}

/** What is kept for a session of another node. */
interface Kept {
  /** Stands for the session: no message reaches it. */
  readonly session: Session
  testaments: readonly Testament[]
}

export class OtherNodes {
  readonly #realm: SharedRealm
  readonly #context: RealmContext
  readonly #format: PayloadFormat
  readonly #telling: Telling
  /** By session id. */
  readonly #kept = new Map<number, Kept>()
  /** What the sessions of other nodes hold: bounded there. */
  readonly #held = new OwnerTotal(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
  /** Octets of testaments, by node. */
  readonly #octets = new Map<string, number>()
  readonly #answering: NodeAnswering

  constructor(realm: SharedRealm, context: RealmContext, format: PayloadFormat, telling: Telling) {
    this.#realm = realm
    this.#context = context
    this.#format = format
    this.#telling = telling
    this.#answering = new NodeAnswering(realm, context)
  }

  /**
   * Opens a session of another node: a callee there, or the node itself as a caller (id -1). It is in the realm for broker and dealer
   * only: it is never listed or killed, no meta event names it, and no owner's limit holds it. It ends by `dealer.leave` and has no
   * subscriptions. A callee is not internal: its results are held to contracts.
   * @param numbering shared by the callees of a node
   */
  open(link: Link, profile: SessionProfile, id: number, numbering?: Numbering): Session {
    const owner = (): string => ownerElsewhere(profile.identity)
    const [callBudget, tables] = [new CallBudget(owner, this.#held), new TableShare(owner, this.#held)]
    return new Session({ id, realm: this.#context.name, link, callBudget, tables, numbering }, profile)
  }

  /** For how many sessions of other nodes testaments or definitions are kept; for tests. */
  get size(): number {
    return this.#kept.size
  }

  /** Keeps a testament until its session has left or its node is lost; beyond 16 MiB of a node it is dropped and counted. */
  testament(session: RemoteSession, scope: TestamentScope, publication: SharedPublication): void {
    const { payload, topic } = publication
    const octets = BESIDES + textOctets(topic) + (payload?.raw.byteLength ?? 0)
    const taken = this.#octets.get(session.node) ?? 0
    if (taken + octets > MOST_OF_A_NODE) {
      this.#context.counters.clusterTestamentsLost++
      return
    }
    this.#octets.set(session.node, taken + octets)
    const kept = this.#keep(session)
    kept.testaments = [...kept.testaments, { scope, publication, octets }]
  }

  forgetTestaments(session: RemoteSession, scope: TestamentScope): void {
    const kept = this.#kept.get(session.id)
    if (kept !== undefined) this.#take(session.node, kept, scope)
    this.#dropUnused(session)
  }

  /** A session of another node describes something, or describes it no longer: then without payload. */
  define(session: RemoteSession, { kind, uri, payload, stamp }: SharedDescription): void {
    const { definitions } = this.#realm
    const held = definitions.get(kind, uri)
    if (held !== undefined && (held.stamp > stamp || (held.stamp === stamp && held.owner.id > session.id))) return
    if (payload === undefined) definitions.undefine(kind, uri, true)
    else {
      const reached = definitions.define({ kind, uri, payload, stamp, owner: this.#keep(session).session }, true)
      if (reached !== undefined) this.#context.counters.clusterDefinitionsLost++
    }
    this.#dropUnused(session)
  }

  /** Drops retained events up to a stamp; returns how many topics had any. */
  clear(match: MatchPolicy, uri: string, stamp: number): number {
    return this.#realm.broker.retained.clear(match, uri, stamp)
  }

  /** A session of another node has left; its node has published that. It is in no table of other nodes' sessions any more. */
  left(session: RemoteSession): void {
    const kept = this.#kept.get(session.id)
    if (kept === undefined) return
    for (const scope of TESTAMENT_SCOPES) this.#take(session.node, kept, scope)
    this.#realm.definitions.leave(kept.session, true)
    this.#kept.delete(session.id)
  }

  /** A link to another node has come up, and the session is there: subscribers of this node have not seen it join. */
  returned(session: RemoteSession): void {
    this.#telling.ownEvents.tellHere(() => this.#telling.meta.returned(session))
  }

  /**
   * A node is lost: publishes for the subscribers of this node the meta events that the lost one cannot publish; those of its callees in
   * this turn, those of very many sessions in several turns. The node is in no table of the fabric any more.
   * @param then called at the end
   */
  lost({ sessions, callees, leave, subscriptions }: LostNode, then?: () => void): void {
    const { ownEvents } = this.#telling
    const held = callees.flatMap((session) => Array.from(session.registrations.values(), (registration) => ({ session, registration })))
    leave()
    ownEvents.tellHere(() => this.#tellOfCallees(held))
    this.#tellOfSessions(sessions, 0, () => {
      ownEvents.tellHere(() => this.#tellOfSubscriptions(sessions.at(-1), subscriptions))
      then?.()
    })
  }

  /** Answers a question of another node. */
  answer(question: NodeQuestion, args: Dict, reply: (answer: Dict) => void): void {
    this.#answering.answer({ question, args }, reply)
  }

  /** Takes a session of here out of a registration or subscription, as another node wants it. */
  revoke(kind: 'registration' | 'subscription', id: number, member: number, reason: string | undefined): void {
    const { sessions, broker, dealer } = this.#realm
    const session = sessions.get(member)
    if (session === undefined) return
    const [subscription, registration] = [broker.subscriptions.get(id), dealer.registrations.get(id)]
    if (kind === 'subscription' && subscription !== undefined) broker.revoke(session, subscription, reason)
    if (kind === 'registration' && registration !== undefined) dealer.revoke(session, registration, reason)
  }

  /** Ends a session of here, as another node wants it. */
  kill(id: number, reason: string, message: string | undefined, isQuiet: boolean): void {
    const session = this.#realm.sessions.get(id)
    if (session?.isInternal === false) this.#realm.kill(session, reason, message, isQuiet)
  }

  /** Publishes an event of the router for the subscribers of this node only. */
  tellHere(topic: string, payload: Payload | undefined): void {
    const { ownEvents, meta } = this.#telling
    ownEvents.tellHere(() => meta.tell(topic, payload))
  }

  #tellOfCallees(held: readonly { readonly session: Session; readonly registration: Registration }[]): void {
    const { meta } = this.#telling
    const gone = new Set<Registration>()
    for (const { session, registration } of held) {
      meta.lostCallee(session, registration)
      const isGone = !this.#realm.dealer.registrations.has(registration.id)
      if (isGone && !gone.has(registration)) meta.registrationDeleted(session, registration)
      if (isGone) gone.add(registration)
    }
  }

  #tellOfSessions(sessions: readonly RemoteSession[], first: number, then: () => void): void {
    let left = MOST_AT_ONCE
    for (const [i, session] of sessions.entries()) {
      if (i < first) continue
      left -= OF_A_SESSION + (this.#kept.get(session.id)?.testaments.length ?? 0) * OF_A_TESTAMENT
      if (left < 0 && i > first) return this.#context.scheduler.defer(() => this.#tellOfSessions(sessions, i, then))
      this.#tellOfSession(session)
    }
    then()
  }

  #tellOfSession(session: RemoteSession): void {
    const { ownEvents, meta } = this.#telling
    const kept = this.#kept.get(session.id)
    this.#kept.delete(session.id)
    ownEvents.tellHere(() => {
      if (kept !== undefined) {
        this.#realm.definitions.leave(kept.session)
        for (const scope of TESTAMENT_SCOPES) {
          for (const { publication } of this.#take(session.node, kept, scope)) this.#publish(kept.session, publication)
        }
      }
      meta.lost(session)
    })
  }

  #tellOfSubscriptions(session: RemoteSession | undefined, subscriptions: readonly SharedSubscription[]): void {
    const { broker } = this.#realm
    for (const subscription of subscriptions) {
      if (broker.index.get(subscription.match, subscription.uri) === undefined) this.#telling.meta.lostSubscription(session, subscription)
    }
  }

  /** By the rights that its session would have here. */
  #publish(session: Session, publication: SharedPublication): void {
    const verdict = this.#realm.judge.atOnce(session, { action: 'publish', uri: publication.topic, match: 'exact' }) ?? true
    if (verdict === false) this.#context.counters.testamentsRefused++
    else this.#realm.broker.publishTestament(session, publication)
  }

  /** Removes and returns the testaments of one scope. */
  #take(node: string, kept: Kept, scope: TestamentScope): readonly Testament[] {
    const taken = kept.testaments.filter((each) => each.scope === scope)
    kept.testaments = kept.testaments.filter((each) => each.scope !== scope)
    const octets = taken.reduce((sum, each) => sum - each.octets, this.#octets.get(node) ?? 0)
    if (octets > 0) this.#octets.set(node, octets)
    else this.#octets.delete(node)
    return taken
  }

  #keep({ id, identity, transport: kind }: RemoteSession): Kept {
    const known = this.#kept.get(id)
    if (known !== undefined) return known
    const profile = { identity, roles: [], transport: { kind, peer: 'node', isSecure: true } }
    const kept = { session: this.open(closedLink(this.#format), profile, id), testaments: [] }
    this.#kept.set(id, kept)
    return kept
  }

  #dropUnused({ id }: RemoteSession): void {
    const kept = this.#kept.get(id)
    if (kept?.testaments.length !== 0) return
    for (const _ of this.#realm.definitions.of(kept.session)) return
    this.#kept.delete(id)
  }
}

const MOST_OF_A_NODE = 16 * 1024 * 1024
/** About what a testament takes in memory besides its payload. */
const BESIDES = 512
/** What may be told in one turn: of 256 sessions without testaments. */
const MOST_AT_ONCE = 4_096
const OF_A_SESSION = 16
/** The event of a testament may be for thousands. */
const OF_A_TESTAMENT = 128

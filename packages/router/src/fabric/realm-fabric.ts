// One realm among its nodes: tells the others what happens here. What comes from them is taken in by realm-frames.ts.

import type { Dict, MatchPolicy, PayloadFormat } from '@trunkline/protocol'
import { ON_NODE_BACK, ON_NODE_LOST, Payload } from '@trunkline/protocol'
import type {
  Callee,
  Counters,
  NodeQuestion,
  PlaceEnd,
  Realm,
  RealmCluster,
  Registration,
  RemoteSession,
  Session,
  SharedDescription,
  SharedPublication,
  SharedSubscription,
  Subscription,
} from '../core/index.ts'
import type { Scheduler } from '../core/ports/index.ts'
import type { Frame, InvokeFrame, MissedFrame, PubFrame } from './frames.ts'
import type { DownCause } from './link-ports.ts'
import { mayReturn } from './link-ports.ts'
import { Endings } from './endings.ts'
import { Interest } from './interest.ts'
import { Losses } from './losses.ts'
import { Missed } from './missed.ts'
import type { NodeLink } from './node-links.ts'
import type { OwnerNumbers } from './owner-numbers.ts'
import { RETAINED } from './owner-numbers.ts'
import type { Paced } from './pacing.ts'
import type { PagedLink } from './paged-link.ts'
import { Presence } from './presence.ts'
import type { Questions } from './questions.ts'
import { RealmFrames } from './realm-frames.ts'
import type { RemoteNode } from './remote-node.ts'
import { RemoteSessions } from './remote-sessions.ts'
import type { Stamps } from './stamps.ts'
import { claimOf, interestOf, joinOf, stateOf } from './told.ts'

/** What a realm needs of the fabric around it. */
export interface RealmSurroundings {
  /** The name of this node. */
  readonly node: string
  /** The number by which this node names the realm in its frames. */
  readonly number: number
  readonly prefersOwn: boolean
  readonly firstTurn: number
  /** The serializer of the realm's own sessions. */
  readonly format: PayloadFormat
  readonly scheduler: Scheduler
  readonly stamps: Stamps
  readonly owners: OwnerNumbers
  readonly questions: Questions
  readonly counters: Pick<Counters, 'clusterEventsMissed'>
  /** The clock for durations. */
  now(): number
  /** Milliseconds since 1970. */
  date(): number
  idOf(kind: 'subscription' | 'registration', match: MatchPolicy, uri: string): number
  settle(done: (isInTime: boolean) => void, mostMs: number | undefined): void
}

/** What is known of other nodes, in numbers. */
export interface RealmReach {
  readonly sessions: number
  readonly subscriptions: number
  readonly nodes: readonly { readonly name: string; readonly calls: RemoteSessions['openCalls']; readonly callees: number }[]
}

export class RealmFabric implements RealmCluster {
  readonly name: string
  readonly number: number
  /** Another one whenever a process begins to serve the realm. */
  readonly life: number
  readonly #around: RealmSurroundings
  readonly #realm: Realm
  readonly #nodes = new Map<NodeLink, RemoteNode>()
  readonly #interest = new Interest<RemoteNode>()
  readonly #presence = new Presence()
  readonly #endings: Endings
  readonly #missed: Missed
  /** The nodes for which an event said that they are lost, and none yet that they are back. */
  readonly #lost = new Set<string>()
  readonly #losses: Losses
  readonly #frames: RealmFrames

  constructor(realm: Realm, around: RealmSurroundings) {
    this.#realm = realm
    this.#around = around
    this.name = realm.name
    this.number = around.number
    this.life = around.stamps.next()
    this.#missed = new Missed(around)
    this.#losses = new Losses()
    const settle = (done: () => void): void => around.settle(done, undefined)
    this.#endings = new Endings({ node: around.node, settle, isElsewhere: (match, uri) => this.isElsewhere(match, uri) })
    const { questions, stamps } = around
    this.#frames = new RealmFrames({
      realm,
      number: around.number,
      life: this.life,
      interest: this.#interest,
      endings: this.#endings,
      presence: this.#presence,
      questions,
      stamps,
    })
    realm.cluster = this
  }

  // ---- links

  /** Another node serves the realm: the whole state is sent to it, the sessions first, which all the rest refers to. */
  up(link: PagedLink): void {
    this.#nodes.set(link, this.#open(link))
    this.#missed.returns(link)
    const { broker, sessions } = this.#realm
    broker.unsettle()
    // All at once: events about those that come and go later are sent ahead of what is left.
    for (const session of sessions.values()) if (!session.isInternal) link.send(joinOf(this.number, session))
    link.tell(stateOf(this.#realm, this.number))
  }

  /**
   * The node is lost, or serves the realm no longer: all that came from it is forgotten.
   * @param untaken calls that the node has not taken in, for certain
   */
  down(link: NodeLink, cause: DownCause, untaken: readonly InvokeFrame[] = []): void {
    const node = this.#nodes.get(link)
    if (node === undefined) return
    this.#nodes.delete(link)
    this.#around.questions.forget(link)
    if (mayReturn(cause)) {
      this.#missed.lost(link.node, node.life, this.#interest.of(node))
      this.#losses.note(node)
    } else this.#missed.left(link.node)
    const subscriptions = this.#interest.forget(node)
    for (const { match, uri } of subscriptions) this.#endings.forget(match, uri)
    const sessions = this.#presence.forget(link.node)
    const { callees } = node.sessions
    this.#realm.others.lost({ sessions, callees, subscriptions, leave: () => node.sessions.lose(untaken) }, () => {
      if (mayReturn(cause)) this.#tellOfLoss(link.node)
      this.#compareRetained()
    })
  }

  /** What a node that is lost sent last may have come to some of the others only. */
  #compareRetained(): void {
    this.#tell({ type: 'retained_digest', realm: this.number, digest: this.#realm.broker.retained.digest, isAsking: true })
  }

  /** Another node says which life this is of its realm. */
  announced(link: NodeLink, life: number): void {
    const node = this.#nodes.get(link)
    if (node === undefined) return
    node.life = life
    node.losses = this.#losses.of(node.name, life)
    this.#missed.announced(link, life)
  }

  /** The frame was on its way when the link to a node went down. */
  undelivered(node: string, frame: PubFrame | MissedFrame): void {
    this.#missed.undelivered(node, frame)
  }

  /** Handles what is due. Called about once a second. */
  tick(): void {
    if (!this.#missed.isEmpty) this.#missed.tick()
  }

  /** The node is about to stop. */
  drains(link: NodeLink): void {
    this.#nodes.get(link)?.sessions.drain()
  }

  receive(link: NodeLink, frame: Frame): void {
    const node = this.#nodes.get(link)
    if (node === undefined) return
    if (frame.type === 'synced') this.#synced(node)
    else this.#frames.receive(node, frame)
  }

  /** Sessions, subscriptions and callees of other nodes, and calls to and from each. */
  get extent(): RealmReach {
    const nodes = Array.from(this.#nodes.values(), ({ name, sessions }) => ({
      name,
      calls: sessions.openCalls,
      callees: [...sessions.callees].length,
    }))
    return { sessions: this.#presence.sessions.size, subscriptions: this.#interest.size, nodes }
  }

  // ---- what the realm reads

  get sessions(): ReadonlyMap<number, RemoteSession> {
    return this.#presence.sessions
  }

  get sessionsVersion(): number {
    return this.#presence.version
  }

  get node(): string {
    return this.#around.node
  }

  get prefersOwn(): boolean {
    return this.#around.prefersOwn
  }

  get firstTurn(): number {
    return this.#around.firstTurn
  }

  get subscriptionCount(): number {
    return this.#interest.size
  }

  get subscriptionsVersion(): number {
    return this.#interest.version
  }

  idOf(kind: 'subscription' | 'registration', match: MatchPolicy, uri: string): number {
    return this.#around.idOf(kind, match, uri)
  }

  isElsewhere(match: MatchPolicy, uri: string): boolean {
    return this.#interest.nodesWith(match, uri).length > 0
  }

  createdElsewhere(match: MatchPolicy, uri: string): number | undefined {
    return this.#interest.created(match, uri)
  }

  isBefore(match: MatchPolicy, uri: string): boolean {
    return this.#interest.nodesWith(match, uri).some(({ name }) => name < this.#around.node)
  }

  *sharersElsewhere(match: MatchPolicy, uri: string): Iterable<readonly [RemoteSession, number]> {
    for (const [id, node] of this.#interest.sharers(match, uri)) {
      const session = this.#presence.sessions.get(id)
      if (session !== undefined) yield [session, node]
    }
  }

  subscriptions(): Iterable<SharedSubscription> {
    return this.#interest.all()
  }

  subscription(id: number): SharedSubscription | undefined {
    return this.#interest.byId(id)
  }

  matching(topic: string): Iterable<SharedSubscription> {
    return this.#interest.matching(topic)
  }

  stamp(): number {
    return this.#around.stamps.next()
  }

  sawStamp(stamp: number): void {
    this.#around.stamps.saw(stamp)
  }

  settle(done: (isInTime: boolean) => void, mostMs?: number): void {
    this.#around.settle(done, mostMs)
  }

  // ---- what the realm tells

  published(publication: SharedPublication, publisher: Session | undefined, cause?: string): void {
    if (this.#nodes.size === 0 && this.#missed.isEmpty) return
    const nodes = publication.retained === undefined ? this.#receiversOf(publication) : [...this.#nodes.values()]
    const frame: PubFrame = { type: 'pub', realm: this.number, publication }
    const owner = cause === undefined ? this.#ownerOf(publication, publisher) : this.#around.owners.ofChanges(cause)
    const isBehind = !this.#missed.isEmpty
    for (const { link, life } of nodes) {
      if ((isBehind && !this.#missed.mayGet(link)) || !link.send(frame, true, owner)) this.#missed.full(link, life, publication.topic)
      if (owner !== 0 && publisher !== undefined) link.pace(owner, publisher.link)
    }
    if (!this.#missed.isEmpty) this.#missed.published(frame, new Set(Array.from(nodes, ({ link }) => link)))
  }

  interested(subscription: Subscription, subscriber?: Session): void {
    this.#endings.forget(subscription.match, subscription.uri)
    if (this.#nodes.size > 0) this.#tell(interestOf(this.number, subscription), subscriber)
  }

  shares({ match, uri }: Subscription, subscriber: Session, node: number | undefined): void {
    if (this.#nodes.size > 0) this.#tell({ type: 'shares', realm: this.number, match, uri, session: subscriber.id, node }, subscriber)
  }

  ended(subscription: Subscription, tell: () => void, subscriber?: Session): void {
    const stamp = this.stamp()
    if (this.#nodes.size > 0) this.#tell(interestOf(this.number, subscription, stamp), subscriber)
    this.#endings.ended(subscription.match, subscription.uri, stamp, tell)
  }

  registered(registration: Pick<Registration, 'id' | 'uri' | 'match' | 'invoke'>, callee: Callee): void {
    if (this.#nodes.size > 0) this.#tell(claimOf(this.number, registration, callee), callee.session)
  }

  unregistered({ id }: Pick<Registration, 'id'>, callee: Session, { isEnd, before }: PlaceEnd): void {
    this.#tell({ type: 'unclaim', realm: this.number, registration: id, session: callee.id, isEnd, before }, callee)
  }

  refused({ session, stamp }: Callee, { id }: Pick<Registration, 'id'>, before?: number): void {
    this.#tellNodeOf(session.id, { type: 'lost', realm: this.number, registration: id, session: session.id, stamp, before })
  }

  joined(session: Session): void {
    if (this.#nodes.size > 0) this.#tell(joinOf(this.number, session), session)
  }

  left(session: Session): void {
    this.#tell({ type: 'leave', realm: this.number, session: session.id }, session)
  }

  testament(session: Session, scope: 'detached' | 'destroyed', publication: SharedPublication): void {
    this.#tell({ type: 'testament', realm: this.number, session: session.id, scope, publication }, session)
  }

  forgotTestaments(session: Session, scope: 'detached' | 'destroyed'): void {
    this.#tell({ type: 'forget_testaments', realm: this.number, session: session.id, scope }, session)
  }

  defined(session: Session, { kind, uri, payload, stamp }: SharedDescription): void {
    this.#tell({ type: 'define', realm: this.number, session: session.id, kind, uri, stamp, payload }, session)
  }

  cleared(match: MatchPolicy, uri: string, stamp: number): void {
    this.#tell({ type: 'clear_retained', realm: this.number, match, uri, stamp })
  }

  kill({ id }: RemoteSession, reason: string, message: string | undefined, isQuiet: boolean): void {
    this.#tellNodeOf(id, { type: 'kill', realm: this.number, session: id, isQuiet, reason, message })
  }

  revoke(kind: 'registration' | 'subscription', id: number, session: number, reason: string | undefined): void {
    this.#tellNodeOf(session, { type: 'revoke', realm: this.number, kind, id, session, reason })
  }

  ask(question: NodeQuestion, args: Dict, done: (answers: readonly Dict[]) => void, node?: string): void {
    const links = [...this.#nodes.keys()].filter(({ node: name }) => node === undefined || name === node)
    this.#around.questions.ask({ realm: this.number, question, args }, links, (answers) => done(answers.map(({ answer }) => answer)))
  }

  /** The number under which a publication counts. */
  #ownerOf({ retained }: SharedPublication, publisher: Session | undefined): number {
    const owner = this.#around.owners.of(publisher?.share)
    return owner === 0 || retained === undefined ? owner : RETAINED + owner
  }

  #synced(node: RemoteNode): void {
    node.isKnown = true
    this.#missed.synced(node.link)
    if (this.#lost.delete(node.name)) this.#realm.others.tellHere(ON_NODE_BACK, Payload.fromValues([node.name]))
  }

  #tellOfLoss(node: string): void {
    const [first] = this.#lost
    if (first !== undefined && this.#lost.size >= MOST_LOST) this.#lost.delete(first)
    this.#lost.add(node)
    this.#realm.others.tellHere(ON_NODE_LOST, Payload.fromValues([node, this.#around.date()]))
  }

  #open(link: PagedLink): RemoteNode {
    const { format, scheduler, owners } = this.#around
    const node = { name: link.node, isDraining: false, link, life: undefined, losses: 0, isKnown: false }
    const send = (frame: Frame, isOffer: boolean, owner: number): boolean => link.send(frame, isOffer, owner)
    const pace = (owner: number, session: Paced): void => link.pace(owner, session)
    const numberOf = (owner: string | undefined): number => owners.of(owner)
    const sessions = new RemoteSessions({ node, realm: this.#realm, number: this.number, format, scheduler, send, pace, numberOf })
    return Object.assign(node, { sessions })
  }

  /** @param session whose doing it is: it waits while much that its owner has changed is on its way */
  #tell(frame: Frame, session?: Session): void {
    const owner = this.#around.owners.ofChanges(session?.share)
    for (const link of this.#nodes.keys()) {
      link.send(frame, false, owner)
      if (owner !== 0 && session?.isMember === true) link.pace(owner, session.link)
    }
  }

  #tellNodeOf(session: number, frame: Frame): void {
    const name = this.#presence.sessions.get(session)?.node
    for (const link of this.#nodes.keys()) if (link.node === name) link.send(frame)
  }

  /** The nodes that have a subscriber; where only some sessions may receive, of these only those that have one of them. */
  #receiversOf({ topic, audience }: SharedPublication): readonly RemoteNode[] {
    const nodes = this.#interest.nodesFor(topic)
    const eligible = audience?.['eligible']
    if (nodes.length === 0 || !Array.isArray(eligible)) return nodes
    const names = new Set<string | undefined>(eligible.map((id) => this.#presence.sessions.get(id as number)?.node))
    return nodes.filter(({ name }) => names.has(name))
  }
}

/** More nodes than any cluster has. */
const MOST_LOST = 256

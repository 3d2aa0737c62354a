// One realm: its sessions, and the only way in for their messages: check the rights, then broker or dealer.

import type { Identity, Message, PayloadFormat, PublishMessage } from '@trunkline/protocol'
import {
  CALL,
  CANCEL,
  ERROR,
  EVENT_RECEIVED,
  GOODBYE,
  nameOf,
  ProtocolError,
  PUBLISH,
  REGISTER,
  SUBSCRIBE,
  UNREGISTER,
  UNSUBSCRIBE,
  uris,
  YIELD,
} from '@trunkline/protocol'
import { Gate } from './rights/gate.ts'
import { Broker } from './pubsub/broker.ts'
import { CallBudget } from './state/call-budget.ts'
import { ContractGuard } from './state/contract-guard.ts'
import type { CompiledSettings } from './state/compiled-settings.ts'
import { Dealer } from './calls/dealer.ts'
import type { GrantsReview } from './grants-review.ts'
import { GrantsReviewer } from './grants-review.ts'
import { CALLER_PROFILE, InnerCaller } from './meta/inner-caller.ts'
import { KeptLists } from './meta/kept-lists.ts'
import { ListTurns } from './meta/list-turns.ts'
import { replaceQuestion } from './meta/node-questions.ts'
import { MetaEvents } from './state/meta-events.ts'
import type { OwnProcedure } from './meta/meta-session.ts'
import { META_PROFILE, MetaSession } from './meta/meta-session.ts'
import { ownProcedures } from './meta/own-procedures.ts'
import { Judge } from './rights/judge.ts'
import type { Action, Authorizer } from './ports/rights.ts'
import type { Link } from './ports/link.ts'
import { receivingFormats } from './receiving-formats.ts'
import { ownerOf } from './state/owner.ts'
import type { RealmCluster } from './state/realm-cluster.ts'
import { TableShare } from './state/table-share.ts'
import type { RealmContext } from './state/realm-context.ts'
import { Definitions } from './meta/reflection.ts'
import type { Judged } from './rights/verdicts.ts'
import { asGranted, refusalOf } from './rights/verdicts.ts'
import type { SessionProfile } from './state/session.ts'
import { Session } from './state/session.ts'
import { mayPublish, mayPublishNow } from './may-publish.ts'
import { mayFollow } from './may-follow.ts'
import { endInTurns } from './end-in-turns.ts'
import { Leaving } from './leaving.ts'
import { OtherNodes } from './other-nodes.ts'
import { TopicsElsewhere } from './topics-elsewhere.ts'
import { publishInShare } from './pubsub/many-named.ts'
import { OwnEvents } from './pubsub/own-events.ts'
import { Testaments } from './pubsub/testaments.ts'
import { TestamentTurns } from './pubsub/testament-turns.ts'

export class Realm {
  readonly name: string
  readonly contracts: ContractGuard
  readonly broker: Broker
  readonly dealer: Dealer
  readonly judge: Judge
  readonly testaments: Testaments
  readonly definitions: Definitions
  /** Kept lists for long answers of the realm's own procedures. */
  readonly lists: KeptLists
  readonly listTurns = new ListTurns()
  /** What other nodes tell. */
  readonly others: OtherNodes
  readonly topicsElsewhere = new TopicsElsewhere()
  readonly #context: RealmContext
  readonly #ownEvents: OwnEvents
  readonly #meta: MetaEvents
  readonly #gate: Gate
  readonly #reviewer: GrantsReviewer
  readonly #testamentTurns: TestamentTurns
  readonly #leaving: Leaving
  readonly #format: PayloadFormat
  #caller: InnerCaller | undefined
  #memberCount = 0
  #membersVersion = 0
  readonly #sessions = new Map<number, Session>()

  /** @param format the serializer of the realm's own sessions */
  constructor(context: RealmContext, format: PayloadFormat) {
    this.name = context.name
    this.#context = context
    this.#format = format
    this.#ownEvents = new OwnEvents(context.scheduler, ({ topic, payload, owner }, isForAll) =>
      this.broker.publishOwn(topic, payload, isForAll, owner),
    )
    this.#meta = new MetaEvents(context, (event) => this.#ownEvents.publish(event))
    this.contracts = new ContractGuard(context)
    this.broker = new Broker(context, this.#meta, this.contracts, {
      goOn: (session) => this.#gate.goOn(session),
      mayPublish: (session, topic, then) => mayPublish(this.judge, session, topic, then),
      mayPublishNow: (session, topic) => mayPublishNow(this.judge, session, topic),
    })
    this.dealer = new Dealer(context, this.#meta, this.contracts)
    this.judge = new Judge(context)
    this.testaments = new Testaments(context)
    this.#testamentTurns = new TestamentTurns(context.scheduler)
    this.#leaving = new Leaving(context.scheduler, { dealer: this.dealer, broker: this.broker })
    this.definitions = new Definitions(context, this.#meta)
    this.lists = new KeptLists(format, context)
    this.#gate = new Gate(context, this.judge, {
      route: (session, message) => this.#route(session, message),
      perform: (session, message) => this.#perform(session, message),
      mayFollow: (session, message) => mayFollow(this, session, message),
      leave: (session) => this.leave(session),
    })
    this.others = new OtherNodes(this, context, format, { ownEvents: this.#ownEvents, meta: this.#meta })
    this.#reviewer = new GrantsReviewer(context, this.judge, this.broker, this.dealer)
    this.offer(ownProcedures(this, context, format))
  }

  /** Other nodes serve the realm too. Set before any client joins. */
  set cluster(cluster: RealmCluster | undefined) {
    this.#context.cluster = cluster
    this.broker.followCluster()
  }

  get cluster(): RealmCluster | undefined {
    return this.#context.cluster
  }

  get settings(): RealmContext['settings'] {
    return this.#context.settings
  }

  /** The sessions in the realm by id, those of the router itself included. */
  get sessions(): ReadonlyMap<number, Session> {
    return this.#sessions
  }

  /** The clock for durations. */
  get now(): number {
    return this.#context.clock.monotonic()
  }

  /** How many sessions are in the realm, without those of the router itself. */
  get memberCount(): number {
    return this.#memberCount
  }

  /** How many sessions of clients the realm has on all its nodes. */
  get sessionCount(): number {
    return this.#memberCount + (this.cluster?.sessions.size ?? 0)
  }

  /** Changes whenever a session has joined or left. */
  get membersVersion(): number {
    return this.#membersVersion
  }

  /**
   * Creates a session. `welcome` sends its WELCOME, so that no other message can come before it.
   * @param reserved the id that the login reserved for the session
   */
  join(link: Link, profile: SessionProfile, welcome: (session: Session) => void, reserved?: number): Session {
    let id = reserved ?? this.#context.ids.random()
    while (this.#sessions.has(id) || this.#context.cluster?.sessions.has(id) === true) id = this.#context.ids.random()
    const owner = (): string => ownerOf({ ...profile, realm: this.name })
    const { callTotal, tableTotal } = this.#context
    const [callBudget, tables] = [new CallBudget(owner, callTotal), new TableShare(owner, tableTotal)]
    const session = new Session({ id, realm: this.name, link, callBudget, tables }, profile)
    this.#sessions.set(id, session)
    if (!session.isInternal) {
      this.#memberCount++
      this.#membersVersion++
      session.since = this.#context.clock.now()
      session.place = this.#membersVersion
      this.#context.counters.sessionsOpened++
    }
    welcome(session)
    // Other nodes know the session before they see its `on_join`.
    if (!session.isInternal) this.#context.cluster?.joined(session)
    this.#meta.joined(session)
    return session
  }

  /**
   * Ends a session that its successor replaces, if both have the same principal. Its registrations are then free for the successor.
   * @param id the session that the client names
   * @param then called once that is done: in this turn, in a later one where it had much, or within a second where it was on another node
   */
  replace(id: number, successor: Identity, then: () => void): void {
    const session = this.#sessions.get(id)
    const elsewhere = this.cluster?.sessions.get(id)
    // The other node judges.
    if (elsewhere !== undefined) return this.cluster?.ask('replace', replaceQuestion(id, successor), then, elsewhere.node)
    if (session?.isInternal === false && isSamePrincipal(session.identity, successor)) {
      this.#context.counters.sessionsReplaced++
      this.kill(session, uris.REPLACED, 'a new session of the same client replaces this one')
      return this.#leaving.whenOut(session, then)
    }
    then()
  }

  /** Refuses new calls of clients from now on; open calls continue. Cannot be undone. */
  drain(): void {
    this.dealer.drain()
  }

  /** Removes a session, whatever ended it: one that has much in several turns, after which others are notified that it left. Idempotent. */
  leave(session: Session, isQuiet = false): void {
    if (!session.isMember) return
    session.isMember = false
    session.pending?.drop()
    session.pending = undefined
    session.onVerdict = undefined
    this.#sessions.delete(session.id)
    if (session.isInternal) return this.#leaving.leave(session, () => {})
    this.#memberCount--
    this.#membersVersion++
    this.#context.counters.sessionsClosed++
    const testaments = this.#testamentsOf(session)
    this.#leaving.leave(session, () => {
      this.definitions.leave(session)
      this.#publishTestaments(session, testaments, () => {
        this.#context.cluster?.left(session)
        if (!isQuiet) this.#meta.left(session)
      })
    })
  }

  /** Ends a session from outside, with GOODBYE. */
  kill(session: Session, reason: string, message: string | undefined, isQuiet = false): void {
    const { link } = session
    this.leave(session, isQuiet)
    link.goodbye(reason, message)
  }

  /**
   * Ends sessions, with GOODBYE: of very many, or of those with much to end, most in later turns, in which they can do nothing any more.
   * @returns how many
   */
  killAll(sessions: readonly Session[], reason: string, message: string | undefined, isQuiet = false): number {
    const rest = endInTurns(sessions, this.#context.scheduler, (session) => this.kill(session, reason, message, isQuiet))
    for (const session of rest) this.#gate.suspend(session)
    return sessions.length
  }

  /**
   * Processes one message of a session, in the order of arrival.
   * @throws {ProtocolError} when the session broke the protocol; its owner then ends it
   */
  receive(session: Session, message: Message): void {
    if (message.type === CALL) this.dealer.expect(session, message)
    if (session.pending === undefined) this.#route(session, message)
    else this.#gate.queue(session, session.pending, message)
  }

  /** The serializers of those that a message of a session would go to now. */
  receivingFormats(session: Session, message: Message): Iterable<PayloadFormat> {
    return receivingFormats(this, session, message, this.#context)
  }

  /** Replaces the settings and, if one is given, the authorizer: then all grants are checked again, of very many most in later turns. */
  update(settings: CompiledSettings, authorizer: Authorizer | undefined): GrantsReview {
    this.#context.settings = settings
    this.broker.followSettings()
    this.dealer.followSettings()
    if (authorizer === undefined) return NOTHING_REVOKED
    this.#context.authorizer = authorizer
    return this.#reviewer.review([...this.#sessions.values()].filter(({ isInternal }) => !isInternal))
  }

  /** Checks the grants of a session again, because its role or the rights of its role have changed. */
  judgeAgain(session: Session): GrantsReview {
    return session.isInternal || !session.isMember ? NOTHING_REVOKED : this.#reviewer.review([session])
  }

  /** The session through which the router itself calls procedures here; opened on first use. */
  get caller(): InnerCaller {
    if (this.#caller?.isOpen === true) return this.#caller
    const caller: InnerCaller = new InnerCaller(this.#context.scheduler, this.#format, (message) => this.receive(session, message))
    const session: Session = this.join(caller, CALLER_PROFILE, () => {})
    this.#caller = caller
    return caller
  }

  /** Ends all sessions, with GOODBYE; those of the router itself last. Of very many most end in later turns. */
  close(reason: string, message: string): void {
    const sessions = [...this.#sessions.values()]
    const members = sessions.filter(({ isInternal }) => !isInternal)
    this.killAll(members, reason, message, true)
    const closeOwn = (): void => {
      if (this.#memberCount > 0 || !this.#leaving.isEmpty || !this.#testamentTurns.isEmpty) return this.#context.scheduler.defer(closeOwn)
      for (const session of sessions) if (session.isInternal && session.isMember) this.kill(session, reason, message, true)
      this.broker.retained.end()
      this.broker.durable.close()
      this.lists.clear()
    }
    closeOwn()
  }

  /** Notes events of a session that were dropped from its queue and that no queued event reports. */
  missed(session: Session, subscription: number, events: number): void {
    this.broker.missed(session, subscription, events)
  }

  /** Handles what is due. Called about once a second. */
  tick(): void {
    this.broker.tick()
    this.#context.authorizer.tick?.()
  }

  #route(session: Session, message: Message): void {
    switch (message.type) {
      case CALL:
        if (this.dealer.continue(session, message)) return
        return this.#request(session, message, 'call', message.procedure)
      case YIELD:
        return this.dealer.calls.yield(session, message)
      case PUBLISH:
        return this.#request(session, message, 'publish', message.topic)
      case SUBSCRIBE:
        return this.#request(session, message, 'subscribe', message.topic)
      case REGISTER:
        return this.#request(session, message, 'register', message.procedure)
      case ERROR:
        return this.dealer.calls.error(session, message)
      case CANCEL:
        return this.dealer.calls.cancel(session, message)
      case UNSUBSCRIBE:
        return this.broker.unsubscribe(session, message)
      case UNREGISTER:
        return this.dealer.unregister(session, message)
      case GOODBYE:
        return session.link.answerGoodbye()
      case EVENT_RECEIVED:
        if (this.broker.named.received(session, message)) return
        // Ignored from clients that were not asked for it: it does no harm.
        if (session.acknowledgesEvents) this.#context.counters.eventsAcknowledged++
        return
      default:
        throw new ProtocolError(`${nameOf(message.type)} may not arrive at a router on an open session`)
    }
  }

  /** A request that needs a right. */
  #request(session: Session, message: Judged, action: Action, uri: string): void {
    const granted = this.#gate.admit(session, message, action, uri)
    if (granted !== undefined) this.#perform(session, granted)
  }

  #perform(session: Session, message: Judged): void {
    switch (message.type) {
      case CALL:
        return this.dealer.call(session, message)
      case PUBLISH:
        return publishInShare(this.#context, this.broker, session, message)
      case SUBSCRIBE:
        return this.broker.subscribe(session, message)
      case REGISTER:
        return this.dealer.register(session, message)
    }
  }

  /** The testaments of a session that leaves, as its rights grant them. */
  #testamentsOf(session: Session): readonly PublishMessage[] {
    const { counters } = this.#context
    const granted: PublishMessage[] = []
    for (const message of this.testaments.take(session)) {
      // An authorizer that answers in later turns was asked when the testament was added; its answer would come too late now.
      const verdict = this.judge.atOnce(session, { action: 'publish', uri: message.topic, match: 'exact' }) ?? true
      if (refusalOf(message, verdict) !== undefined) counters.testamentsRefused++
      else granted.push(asGranted(message, verdict))
    }
    return granted
  }

  /**
   * Whatever ended the session (specification: "Session Testament"): in later turns where they bring very many events. Then others are
   * notified that it left.
   */
  #publishTestaments(session: Session, granted: readonly PublishMessage[], then: () => void): void {
    for (const message of granted)
      this.#testamentTurns.run(this.broker.subscribersOf(message.topic), () => this.broker.publish(session, message))
    if (this.#testamentTurns.isEmpty) then()
    else this.#testamentTurns.run(0, then)
  }

  /** Offers procedures of the router itself, by URI, in a session of their own. */
  offer(procedures: ReadonlyMap<string, OwnProcedure>): void {
    const link: MetaSession = new MetaSession(this.#context, this.#format, procedures, {
      receive: (message) => this.receive(session, message),
      mayAnswer: (invocation) => this.dealer.calls.mayAnswer(session, invocation),
      ownerOf: (caller) => ownerOf(this.#sessions.get(caller) ?? session),
    })
    const session: Session = this.join(link, META_PROFILE, () => {})
    link.start()
  }
}

function isSamePrincipal(a: Identity, b: Identity): boolean {
  const isSameName = a.authid === b.authid && a.authrole === b.authrole
  return isSameName && a.authmethod === b.authmethod && a.authprovider === b.authprovider && a.loginRealm === b.loginRealm
}

const NOTHING_REVOKED = { subscriptionsRevoked: 0, registrationsRevoked: 0, stillAsked: 0 }

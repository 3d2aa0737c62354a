// The composition root of the library: realms by name, ports with their adapters, listeners, start and stop.

import type { Dict, Serializer, SerializerName } from '@trunkline/protocol'
import { boundedAccess } from './bounded-access.ts'
import { BoundedLog, SILENT } from './bounded-log.ts'
import { DescriptorWatch } from './descriptor-watch.ts'
import { drainPeers } from './draining.ts'
import { EventLoopWatch } from './event-loop-watch.ts'
import { Faults } from './faults.ts'
import type { NodeAnswers } from './fabric/operator-questions.ts'
import type { UsersOptions } from './authentication/options.ts'
import type { ClusterLoad, RouterLoad } from './metrics/measured-router.ts'
import { Admission } from './peers/admission.ts'
import { LifeDeadlines } from './peers/life-deadlines.ts'
import type { LifeHost } from './peers/life-host.ts'
import { CallDurations, Counters, Deadlines, OutboxTotal, RealmView } from './core/index.ts'
import type { GrantsReview, OutboxLimits } from './core/index.ts'
import type { Clock, IssuedCookie, Log, Place, Scheduler, Transport, TransportInfo, TransportOwner, Witnesses } from './core/ports/index.ts'
import type { HttpOptions } from './listeners/http-server.ts'
import type { FromListener, Listener, ListenTarget } from './listeners/listener.ts'
import { Listening } from './listening.ts'
import { EVENT_LOOP, ReadTurns } from './listeners/read-turns.ts'
import type { RawSocketListenerOptions } from './listeners/rawsocket-listener.ts'
import type { LocalIdentity, LocalTransport } from './peers/local-peer.ts'
import { LocalPeer } from './peers/local-peer.ts'
import type { NetworkPeerOptions } from './peers/network-peer.ts'
import { LongConversions } from './peers/long-conversions.ts'
import { NetworkPeer } from './peers/network-peer.ts'
import { nodeText } from './node-text.ts'
import { OpenPeers } from './peers/open-peers.ts'
import { RandomIds } from './random-ids.ts'
import { Realms } from './realms.ts'
import type { Changeable, Closing, RealmOptions, RealmUpdate, RouterLimits, RouterOptions, SessionSelection } from './router-options.ts'
import { checkSelection, limitsOf } from './router-options.ts'
import { untilKnown } from './joining.ts'
import { lifeHostOf } from './router-host.ts'
import { SessionJournal } from './session-journal.ts'
import { makeSerializers } from './serializers.ts'
import { SlicedScheduler } from './sliced-scheduler.ts'
import { ThrottledPeers } from './throttled.ts'
import { SYSTEM_CLOCK, TimerAlarm } from './timer-alarm.ts'

const SWEEP_MS = 1_000

/**
 * Creates a router. It does nothing until it listens or a local session is opened.
 *
 * @example
 * import { createRouter } from '@trunkline/router'
 *
 * const router = createRouter({
 *   realms: { realm1: { anonymousRole: 'anonymous', roles: { anonymous: [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] }] } } },
 * })
 * const listener = await router.listenHttp({ host: '127.0.0.1', port: 0 })
 * console.log(listener.address)
 * await router.close()
 */
export function createRouter(options: RouterOptions = {}): Router {
  return new Router(options)
}

export class Router {
  readonly counters = new Counters()
  /** How late timers run, while it is started. */
  readonly eventLoop = new EventLoopWatch()
  /** How long calls take; counted from its `start` on. */
  readonly durations = new CallDurations()
  /** Who sees what is routed, and who comes and goes: set one of each, or none. What is watched costs some time. */
  readonly witnesses: Witnesses
  readonly #limits: Changeable<RouterLimits>
  readonly #log: Log
  readonly #faults: Faults
  readonly #descriptors: DescriptorWatch
  readonly #clock: Clock
  readonly #serializers: Readonly<Record<SerializerName, Serializer>>
  /** Not `#`, so that the router's own tests can reach the realms behind the views. */
  private readonly allRealms: Realms
  readonly #peers = new OpenPeers()
  readonly #lives = new LifeDeadlines()
  readonly #outboxes: OutboxTotal
  readonly #admission: Admission
  readonly #throttled = new ThrottledPeers(() => this.#faults.guard(() => this.#throttled.look(this.#clock.monotonic())))
  readonly #outboxLimits: Changeable<OutboxLimits>
  readonly #listening: Listening
  /** Made with the first HTTP listener. */
  #doorFormats: Readonly<Record<SerializerName, Serializer>> | undefined
  readonly #host: LifeHost
  readonly #peerOptions: NetworkPeerOptions
  readonly #scheduler: Scheduler
  readonly #deadlines: Deadlines
  #alarm: TimerAlarm | undefined
  #sweep: NodeJS.Timeout | undefined
  #draining: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(options: RouterOptions) {
    this.#limits = limitsOf(options.limits ?? {})
    this.#outboxLimits = { hard: this.#limits.outboxBytes, soft: this.#limits.outboxSoftBytes }
    this.#clock = options.clock ?? SYSTEM_CLOCK
    this.#log = new BoundedLog(options.log ?? SILENT, this.#clock, this.counters)
    this.#faults = new Faults(this.counters, this.#log)
    this.#descriptors = new DescriptorWatch(this.#log)
    this.#admission = new Admission(this.#limits, this.counters)
    this.#outboxes = new OutboxTotal(this.#limits.outboxTotalBytes)
    const scheduler = options.scheduler ?? new SlicedScheduler(this.#clock)
    this.#scheduler = { defer: (task) => scheduler.defer(() => this.#faults.guard(task)) }
    this.#deadlines = new Deadlines(options.alarm ?? (this.#alarm = new TimerAlarm(this.#clock, () => this.#runDeadlines())))
    this.#serializers = makeSerializers(this.#limits.depth)
    this.allRealms = new Realms({
      clock: this.#clock,
      deadlines: this.#deadlines,
      ids: options.ids ?? new RandomIds(),
      scheduler: this.#scheduler,
      counters: this.counters,
      durations: this.durations,
      witnesses: (this.witnesses = { traffic: undefined, changes: undefined, tracer: options.tracer }),
      log: this.#log,
      format: this.#serializers.cbor,
      serializers: this.#serializers,
      maxDepth: this.#limits.depth,
      options,
      guard: (task) => this.#faults.guard(task),
    })
    this.#host = lifeHostOf({
      agent: options.agent ?? 'Trunkline',
      limits: this.#limits,
      clock: this.#clock,
      counters: this.counters,
      realms: this.allRealms,
      lives: this.#lives,
      admission: this.#admission,
      throttled: this.#throttled,
      journal: new SessionJournal(this.#log, options.access && boundedAccess(options.access, this.#clock, this.counters), this.#clock),
      faults: this.#faults,
    })
    this.#peerOptions = {
      host: this.#host,
      serializers: this.#serializers,
      scheduler: this.#scheduler,
      counters: this.counters,
      log: this.#log,
      outbox: this.#outboxLimits,
      total: this.#outboxes,
      openings: this.#admission.openings,
      conversions: new LongConversions(this.#scheduler, { text: nodeText, maxDepth: this.#limits.depth }),
      onGone: (gone) => this.#peers.remove(gone),
    }
    this.#listening = new Listening({
      accept: (transport, place) => this.accept(transport, place),
      issueCookies: (info) => this.issueCookies(info),
      isDraining: () => this.isDraining,
      turns: new ReadTurns({ ...EVENT_LOOP, now: () => this.#clock.monotonic() }),
      trustedProxies: options.trustedProxies,
      limits: this.#limits,
      admission: this.#admission,
      faults: this.#faults,
      counters: this.counters,
      log: this.#log,
      doorFormats: () => (this.#doorFormats ??= makeSerializers(this.#limits.depth, false)),
      onOpen: () => this.#startSweep(),
    })
    this.allRealms.open(options.realms ?? {})
  }

  /** The log, with lines of at most 1 kB and not too many about one peer, also for code around the router, such as origin checks. */
  get log(): Log {
    return this.#log
  }

  /**
   * Adds a realm.
   * @throws {UsageError} when the name is no valid URI or is taken, the anonymous role does not exist, or a rule is not valid
   */
  addRealm(name: string, options: RealmOptions): RealmView {
    return new RealmView(this.allRealms.add(name, options))
  }

  /** Prepares many users in turns of their own: a realm with this very object is then created quickly. Rejects where `addRealm` throws. */
  prepareUsers(users: UsersOptions): Promise<void> {
    return this.allRealms.prepareUsers(users)
  }

  /**
   * Changes a realm while it is open. Sessions that may stay remain connected; their grants are checked again, and revoked if no
   * longer allowed. Open calls continue. Do not change the options in place.
   * @throws {UsageError} when there is no such realm or the options are not valid; then nothing has changed
   */
  updateRealm(name: string, options: RealmOptions): RealmUpdate {
    return this.allRealms.update(name, options)
  }

  /**
   * Removes a realm: its sessions get GOODBYE `wamp.close.close_realm`.
   * @returns how many sessions ended; undefined when there is no such realm
   */
  removeRealm(name: string): number | undefined {
    return this.allRealms.remove(name)
  }

  /** Checks the grants of a session again, because its authorizer would now decide differently; undefined without such a session. */
  judgeAgain(name: string, session: number): GrantsReview | undefined {
    const realm = this.allRealms.get(name)
    const known = realm?.sessions.get(session)
    return known && realm?.judgeAgain(known)
  }

  /**
   * Ends sessions, with GOODBYE; of very many most in later turns, in which they can do nothing any more.
   * @returns how many there were
   * @throws {UsageError} when the selection names neither session, authid nor authrole, or the reason is no valid URI
   */
  endSessions(selection: SessionSelection, closing: Closing = {}): number {
    checkSelection(selection, closing)
    return this.allRealms.endSessions(selection, closing)
  }

  /** A realm that exists. */
  realm(name: string): RealmView | undefined {
    const realm = this.allRealms.get(name)
    return realm && new RealmView(realm)
  }

  /** The realms that exist. */
  get realms(): readonly RealmView[] {
    return this.allRealms.all.map((realm) => new RealmView(realm))
  }

  /** What is open and queued now. */
  get load(): RouterLoad {
    return {
      connections: this.#peers.all.size,
      connectionsBeforeLogin: this.#admission.beforeLogin,
      queuedBytes: this.#outboxes.bytes,
      queuedSessions: this.#outboxes.backlogged.size,
      isDraining: this.isDraining,
    }
  }

  /** The other nodes that serve its realms; undefined where it stands alone. */
  get cluster(): ClusterLoad | undefined {
    return this.allRealms.fabric?.view
  }

  /**
   * Asks the other nodes of its cluster, of which each answers by its {@link answerNodes}; resolves after two seconds in any case.
   * @param question a dict of what can be sent in a message
   * @param nodes their names; default: all
   */
  askNodes(question: Dict, nodes?: readonly string[]): Promise<NodeAnswers> {
    const { fabric } = this.allRealms
    return new Promise((resolve) =>
      fabric === undefined ? resolve({ answers: [], missing: nodes ?? [] }) : fabric.ask(question, nodes, resolve),
    )
  }

  /** Answers what other nodes ask; an answer that is an error is missing there. */
  answerNodes(answer: (question: Dict) => Dict | Promise<Dict>): void {
    const { fabric } = this.allRealms
    if (fabric === undefined) return
    fabric.answerer = (question, reply) => {
      const answered = Promise.resolve(question).then(answer)
      answered.then(
        (found) => this.#faults.guard(() => reply({ answer: found })),
        (error: Error) => {
          this.#log.debug('a question of another node is not answered', { area: 'cluster', error: error.message })
          this.#faults.guard(() => reply({}))
        },
      )
    }
  }

  /** The open listeners. */
  get listeners(): readonly Listener[] {
    return this.#listening.open.accepting
  }

  /** Stops accepting at one listener; its sessions stay. Resolves when the last of them has ended. Idempotent. */
  closeListener(listener: Listener): Promise<void> {
    return this.#listening.open.close(listener)
  }

  /**
   * Sets the limits; absent ones get their defaults. Time limits apply from the next wait on, limits of queues at once. `depth` and
   * `sessionsPerAddress` do not change, and open listeners keep their `messageBytes`:
   * {@link Listener.change}.
   */
  setLimits(limits: Partial<RouterLimits>): void {
    const { depth, sessionsPerAddress } = this.#limits
    Object.assign(this.#limits, limitsOf(limits), { depth, sessionsPerAddress })
    this.#outboxLimits.hard = this.#limits.outboxBytes
    this.#outboxLimits.soft = this.#limits.outboxSoftBytes
    this.#outboxes.limit = this.#limits.outboxTotalBytes
  }

  /**
   * Opens an HTTP port for WebSockets, health and the routes given.
   * @throws {UsageError} (rejects) when it cannot listen at the port
   */
  listenHttp(options: Omit<HttpOptions, FromListener> & ListenTarget): Promise<Listener> {
    return this.#listening.http(options)
  }

  /**
   * Opens a RawSocket port or Unix socket.
   * @throws {UsageError} (rejects) when it cannot listen there
   */
  listenRawSocket(options: Omit<RawSocketListenerOptions, FromListener>): Promise<Listener> {
    return this.#listening.rawSocket(options)
  }

  /**
   * Opens a connection inside this process, for `connect({ transport })` of the client.
   * @param identity the identity of the session; without it the session logs in like any other
   */
  openLocal(identity?: LocalIdentity): LocalTransport {
    const peer = new LocalPeer(
      {
        host: this.#host,
        cbor: this.#serializers.cbor,
        scheduler: this.#scheduler,
        counters: this.counters,
        mostBytes: this.#limits.outboxBytes,
        onGone: (gone) => this.#peers.remove(gone),
      },
      identity,
    )
    this.#remember(peer)
    return peer.clientSide
  }

  /** The cookies for the HTTP response that opens a connection; pass their values in `info.issuedCookies` of that connection. */
  issueCookies(info: TransportInfo): readonly IssuedCookie[] {
    return this.allRealms.issueCookies(info)
  }

  /** Accepts a connection of a custom listener. @param place that the router's own listeners have for it; without it, it gets one now */
  accept(transport: Transport, place?: Place): TransportOwner {
    const peer = new NetworkPeer(transport, this.#peerOptions, place)
    this.#remember(peer)
    if (this.#draining !== undefined) peer.life.shutDown()
    return peer
  }

  /**
   * Resolves when the router knows the sessions, subscriptions and registrations of the other nodes of its cluster, or after 5 s. A router
   * that listens only then never answers without them. Over NATS it waits for 2 s to hear who is there.
   * @param nodes names of nodes that are known to be there
   * @throws {UsageError} (rejects, `TL_CLUSTER_NAME`) when another process has the name of this node
   */
  async untilJoined(nodes: Iterable<string> = []): Promise<void> {
    const { fabric } = this.allRealms
    if (fabric !== undefined) await untilKnown(fabric, nodes)
  }

  /**
   * Prepares to stop: no new connections, sessions or calls; open calls are still answered, and each session gets GOODBYE as soon as
   * it has no open calls. Resolves when every session has got it or the time is over;
   * {@link close} ends the rest. Idempotent.
   * @param limitMs how long open calls may still take; default `limits.drainMs`
   */
  drain(limitMs: number = this.#limits.drainMs): Promise<void> {
    this.#draining ??= this.#drain(limitMs)
    return this.#draining
  }

  /** Whether the router is about to stop, or has stopped. */
  get isDraining(): boolean {
    return this.#draining !== undefined
  }

  /**
   * Stops: no new connections, GOODBYE to every session, then everything is closed. Resolves when nothing is left open;
   * peers that do not answer are cut off after the time limit for GOODBYE. Idempotent.
   */
  close(): Promise<void> {
    this.#draining ??= Promise.resolve()
    this.#closing ??= this.#shutDown()
    return this.#closing
  }

  /** Handles what took too long. The router's own timer calls it once a second; the alarm calls it when a call's time limit is over. */
  tick(): void {
    const now = this.#clock.monotonic()
    this.#deadlines.run(now)
    this.#lives.look(now, this.#clock.now(), this.#scheduler)
    this.#throttled.look(now)
    this.#outboxes.sweep(now, this.#limits.stallMs)
    this.allRealms.tick(now)
    this.durations.tick()
  }

  #drain(limitMs: number): Promise<void> {
    this.#listening.open.drainAll()
    this.allRealms.drain()
    return drainPeers(this.#peers.all, limitMs, () => this.#closing !== undefined)
  }

  async #shutDown(): Promise<void> {
    // Health requests are answered until the last session has ended.
    this.#listening.open.drainAll()
    // Peers that do not answer have the time for GOODBYE and for the end of their transports.
    await this.#peers.shutDown(this.#limits.goodbyeMs + 3 * SWEEP_MS)
    const listenersClosed = this.#listening.open.closeAll()
    this.#listening.open.destroyAll()
    await listenersClosed
    await this.allRealms.untilOthersKnow()
    this.allRealms.close()
    await this.allRealms.settle()
    clearInterval(this.#sweep)
    this.#alarm?.stop()
  }

  #remember(peer: NetworkPeer | LocalPeer): void {
    this.#peers.add(peer)
    this.#startSweep()
  }

  #startSweep(): void {
    const sweep = (): void => {
      this.tick()
      this.#descriptors.look()
    }
    this.#sweep ??= setInterval(() => this.#faults.guard(sweep), SWEEP_MS).unref()
  }

  #runDeadlines(): void {
    this.#faults.guard(() => this.#deadlines.run(this.#clock.monotonic()))
  }
}

// The composition root of the library: realms by name, ports with their adapters, listeners, start and stop.

import type { Serializer, SerializerName } from '@trunkline/protocol'
import { boundedAccess } from './bounded-access.ts'
import { BoundedLog, SILENT } from './bounded-log.ts'
import { descriptorLimit } from './descriptor-limit.ts'
import { DescriptorWatch } from './descriptor-watch.ts'
import { drainPeers } from './draining.ts'
import { Faults } from './faults.ts'
import type { UsersOptions } from './authentication/options.ts'
import type { RouterLoad } from './metrics/measured-router.ts'
import { Admission } from './peers/admission.ts'
import { LifeDeadlines } from './peers/life-deadlines.ts'
import type { LifeHost } from './peers/life-host.ts'
import { CallDurations, Counters, Deadlines, OutboxTotal, RealmView } from './core/index.ts'
import type { GrantsReview, OutboxLimits } from './core/index.ts'
import type { Clock, IssuedCookie, Log, Place, Scheduler, Transport, TransportInfo, TransportOwner } from './core/ports/index.ts'
import type { HttpOptions } from './listeners/http-server.ts'
import type { FromListener, Listener, ListenerOptions, ListenTarget } from './listeners/listener.ts'
import { OpenListeners } from './listeners/open-listeners.ts'
import { EVENT_LOOP, ReadTurns } from './listeners/read-turns.ts'
import type { RawSocketListenerOptions } from './listeners/rawsocket-listener.ts'
import type { LocalIdentity, LocalTransport } from './peers/local-peer.ts'
import { LocalPeer } from './peers/local-peer.ts'
import type { NetworkPeerOptions } from './peers/network-peer.ts'
import { NetworkPeer } from './peers/network-peer.ts'
import { OpenPeers } from './peers/open-peers.ts'
import { RandomIds } from './random-ids.ts'
import { Realms } from './realms.ts'
import type { Changeable, Closing, RealmOptions, RealmUpdate, RouterLimits, RouterOptions, SessionSelection } from './router-options.ts'
import { checkSelection, limitsOf } from './router-options.ts'
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
  /** How long calls take; counted from its `start` on. */
  readonly durations = new CallDurations()
  readonly #limits: Changeable<RouterLimits>
  readonly #log: Log
  readonly #faults: Faults
  readonly #descriptors: DescriptorWatch
  readonly #clock: Clock
  readonly #trustedProxies: readonly string[] | undefined
  readonly #serializers: Readonly<Record<SerializerName, Serializer>>
  /** Not `#`, so that the router's own tests can reach the realms behind the views. */
  private readonly allRealms: Realms
  readonly #peers = new OpenPeers()
  readonly #lives = new LifeDeadlines()
  readonly #outboxes: OutboxTotal
  readonly #admission: Admission
  readonly #throttled = new ThrottledPeers(() => this.#faults.guard(() => this.#throttled.look(this.#clock.monotonic())))
  readonly #outboxLimits: Changeable<OutboxLimits>
  readonly #listeners = new OpenListeners()
  readonly #host: LifeHost
  readonly #peerOptions: NetworkPeerOptions
  readonly #scheduler: Scheduler
  readonly #turns: ReadTurns
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
    this.#trustedProxies = options.trustedProxies
    this.#admission = new Admission(this.#limits, this.counters)
    this.#outboxes = new OutboxTotal(this.#limits.outboxTotalBytes)
    const scheduler = options.scheduler ?? new SlicedScheduler(this.#clock)
    this.#scheduler = { defer: (task) => scheduler.defer(() => this.#faults.guard(task)) }
    this.#turns = new ReadTurns({ ...EVENT_LOOP, now: () => this.#clock.monotonic() })
    this.#deadlines = new Deadlines(options.alarm ?? (this.#alarm = new TimerAlarm(this.#clock, () => this.#runDeadlines())))
    this.#serializers = makeSerializers(this.#limits.depth)
    this.allRealms = new Realms({
      clock: this.#clock,
      deadlines: this.#deadlines,
      ids: options.ids ?? new RandomIds(),
      scheduler: this.#scheduler,
      counters: this.counters,
      durations: this.durations,
      log: this.#log,
      audit: options.audit,
      format: this.#serializers.cbor,
      onDemand: options.onDemand,
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
      onGone: (gone) => this.#peers.remove(gone),
    }
    for (const [name, realm] of Object.entries(options.realms ?? {})) this.addRealm(name, realm)
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

  /** The open listeners. */
  get listeners(): readonly Listener[] {
    return this.#listeners.accepting
  }

  /**
   * Stops accepting at one listener; its sessions stay. Resolves when the last of them has ended.
   * Idempotent.
   */
  closeListener(listener: Listener): Promise<void> {
    return this.#listeners.close(listener)
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
  async listenHttp(options: Omit<HttpOptions, FromListener> & ListenTarget): Promise<Listener> {
    // Loaded when needed: a router without listeners is smaller, and Node opens fewer files at a time.
    const { createHttpListener } = await import('./listeners/http-server.ts')
    return this.#listen(
      createHttpListener({
        ...this.#forListener(),
        trustedProxies: this.#trustedProxies,
        issueCookies: (info) => this.issueCookies(info),
        health: () => ({ isOk: !this.isDraining }),
        pingIntervalMs: this.#limits.pingMs,
        deadAfterMs: this.#limits.silenceMs,
        ...options,
      }),
    )
  }

  /**
   * Opens a RawSocket port or Unix socket.
   * @throws {UsageError} (rejects) when it cannot listen there
   */
  async listenRawSocket(options: Omit<RawSocketListenerOptions, FromListener>): Promise<Listener> {
    const { createRawSocketListener } = await import('./listeners/rawsocket-listener.ts')
    return this.#listen(createRawSocketListener({ ...this.#forListener(), trustedProxies: this.#trustedProxies, ...options }))
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

  /**
   * Accepts a connection of a custom listener.
   * @param place the place that the router's own listeners have for each connection; without it, the connection gets one now
   */
  accept(transport: Transport, place?: Place): TransportOwner {
    const peer = new NetworkPeer(transport, this.#peerOptions, place)
    this.#remember(peer)
    if (this.#draining !== undefined) peer.life.shutDown()
    return peer
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
    this.#listeners.drainAll()
    for (const realm of this.allRealms.all) realm.drain()
    return drainPeers(this.#peers.all, limitMs, () => this.#closing !== undefined)
  }

  async #shutDown(): Promise<void> {
    // Health requests are answered until the last session has ended.
    this.#listeners.drainAll()
    // Peers that do not answer have the time for GOODBYE and for the end of their transports.
    await this.#peers.shutDown(this.#limits.goodbyeMs + 3 * SWEEP_MS)
    const listenersClosed = this.#listeners.closeAll()
    this.#listeners.destroyAll()
    await listenersClosed
    this.allRealms.close()
    await this.allRealms.settle()
    clearInterval(this.#sweep)
    this.#alarm?.stop()
  }

  async #listen(opening: Promise<Listener>): Promise<Listener> {
    const listener = await opening
    this.#listeners.add(listener)
    this.#startSweep()
    return listener
  }

  #forListener(): Pick<ListenerOptions, FromListener | 'maxMessageBytes'> {
    return {
      accept: (transport, place) => this.accept(transport, place),
      turns: this.#turns,
      ...this.#admission.roomsWithin(descriptorLimit()),
      onError: (error) => this.#faults.note('listener', error),
      onRefused: (refused) => {
        this.counters.noteLimit('connections and HTTP requests')
        this.#log.warn('connection refused', { ...refused })
      },
      maxMessageBytes: this.#limits.messageBytes,
    }
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

// The composition root of the library: realms by name, ports with their adapters, listeners, start and stop.

import { randomFillSync, randomInt } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { AuthenticationNext, AuthenticationStep, JoinRequest, ProtocolError, Serializer, SerializerName } from '@trunkline/protocol'
import {
  createCborSerializer,
  createConverter,
  createJsonSerializer,
  createMsgpackSerializer,
  idFromBits,
  isUri,
  uris,
  UsageError,
} from '@trunkline/protocol'
import { nodeText } from './node-text.ts'
import type { Rule } from './authorization/rules.ts'
import { RoleAuthorizer } from './authorization/roles.ts'
import type { Connection, ConnectionHost, ConnectionLimits } from './peers/connection.ts'
import { Counters } from './core/counters.ts'
import { Deadlines } from './core/deadlines.ts'
import type { OutboxLimits } from './core/outbox.ts'
import { OutboxTotal } from './core/outbox.ts'
import type { Alarm, Authorizer, Clock, Ids, Log, Scheduler, Transport, TransportInfo, TransportOwner } from './core/ports.ts'
import { Realm } from './core/realm.ts'
import type { RealmLimits, RealmSettings } from './core/settings.ts'
import { DEFAULT_REALM_SETTINGS } from './core/settings.ts'
import type { HttpListenerOptions } from './listeners/http-server.ts'
import { createHttpListener } from './listeners/http-server.ts'
import type { Listener, ListenerOptions } from './listeners/listener.ts'
import type { RawSocketListenerOptions } from './listeners/rawsocket.ts'
import { createRawSocketListener } from './listeners/rawsocket.ts'
import type { LocalIdentity, LocalTransport } from './peers/local-peer.ts'
import { LocalPeer } from './peers/local-peer.ts'
import { NetworkPeer } from './peers/network-peer.ts'
import { TimerAlarm } from './timer-alarm.ts'

/** Looks who a client is and says so by `next`, at once or in a later turn. */
export type Authenticate = (request: JoinRequest, info: TransportInfo, next: AuthenticationNext) => void

/** One realm as its owner wants it. */
export interface RealmOptions extends Partial<Omit<RealmSettings, 'limits'>> {
  readonly limits?: Partial<RealmLimits>
  /** The role of clients that do not log in; without it they are refused. */
  readonly anonymousRole?: string
  /** Decides who a client is, in place of `anonymousRole`. */
  readonly authenticate?: Authenticate
  /** What each role may do. */
  readonly roles?: Readonly<Record<string, readonly Rule[]>>
  /** Decides in place of `roles`. */
  readonly authorizer?: Authorizer
}

export interface RouterLimits extends ConnectionLimits {
  /** Octets that may wait for one session. Default 4 MiB. */
  readonly outboxBytes: number
  /** Octets for one session beyond which it is counted and logged as slow. Default half of `outboxBytes`. */
  readonly outboxSoftBytes: number
  /** Octets that may wait for all sessions together. Default 256 MiB. */
  readonly outboxTotalBytes: number
  /** How long a session may take nothing of what waits for it. Default 10 s. */
  readonly stallMs: number
  /** Longest message in octets. Default 4 MiB. */
  readonly messageBytes: number
  /** Deepest nesting of lists and dicts. Default 64. */
  readonly depth: number
}

export interface RouterOptions {
  /** The realms by name. */
  readonly realms?: Readonly<Record<string, RealmOptions>>
  /** Makes a realm of this kind for any name, up to a number. For development. */
  readonly onDemand?: { readonly realm: RealmOptions; readonly most: number }
  readonly limits?: Partial<RouterLimits>
  /** Default: nothing is logged. */
  readonly log?: Log
  /** Default: the system's. */
  readonly clock?: Clock
  /** Default: random ids from the system's generator. */
  readonly ids?: Ids
  /** Runs deferred work in a later turn. Default: microtasks. */
  readonly scheduler?: Scheduler
  /** Wakes the router, by `tick`, when the time of a call is over. Default: a timer. */
  readonly alarm?: Alarm
  /** Named in WELCOME. */
  readonly agent?: string
}

const DEFAULT_LIMITS: RouterLimits = {
  helloMs: 10_000,
  loginMs: 10_000,
  goodbyeMs: 5_000,
  reuseMs: 2_000,
  outboxBytes: 4 * 1024 * 1024,
  outboxSoftBytes: 2 * 1024 * 1024,
  outboxTotalBytes: 256 * 1024 * 1024,
  stallMs: 10_000,
  messageBytes: 4 * 1024 * 1024,
  depth: 64,
}

const SILENT: Log = { warn() {}, info() {} }
const SWEEP_MS = 1_000
const DEFAULT_DRAIN_MS = 10_000
const DRAIN_INTERVAL_MS = 10
const DRAIN_STEP = 200

interface RealmEntry {
  readonly realm: Realm
  readonly anonymousRole: string | undefined
  readonly authenticate: Authenticate | undefined
  /** The roles that exist; undefined where an authorizer knows them. */
  readonly roles: ReadonlySet<string> | undefined
}

type FromListener = 'accept' | 'onError'

/**
 * Makes a router. It does nothing until it listens or a local session is opened.
 *
 * @example
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
  readonly #limits: RouterLimits
  readonly #log: Log
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #agent: string
  readonly #onDemand: RouterOptions['onDemand']
  readonly #serializers: Readonly<Record<SerializerName, Serializer>>
  readonly #realms = new Map<string, RealmEntry>()
  readonly #peers = new Set<NetworkPeer | LocalPeer>()
  readonly #waiting = new Map<Connection, number>()
  readonly #outboxes: OutboxTotal
  readonly #outboxLimits: OutboxLimits
  readonly #listeners: Listener[] = []
  readonly #host: ConnectionHost
  readonly #scheduler: Scheduler
  readonly #deadlines: Deadlines
  #alarm: TimerAlarm | undefined
  #sweep: NodeJS.Timeout | undefined
  #draining: Promise<void> | undefined
  #closing: Promise<void> | undefined
  readonly #closingListeners = new Map<Listener, Promise<void>>()
  #onIdle: (() => void) | undefined

  constructor(options: RouterOptions) {
    const { outboxBytes = DEFAULT_LIMITS.outboxBytes } = options.limits ?? {}
    this.#limits = { ...DEFAULT_LIMITS, outboxSoftBytes: outboxBytes / 2, ...options.limits }
    this.#outboxLimits = { hard: outboxBytes, soft: this.#limits.outboxSoftBytes }
    this.#log = options.log ?? SILENT
    this.#clock = options.clock ?? { now: () => Date.now() }
    this.#ids = options.ids ?? new RandomIds()
    this.#agent = options.agent ?? 'Trunkline'
    this.#onDemand = options.onDemand
    this.#outboxes = new OutboxTotal(this.#limits.outboxTotalBytes)
    const defer = options.scheduler === undefined ? queueMicrotask : options.scheduler.defer.bind(options.scheduler)
    this.#scheduler = { defer: (task) => defer(() => this.#guarded(task)) }
    this.#deadlines = new Deadlines(options.alarm ?? this.#makeAlarm())
    this.#serializers = makeSerializers(this.#limits.depth)
    this.#host = this.#makeHost()
    for (const [name, realm] of Object.entries(options.realms ?? {})) this.addRealm(name, realm)
  }

  /**
   * Adds a realm.
   * @throws {UsageError} when the name is no valid URI or is taken, the anonymous role does not exist, or a rule is not valid
   */
  addRealm(name: string, options: RealmOptions): Realm {
    if (!isUri(name)) throw new UsageError(`'${name}' is not a valid realm name`, 'TL_REALM')
    if (this.#realms.has(name)) throw new UsageError(`realm '${name}' exists already`, 'TL_REALM')
    const { limits, anonymousRole, authenticate, roles, authorizer, ...settings } = options
    if (anonymousRole !== undefined && roles?.[anonymousRole] === undefined && authorizer === undefined) {
      throw new UsageError(`realm '${name}': the anonymous role '${anonymousRole}' is none of its roles`, 'TL_REALM')
    }
    const realm = new Realm(
      {
        name,
        settings: { ...DEFAULT_REALM_SETTINGS, ...settings, limits: { ...DEFAULT_REALM_SETTINGS.limits, ...limits } },
        clock: this.#clock,
        deadlines: this.#deadlines,
        ids: this.#ids,
        scheduler: this.#scheduler,
        authorizer: authorizer ?? new RoleAuthorizer(roles ?? {}),
        counters: this.counters,
        log: this.#log,
      },
      this.#serializers.cbor,
    )
    const known = authorizer === undefined ? new Set(Object.keys(roles ?? {})) : undefined
    this.#realms.set(name, { realm, anonymousRole, authenticate, roles: known })
    return realm
  }

  /** A realm that exists. */
  realm(name: string): Realm | undefined {
    return this.#realms.get(name)?.realm
  }

  /** The realms that exist. */
  get realms(): readonly Realm[] {
    return [...this.#realms.values()].map(({ realm }) => realm)
  }

  /** The open doors. */
  get listeners(): readonly Listener[] {
    return this.#listeners
  }

  /**
   * Opens an HTTP port for WebSockets, health and the routes given.
   * @throws {UsageError} (rejects) when the port is not to be had
   */
  listenHttp(options: Omit<HttpListenerOptions, FromListener>): Promise<Listener> {
    return this.#listen(createHttpListener({ ...this.#forListener(), health: () => ({ isOk: !this.isDraining }), ...options }))
  }

  /**
   * Opens a RawSocket port or Unix socket.
   * @throws {UsageError} (rejects) when it is not to be had
   */
  listenRawSocket(options: Omit<RawSocketListenerOptions, FromListener>): Promise<Listener> {
    return this.#listen(createRawSocketListener({ ...this.#forListener(), ...options }))
  }

  /**
   * Opens a connection inside this process, for `connect({ transport })` of the client.
   * @param identity who the session is, without a login; without it the session logs in like any other
   */
  openLocal(identity?: LocalIdentity): LocalTransport {
    const peer = new LocalPeer(this.#host, this.#serializers.cbor, this.#scheduler, (gone) => this.#forget(gone), identity)
    this.#remember(peer)
    return peer.clientSide
  }

  /** Takes a connection of a listener of one's own. */
  accept(transport: Transport): TransportOwner {
    const peer = new NetworkPeer(transport, {
      host: this.#host,
      serializer: this.#serializers[transport.serializer],
      scheduler: this.#scheduler,
      counters: this.counters,
      log: this.#log,
      outbox: this.#outboxLimits,
      total: this.#outboxes,
      onGone: (gone) => this.#forget(gone),
    })
    this.#remember(peer)
    if (this.#draining !== undefined) peer.connection.shutDown()
    return peer
  }

  /**
   * Prepares to stop: no new connections, sessions or calls; calls under way are still answered, and each session gets
   * GOODBYE as soon as none of its calls is under way. Resolves when every session was told or the time is over;
   * {@link close} ends the rest. Idempotent.
   * @param limitMs how long calls under way may still take
   */
  drain(limitMs: number = DEFAULT_DRAIN_MS): Promise<void> {
    this.#draining ??= this.#drain(limitMs)
    return this.#draining
  }

  /** Whether the router is about to stop, or has stopped. */
  get isDraining(): boolean {
    return this.#draining !== undefined
  }

  /**
   * Stops: no new connections, GOODBYE to every session, then everything is closed. Resolves when nothing is left;
   * peers that do not answer are cut off after the limit for GOODBYE. Idempotent.
   */
  close(): Promise<void> {
    this.#draining ??= Promise.resolve()
    this.#closing ??= this.#shutDown()
    return this.#closing
  }

  /** Looks who took too long. The router's own timer calls it once a second, its alarm when a call's time is over. */
  tick(): void {
    const now = this.#clock.now()
    this.#deadlines.run(now)
    for (const [connection, at] of this.#waiting) if (now >= at) connection.expire()
    this.#outboxes.sweep(now, this.#limits.stallMs)
    for (const { realm } of this.#realms.values()) realm.tick()
  }

  async #drain(limitMs: number): Promise<void> {
    for (const listener of this.#listeners) void this.#closeListener(listener)
    for (const { realm } of this.#realms.values()) realm.drain()
    const latest = performance.now() + limitMs
    const busy = new Set(this.#peers)
    // A few at a time: a turn in which all are told would keep the calls under way waiting.
    for (;;) {
      let told = 0
      for (const peer of busy) {
        if (told >= DRAIN_STEP || !peer.connection.drain()) continue
        busy.delete(peer)
        told++
      }
      for (const peer of busy) if (!this.#peers.has(peer)) busy.delete(peer)
      if (busy.size === 0 || this.#closing !== undefined || performance.now() >= latest) return
      await pause(DRAIN_INTERVAL_MS)
    }
  }

  /** Stops accepting. Idempotent. */
  #closeListener(listener: Listener): Promise<void> {
    const closing = this.#closingListeners.get(listener) ?? listener.close()
    this.#closingListeners.set(listener, closing)
    return closing
  }

  async #shutDown(): Promise<void> {
    const listeners = this.#listeners.map((listener) => this.#closeListener(listener))
    for (const peer of this.#peers) peer.connection.shutDown()
    if (this.#peers.size > 0) await this.#untilIdle()
    for (const listener of this.#listeners) listener.closeAll()
    await Promise.all(listeners)
    clearInterval(this.#sweep)
    this.#alarm?.stop()
  }

  /** Until the last peer is gone; no longer than GOODBYE and the end of the transports may take. */
  #untilIdle(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#limits.goodbyeMs + 3 * SWEEP_MS)
      this.#onIdle = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async #listen(opening: Promise<Listener>): Promise<Listener> {
    const listener = await opening
    this.#listeners.push(listener)
    return listener
  }

  #forListener(): Pick<ListenerOptions, FromListener | 'maxMessageBytes'> {
    return {
      accept: (transport) => this.accept(transport),
      onError: (error) => this.#fault('listener', error),
      maxMessageBytes: this.#limits.messageBytes,
    }
  }

  #remember(peer: NetworkPeer | LocalPeer): void {
    this.#peers.add(peer)
    this.#sweep ??= setInterval(() => this.#guarded(() => this.tick()), SWEEP_MS).unref()
  }

  #forget(peer: NetworkPeer | LocalPeer): void {
    this.#peers.delete(peer)
    if (this.#peers.size > 0) return
    this.#onIdle?.()
  }

  #makeAlarm(): Alarm {
    this.#alarm = new TimerAlarm(this.#clock, () => this.#guarded(() => this.#deadlines.run(this.#clock.now())))
    return this.#alarm
  }

  #makeHost(): ConnectionHost {
    return {
      agent: this.#agent,
      limits: this.#limits,
      authenticate: (request, info, next) => this.#authenticate(request, info, next),
      realm: (name) => this.realm(name),
      now: () => this.#clock.now(),
      watch: (connection, at) => void this.#waiting.set(connection, at),
      unwatch: (connection) => void this.#waiting.delete(connection),
      onViolation: (connection, error) => this.#noteViolation(connection, error),
      onRequestIdGap: () => void this.counters.requestIdGaps++,
      onFault: (_, error) => this.#fault('session', error),
    }
  }

  #authenticate(request: JoinRequest, info: TransportInfo, next: AuthenticationNext): void {
    const entry = this.#realms.get(request.realm) ?? this.#makeOnDemand(request.realm)
    if (entry === undefined) return next({ deny: uris.NO_SUCH_REALM, message: `there is no realm '${request.realm}'` })
    const admit = (step: AuthenticationStep): void => next(onlyIntoRole(entry, step, admit))
    if (info.identity !== undefined) return admit({ accept: { ...info.identity, authmethod: 'local', authprovider: 'router' } })
    if (entry.authenticate !== undefined) return entry.authenticate(request, info, admit)
    if (entry.anonymousRole === undefined || !request.authmethods.includes('anonymous')) {
      return next({ deny: uris.NO_MATCHING_AUTH_METHOD, message: 'none of the authentication methods offered is allowed here' })
    }
    const authid = `anonymous-${this.#ids.random()}`
    admit({ accept: { authid, authrole: entry.anonymousRole, authmethod: 'anonymous', authprovider: 'static' } })
  }

  #makeOnDemand(name: string): RealmEntry | undefined {
    if (this.#onDemand === undefined || this.#realms.size >= this.#onDemand.most) return undefined
    this.addRealm(name, this.#onDemand.realm)
    this.#log.info('realm created on demand', { realm: name })
    return this.#realms.get(name)
  }

  #noteViolation(connection: Connection, error: ProtocolError): void {
    this.counters.violations++
    this.#log.warn('protocol violation', {
      session: connection.sessionId,
      peer: connection.info.peer,
      reason: error.uri,
      text: error.message,
    })
  }

  #fault(where: string, error: unknown): void {
    this.#log.warn('fault', { where, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }

  #guarded(task: () => void): void {
    try {
      task()
    } catch (error) {
      this.#fault('task', error)
    }
  }
}

/** Refuses a role that the realm does not have (specification: "Predefined URIs", no_such_role). */
function onlyIntoRole({ roles }: RealmEntry, step: AuthenticationStep, next: AuthenticationNext): AuthenticationStep {
  if ('challenge' in step) return { ...step, answer: (signature, extra) => step.answer(signature, extra, next) }
  if ('deny' in step || roles === undefined || roles.has(step.accept.authrole)) return step
  return { deny: uris.NO_SUCH_ROLE, message: `the realm has no role '${step.accept.authrole}'` }
}

function makeSerializers(maxDepth: number): Readonly<Record<SerializerName, Serializer>> {
  const text = nodeText
  const options = { text, maxDepth, convert: createConverter({ text, maxDepth }) }
  return { json: createJsonSerializer(options), msgpack: createMsgpackSerializer(options), cbor: createCborSerializer(options) }
}

/** Random ids from the system's generator, drawn in blocks. */
class RandomIds implements Ids {
  readonly #block = new Uint32Array(512)
  #at = this.#block.length
  #last = 0

  random(): number {
    for (;;) {
      if (this.#at >= this.#block.length) {
        randomFillSync(this.#block)
        this.#at = 0
      }
      const id = idFromBits(this.#block[this.#at] ?? 0, this.#block[this.#at + 1] ?? 0)
      this.#at += 2
      if (id !== undefined) return id
    }
  }

  sequential(): number {
    return ++this.#last
  }

  choose(below: number): number {
    return randomInt(below)
  }
}

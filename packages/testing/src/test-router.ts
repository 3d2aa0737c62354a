// A router inside a test: the router of production and the client of production, with time, ids, faults and traffic that the test controls.

import type { Client, ClientOptions, ClientSerializer } from '@trunkline/client'
import { connect, ConnectError, createClient, json } from '@trunkline/client'
import type { Session } from '@trunkline/client/session'
import { calls, openSession } from '@trunkline/client/session'
import { NO_SUCH_REALM, UsageError } from '@trunkline/protocol'
import type { LocalIdentity, RealmOptions, Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { Activity } from './activity.ts'
import type { Network } from './connection.ts'
import { Connection } from './connection.ts'
import type { Faults } from './faults.ts'
import { PresentFaults } from './faults.ts'
import type { TestClientOptions, TestRouterOptions, TestSessionOptions } from './options.ts'
import { DEFAULT_REALM, MOST_REALMS, OPEN_REALM } from './options.ts'
import { SeededIds } from './ports.ts'
import type { TestClock, Time } from './time.ts'
import { ManualTime, SystemTime } from './time.ts'
import type { Crossing, MessageName } from './traffic.ts'
import { Traffic } from './traffic.ts'

/**
 * Makes a router for one test: that of `@trunkline/router`, without a port. Time stands until the test moves it.
 *
 * @example
 * import { createTestRouter } from '@trunkline/testing'
 *
 * const router = createTestRouter()
 * const service = await router.connect({ name: 'service' })
 * await service.register('com.example.add', ({ args: [a, b] }) => Number(a) + Number(b))
 * const page = await router.connect({ name: 'page' })
 * await router.faults.cut('page')
 * const sum = page.call('com.example.add', [2, 3])
 * await router.clock.advance(1000)
 * console.log(await sum) // 5
 * await router.stop()
 *
 * @throws {UsageError} for a clock or seed that is none, and where `createRouter` throws
 */
export function createTestRouter(options: TestRouterOptions = {}): TestRouter {
  return new TestRouter(options)
}

/** What is known of a client: its latest connection, and itself unless the program under test has made it. */
interface Peer {
  readonly connection?: Connection
  readonly client?: Client
}

function hasEnded({ client, connection }: Peer): boolean {
  return client === undefined ? connection?.isOpen === false : client.state.status === 'stopped'
}

/** A router for one test, made by `createTestRouter`. */
export class TestRouter implements AsyncDisposable {
  readonly #options: TestRouterOptions
  readonly #activity = new Activity()
  readonly #time: Time
  readonly #ids: SeededIds
  readonly #random: SeededIds
  readonly #traffic = new Traffic()
  readonly #present = new PresentFaults()
  /** By name; those that have ended, too. */
  readonly #peers = new Map<string, Peer>()
  readonly #open = new Set<Connection>()
  readonly #clients = new Set<Client>()
  readonly #network: Network
  #router: Router
  #stopping: Promise<void> | undefined
  readonly faults: Faults

  constructor(options: TestRouterOptions) {
    const { clock = 'manual', seed = 1 } = options
    if (clock !== 'manual' && clock !== 'system') throw new UsageError("clock: expected 'manual' or 'system'")
    if (!(Number.isInteger(seed) && seed > 0 && seed < 2 ** 32)) throw new UsageError('seed: expected an integer from 1 to 2^32 - 1')
    this.#options = options
    this.#time = clock === 'manual' ? new ManualTime(this.#activity, () => this.#router.tick()) : new SystemTime(this.#activity)
    this.#ids = new SeededIds(seed)
    this.#random = new SeededIds(seed)
    this.#network = this.#makeNetwork()
    this.#router = this.#makeRouter()
    this.faults = this.#makeFaults()
  }

  /** The router; after `faults.restart` another one. */
  get router(): Router {
    return this.#router
  }

  get clock(): TestClock {
    return this.#time
  }

  /** Every message so far, in the order in which they were sent. */
  get traffic(): readonly Crossing[] {
    return this.#traffic.all
  }

  /**
   * The messages of a type, about a URI, of a client.
   * @param uri the procedure, topic or pattern, also of answers
   * @param peer the name of the client that sent it or was to get it
   * @throws {UsageError} for a name that is no type of messages
   */
  sent(type: MessageName, uri?: string, peer?: string): readonly Crossing[] {
    return this.#traffic.sent(type, uri, peer)
  }

  /** Every message so far as text, one in a line: for the message of an assertion, or a snapshot. */
  transcript(): string {
    return this.#traffic.transcript()
  }

  /**
   * A client with an open session, as `connect` of @trunkline/client gives it.
   * @throws {UsageError} (rejects) for a name that is taken, and for options that cannot work
   * @throws {ConnectError} (rejects) when no session could be opened
   */
  async connect(options: TestClientOptions = {}): Promise<Client> {
    const name = this.#named(options.name)
    return this.#kept(name, await this.#freed(name, connect(this.#optionsOf(name, options))))
  }

  /**
   * A client that connects in the background, as `createClient` of @trunkline/client gives it.
   * @throws {UsageError} for a name that is taken, and for options that cannot work
   */
  createClient(options: TestClientOptions = {}): Client {
    const name = this.#named(options.name)
    return this.#kept(name, createClient(this.#optionsOf(name, options)))
  }

  /**
   * The options by which a program that makes its client itself connects to this router: `createClient({ ...own, ...router.clientOptions() })`.
   * @throws {UsageError} for a name that is taken
   */
  clientOptions(options: TestClientOptions = {}): ClientOptions {
    return this.#optionsOf(this.#named(options.name), options)
  }

  #optionsOf(peer: string, { name: _, realm = this.#realm, ...options }: TestClientOptions): ClientOptions {
    const { identity, ...rest } = this.#identified(peer, realm, options)
    return {
      ...this.#time.ofClients,
      random: () => this.#random.choose(2 ** 32) / 2 ** 32,
      realm,
      ...rest,
      openTransport: (_url, { serializer }) => this.#connection(peer, serializer, identity),
    }
  }

  /**
   * One session, as `openSession` of @trunkline/client/session gives it, with all features of calls.
   * @throws {UsageError} (rejects) for a name that is taken, and for options that cannot work
   * @throws {ConnectError} (rejects) when it could not be opened
   */
  async openSession({ name, realm = this.#realm, serializer = json(), ...options }: TestSessionOptions = {}): Promise<Session> {
    const peer = this.#named(name)
    const { identity, ...rest } = this.#identified(peer, realm, options)
    const { clock } = this.#time.ofClients
    const transport = this.#connection(peer, serializer, identity)
    return this.#freed(peer, openSession({ calls: calls(), clock, realm, ...rest, transport }))
  }

  /** Stops all clients and the router. Resolves when nothing of them is left. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  /** Stops. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #stop(): Promise<void> {
    const stopping = [...this.#clients].map((client) => client.stop())
    await this.#time.settle()
    // What a fault keeps from leaving.
    await this.#breakAll()
    await Promise.all(stopping)
    await this.#router.close()
  }

  get #realm(): string {
    return Object.keys(this.#options.realms ?? {})[0] ?? DEFAULT_REALM
  }

  #kept(name: string, client: Client): Client {
    this.#clients.add(client)
    this.#peers.set(name, { ...this.#peers.get(name), client })
    return client
  }

  /** The name of what did not come about may be taken again. */
  async #freed<Made>(name: string, making: Promise<Made>): Promise<Made> {
    try {
      return await making
    } catch (error) {
      this.#peers.delete(name)
      throw error
    }
  }

  #named(name = `client${this.#peers.size + 1}`): string {
    const known = this.#peers.get(name)
    if (known !== undefined && !hasEnded(known)) throw new UsageError(`name: there is a client '${name}' already`)
    if (name === '*' || name === '') throw new UsageError(`name: a client cannot be called '${name}'`)
    this.#peers.set(name, {})
    return name
  }

  /** The identity of a client that needs no login; otherwise its options have what its login takes. */
  #identified<Options extends Pick<TestClientOptions, 'authid' | 'authrole' | 'auth' | 'onChallenge' | 'authmethods'>>(
    peer: string,
    realm: string | null,
    options: Options,
  ): Omit<Options, never> & { readonly identity?: LocalIdentity } {
    const { authid, authrole, auth, onChallenge, authmethods } = options
    if ((authid ?? authrole) === undefined || (auth ?? onChallenge ?? authmethods) !== undefined) return options
    const realms = this.#options.realms ?? {}
    const role = authrole ?? (realms[realm ?? ''] ?? this.#openRealm)?.anonymousRole
    if (role === undefined) throw new UsageError(`authrole: say which role '${authid}' has, because realm '${realm}' has no anonymousRole`)
    return { ...options, authid: undefined, authrole: undefined, identity: { authid: authid ?? peer, authrole: role } }
  }

  /** The options of realms that are created on demand, if any are. */
  get #openRealm(): RealmOptions | undefined {
    const { realms, onDemand } = this.#options
    return onDemand?.realm ?? (realms === undefined ? OPEN_REALM : undefined)
  }

  #makeRouter(): Router {
    const { clock: _clock, seed: _seed, ...options } = this.#options
    const onDemand = this.#openRealm && { onDemand: { realm: this.#openRealm, most: MOST_REALMS } }
    return createRouter({ ...onDemand, ...options, ...this.#time.ofRouter, ids: this.#ids })
  }

  #makeNetwork(): Network {
    return {
      time: this.#time,
      activity: this.#activity,
      maxReceiveBytes: this.#options.limits?.messageBytes,
      accept: (transport) => this.#router.accept(transport),
      delayOf: (peer) => this.#present.delayOf(peer),
      isDropped: (message) => this.#present.isDropped(message),
      refusalOf: (realm) => (realm === null ? undefined : this.#present.refusals.get(realm)),
      record: (message, fate) => {
        const crossing = { ...message, fate }
        this.#traffic.all.push(crossing)
        return crossing
      },
    }
  }

  #connection(peer: string, serializer: ClientSerializer, identity: LocalIdentity | undefined): Connection {
    if (this.#present.isDown) throw new ConnectError('TL_CONNECT_FAILED', 'the test router is down')
    const connection = new Connection(this.#network, peer, serializer, identity)
    this.#peers.set(peer, { ...this.#peers.get(peer), connection })
    this.#open.add(connection)
    return connection
  }

  #makeFaults(): Faults {
    const present = this.#present
    return {
      cut: async (peer) => {
        this.#peer(peer)?.cut()
        await this.#time.settle()
      },
      down: () => this.#breakAll(),
      up: () => void (present.isDown = false),
      restart: async () => {
        await this.#breakAll()
        await this.#router.close()
        this.#router = this.#makeRouter()
        present.isDown = false
        await this.#time.settle()
      },
      refuse: (realm, reason = NO_SUCH_REALM) => {
        present.refusals.set(realm, reason)
        return () => void present.refusals.delete(realm)
      },
      delay: (peer, milliseconds) => {
        if (peer !== '*') this.#peer(peer)
        present.delays.set(peer, milliseconds)
      },
      drop: (which) => {
        const drop = { which }
        present.drops.add(drop)
        return () => void present.drops.delete(drop)
      },
      stall: (peer) => this.#peer(peer)?.stall(),
      resume: async (peer) => {
        this.#peer(peer)?.resume()
        await this.#time.settle()
      },
      kill: (peer, reason) => this.#kill(peer, reason),
    }
  }

  /** The latest connection of a client. @throws {UsageError} for a name that no client has */
  #peer(name: string): Connection | undefined {
    const peer = this.#peers.get(name)
    if (peer !== undefined) return peer.connection
    const known = [...this.#peers.keys()].join(', ')
    throw new UsageError(`there is no client '${name}'; there are: ${known === '' ? 'none' : known}`)
  }

  async #breakAll(): Promise<void> {
    this.#present.isDown = true
    for (const connection of this.#open) connection.cut()
    this.#open.clear()
    await this.#time.settle()
  }

  async #kill(peer: string, reason: string | undefined): Promise<void> {
    const session = this.#peer(peer)?.session
    if (session === undefined) throw new UsageError(`'${peer}' has no session`)
    const transport = this.#router.openLocal({ authid: 'test', authrole: 'test', isInternal: true })
    const killer = await openSession({ transport, realm: session.realm, clock: this.#time.ofClients.clock })
    await killer.call('wamp.session.kill', [session.id], { kwargs: reason === undefined ? {} : { reason } })
    await killer.leave()
    await this.#time.settle()
  }
}

// A router with manual clock, ids and scheduler, and the peers that a test drives.

import type { Serializer, SerializerName } from '@trunkline/protocol'
import type { RealmOptions, Router, RouterOptions, Rule, TransportInfo } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { makeSerializers } from './formats.ts'
import { ManualAlarm, ManualClock, ManualScheduler, RecordingLog, SeededIds } from '@trunkline/testing/ports'
import { TestPeer } from './test-peer.ts'

/** Everything is allowed, the meta API included. */
export const ALLOW_ALL: readonly Rule[] = ['**', 'wamp.**'].map((uri) => ({ uri, allow: ['call', 'register', 'publish', 'subscribe'] }))

/** A realm where anonymous sessions may do everything, as strict about request ids as the specification. */
export const OPEN_REALM: RealmOptions = { anonymousRole: 'anonymous', roles: { anonymous: ALLOW_ALL }, requestIds: 'strict' }

/** HELLO details with all four roles and the features given. */
export function helloDetails(features: Readonly<Record<string, readonly string[]>> = {}): Record<string, unknown> {
  const roles: Record<string, unknown> = {}
  for (const role of ['publisher', 'subscriber', 'caller', 'callee']) {
    const names = features[role] ?? []
    roles[role] = names.length === 0 ? {} : { features: Object.fromEntries(names.map((name) => [name, true])) }
  }
  return { roles }
}

export class World {
  readonly clock = new ManualClock()
  readonly alarm = new ManualAlarm()
  readonly scheduler = new ManualScheduler()
  readonly log = new RecordingLog()
  readonly router: Router
  readonly #peers: TestPeer[] = []
  readonly #codecs: Readonly<Record<SerializerName, Serializer>>

  /** @param options added to a router with one open realm, `realm1` */
  constructor(options: RouterOptions = {}) {
    const { clock, alarm, scheduler, log } = this
    this.router = createRouter({ realms: { realm1: OPEN_REALM }, clock, alarm, scheduler, log, ids: new SeededIds(), ...options })
    this.#codecs = makeSerializers()
    this.settle()
  }

  /** A world whose one realm is open but for these options. */
  static of(realm: RealmOptions): World {
    return new World({ realms: { realm1: { ...OPEN_REALM, ...realm } } })
  }

  /** Runs what is deferred. */
  settle(): void {
    this.scheduler.settle()
  }

  /** Lets time pass; the router reads its clock at least once in each second, and whenever its alarm rings. */
  advance(milliseconds: number): void {
    for (let left = milliseconds; left > 0;) {
      const step = Math.min(left, 1000, Math.max(this.alarm.ringsIn(this.clock.monotonic()), 1))
      left -= step
      this.clock.advance(step)
      this.alarm.off()
      this.router.tick()
      this.settle()
    }
  }

  /** Opens a transport; no HELLO yet. */
  connect(serializer: SerializerName = 'json', info: Partial<TransportInfo> = {}): TestPeer {
    const peer = new TestPeer(this.#codecs[serializer], () => this.settle(), `peer-${this.#peers.length + 1}`)
    peer.info = { ...peer.info, ...info }
    this.#peers.push(peer)
    peer.opened(this.router.accept(peer))
    return peer
  }

  /** Opens a session and takes its WELCOME. */
  join(options: { serializer?: SerializerName; realm?: string; features?: Readonly<Record<string, readonly string[]>> } = {}): TestPeer {
    const peer = this.connect(options.serializer)
    peer.say(1, options.realm ?? 'realm1', helloDetails(options.features))
    return peer.welcomed()
  }

  /** Lets all peers leave and asserts that nothing of them remains in any table. */
  end(): void {
    for (const peer of this.#peers) peer.drop()
    this.settle()
    for (const realm of this.router.realms) {
      const all = realm.sessions
      const sessions = all.filter((session) => !session.isInternal)
      const subscriptions = realm.subscriptions.filter(({ subscribers, hasHistory }) => subscribers > 0 || !hasHistory)
      const registrations = realm.registrations.filter(({ isInternal }) => !isInternal)
      const internal = all.flatMap((session) => [session.calls, session.invocations, session.subscriptions])
      if (realm.testaments > 0) throw new Error(`realm ${realm.name} keeps testaments of ${realm.testaments} sessions`)
      if (realm.definitions > 0) throw new Error(`realm ${realm.name} keeps definitions of ${realm.definitions} sessions`)
      if (sessions.length + subscriptions.length + registrations.length > 0 || internal.some((size) => size > 0)) {
        throw new Error(
          `realm ${realm.name} keeps ${sessions.length} sessions, ${subscriptions.length} subscriptions, ${registrations.length} registrations`,
        )
      }
    }
  }
}

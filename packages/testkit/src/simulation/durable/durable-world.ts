// One world with durable topics, drawn from its seed: clients that publish and subscribe, lose their connections and resume, a store that
// answers late or is full, and a router that crashes at any step.

import type { KeptEvent, Router, SlowConsumerPolicy } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { makeSerializers } from '../../formats.ts'
import { SimulationFailure } from '../failure.ts'
import type { History } from '../history.ts'
import { Random, RandomIds } from '../random.ts'
import { DurablePeer } from './durable-peer.ts'
import type { DurableWorker } from './durable-worker.ts'
import { DEAD_LETTERS, DurableWorkers } from './durable-worker.ts'
import type { Value } from './durable-subscriber.ts'
import { DurableSubscriber } from './durable-subscriber.ts'
import { PromisedStore } from './promised-store.ts'

const PATTERNS = [
  { match: 'exact', uri: 'com.d.a' },
  { match: 'exact', uri: 'com.d.b' },
  { match: 'prefix', uri: 'com.d.' },
  { match: 'wildcard', uri: 'com.d.' },
] as const
const DURABLE = ['com.d.a', 'com.d.b', 'com.d.c.d']
const LIVE = 'com.live'
const RULES = ['**', 'wamp.**'].map((uri) => ({ uri, allow: ['call', 'publish', 'subscribe'] as const }))

/** What became of the worlds of a run, for people. */
export class DurableTally {
  seeds = 0
  crashes = 0
  stored = 0
  acknowledged = 0
  repeated = 0
  refused = 0
  events = 0
  recovered = 0
  notRecovered = 0
  gaps = 0
  /** Of durable subscriptions: events done, sent more than once, given up. */
  done = 0
  redelivered = 0
  dead = 0
}

/** A publication as its publisher knows it. */
interface Published {
  readonly topic: string
  readonly value: Value
  state: 'sent' | 'acknowledged' | 'refused'
}

export class DurableWorld {
  readonly #random: Random
  readonly #history: History
  readonly #tally: DurableTally
  readonly #store: PromisedStore
  readonly #ids: RandomIds
  readonly #codec = makeSerializers().json
  readonly #clients: DurableSubscriber[]
  readonly #published = new Map<string, Published>()
  readonly #requests = new Map<DurablePeer, Map<number, Published>>()
  readonly #keep: number | undefined
  readonly #policy: SlowConsumerPolicy
  readonly #outboxBytes: number
  /** To all workers; four times as many may be open. */
  readonly #mostInFlight: number
  readonly #workers: DurableWorkers
  /** Sees everything live, in the order of each publisher (L2), until the router crashes. */
  #watcher: DurablePeer | undefined
  #watched = new Map<number, number>()
  #tasks: (() => void)[] = []
  #router: Router
  /** Those that the router has had. */
  readonly #connections: DurablePeer[] = []
  /** Closes routers that crashed, with all that they hold. */
  readonly #leftovers: (() => void)[] = []
  #now = 1_000_000
  #isEnding = false
  #life = 0

  constructor(seed: number, history: History, tally: DurableTally) {
    this.#random = new Random(seed ^ 0x2545_f491)
    this.#history = history
    this.#tally = tally
    const random = this.#random
    this.#ids = new RandomIds(new Random(seed ^ 0x9e37_79b1))
    this.#store = new PromisedStore(new Random(seed ^ 0x1234_5678), `epoch-${seed}`)
    this.#keep = random.percent(35) ? random.between(3, 30) : undefined
    this.#policy = random.percent(25) ? 'drop_oldest' : 'disconnect'
    this.#mostInFlight = [2, 8, 10_000][seed % 3] ?? 2
    this.#outboxBytes = random.pick([2_000, 20_000, 1_000_000])
    this.#clients = Array.from(
      { length: random.between(2, 5) },
      (_, i) => new DurableSubscriber(`client ${i}`, random.pick(PATTERNS), this.#store),
    )
    this.#workers = new DurableWorkers(random, random.pick(PATTERNS), this.#store)
    this.#router = this.#start()
  }

  /** @throws {SimulationFailure} when a promise was broken */
  run(): void {
    const steps = this.#random.between(60, 250)
    for (let i = 0; i < steps; i++) this.#step()
    this.#finish()
    this.#tally.seeds++
    this.#tally.done += this.#workers.done.size
    this.#tally.redelivered += this.#workers.redelivered
    this.#tally.dead += this.#workers.dead.size + this.#workers.dropped
    this.#tally.stored += this.#store.ledger.length
    for (const { seen, recovered, refused, gaps } of this.#clients) {
      this.#tally.events += seen
      this.#tally.recovered += recovered
      this.#tally.notRecovered += refused
      this.#tally.gaps += gaps
    }
    this.#endRouter()
    for (const close of this.#leftovers) close()
  }

  /** The router ends without a word. */
  #endRouter(): void {
    const router = this.#router
    const connections = this.#connections.splice(0).map((peer) => peer.forget())
    this.#leftovers.push(() => {
      for (const letGo of connections) letGo()
      void router.close()
    })
  }

  #step(): void {
    const random = this.#random
    const client = random.pick(this.#clients)
    const chance = random.below(100)
    if (chance < 28) this.#publish(client, random.between(1, 6))
    else if (chance < 38) this.#connect(client)
    else if (chance < 43) this.#cut(client)
    else if (chance < 46) client.peer?.stall()
    else if (chance < 52) client.peer?.readAgain()
    else if (chance < 70) this.#store.commit(random.between(1, 8))
    else if (chance < 78) this.#store.look(random.between(1, 3))
    else if (chance < 92) this.#store.answer(random.between(1, 8))
    else if (chance < 94) this.#crash()
    else if (chance < 95) this.#store.isFull = !this.#store.isFull
    else this.#tick(random.pick([100, 1_000, 3_000]))
    if (random.percent(70)) this.#settle(random.percent(50) ? Infinity : random.between(1, 6))
    for (const each of this.#clients) if (random.percent(60)) this.#look(each, random.between(1, 20))
    for (const worker of this.#workers.workers) this.#let(worker)
    this.#lookAtWatcher()
  }

  // ---- the router

  #start(): Router {
    const life = ++this.#life
    this.#tasks = []
    const router = createRouter({
      realms: {
        realm1: {
          anonymousRole: 'guest',
          roles: { guest: RULES },
          topics: [{ uri: 'com.d.**', durable: { keep: { events: this.#keep } } }],
          slowConsumers: { policy: this.#policy },
          limits: { durableInFlightPerUser: this.#mostInFlight },
        },
      },
      store: this.#store,
      clock: { now: () => this.#now, monotonic: () => this.#now },
      alarm: { set: () => {} },
      ids: this.#ids,
      scheduler: { defer: (task) => void (life === this.#life && this.#tasks.push(task)) },
      log: {
        debug() {},
        info() {},
        warn() {},
        error: (event, fields) => {
          if (fields.area !== 'store') throw new SimulationFailure('fault', `${event}: ${JSON.stringify(fields)}`)
        },
      },
      limits: { outboxBytes: this.#outboxBytes },
    })
    this.#note('a router starts')
    return router
  }

  #crash(): void {
    this.#note('the router crashes')
    this.#tally.crashes++
    this.#life++
    this.#lookAtWatcher()
    this.#store.crash()
    this.#endRouter()
    for (const client of this.#clients) client.lost()
    this.#workers.crashed(this.#router.counters.durableDead)
    this.#watcher = undefined
    this.#watched = new Map()
    this.#requests.clear()
    this.#router = this.#start()
    this.#checkStored()
  }

  #settle(most: number): void {
    for (let i = 0; i < most; i++) {
      const task = this.#tasks.shift()
      if (task === undefined) return
      task()
    }
  }

  #tick(ms: number): void {
    this.#now += ms
    this.#router.tick()
  }

  // ---- the clients

  #connect(client: DurableSubscriber): void {
    if (client.peer !== undefined) return
    client.peer = this.#join()
  }

  #join(): DurablePeer {
    const peer = new DurablePeer(this.#codec)
    this.#connections.push(peer)
    peer.opened(this.#router.accept(peer))
    peer.say([1, 'realm1', { roles: { publisher: {}, subscriber: {} } }])
    return peer
  }

  #cut(client: DurableSubscriber): void {
    const { peer } = client
    if (peer === undefined) return
    this.#note(`${client.name} loses its connection`)
    peer.cut()
    client.lost()
  }

  #publish(client: DurableSubscriber, count: number): void {
    const { peer, session } = client
    if (peer === undefined || session === 0) return
    for (let i = 0; i < count; i++) {
      const { topic, key } = this.#newOrRepeated(client)
      const value: Value = { by: this.#clients.indexOf(client), session, number: ++client.numbers, key }
      const published: Published = { topic, value, state: 'sent' }
      const isAcknowledged = this.#random.percent(50)
      const options = { ...(isAcknowledged && { acknowledge: true }), ...(key !== undefined && { _key: `${value.by}-${key}` }) }
      const request = peer.request(16, options, topic, [value])
      this.#history.add('in', value.by, [16, request, topic, value])
      if (topic !== LIVE) this.#published.set(keyOf(value), published)
      const requests = this.#requests.get(peer) ?? new Map<number, Published>()
      this.#requests.set(peer, requests.set(request, published))
    }
  }

  /** What to publish: new, with a key or without, or once more with the key of an earlier one, whatever became of that. */
  #newOrRepeated({ keyed }: DurableSubscriber): { readonly topic: string; readonly key?: number } {
    const random = this.#random
    if (keyed.length > 0 && random.percent(20)) {
      const key = Math.max(0, keyed.length - random.between(1, 6))
      return { topic: keyed[key] ?? LIVE, key }
    }
    const topic = random.percent(80) ? random.pick(DURABLE) : LIVE
    return topic === LIVE || random.percent(60) ? { topic } : { topic, key: keyed.push(topic) - 1 }
  }

  /** Lets a worker do something. */
  #let(worker: DurableWorker): void {
    const random = this.#random
    const chance = random.below(100)
    if (chance < 25 && worker.peer === undefined) worker.peer = this.#join()
    else if (chance < 28) {
      worker.peer?.cut()
      worker.lost()
    } else if (chance < 30) worker.peer?.stall()
    else if (chance < 36) worker.peer?.readAgain()
    else if (chance < 38) worker.unsubscribe()
    else if (chance < 60) this.#lookAt(worker)
    else worker.work(random, false)
  }

  #lookAt(worker: DurableWorker): void {
    for (let message = worker.peer?.inbox.shift(); message !== undefined; message = worker.peer?.inbox.shift()) {
      this.#history.add('out', 90, message)
      worker.take(message)
    }
    worker.subscribe()
    if (worker.peer?.isGone === true) worker.lost()
  }

  /** The workers do all that is left. */
  #finishWork(): void {
    for (let round = 0; round < 200; round++) {
      for (const worker of this.#workers.workers) {
        worker.peer?.readAgain()
        worker.peer ??= this.#join()
      }
      this.#calm()
      // What a worker forgot comes again after its time.
      if (round > 5 && this.#workers.missing.length === 0 && this.#workers.isSaved) break
      this.#tick(1_000)
    }
    // What is done is saved within a second.
    this.#tick(1_000)
    this.#calm()
    this.#workers.complete(this.#router.counters.durableDead)
  }

  #look(client: DurableSubscriber, most: number): void {
    for (let i = 0; i < most; i++) {
      const { peer } = client
      const message = peer?.inbox.shift()
      if (peer === undefined || message === undefined) break
      this.#history.add('out', this.#clients.indexOf(client), message)
      this.#take(client, peer, message)
    }
    if (client.peer?.isGone === true && client.peer.inbox.length === 0) client.lost()
  }

  #take(client: DurableSubscriber, peer: DurablePeer, [type, second, third, details, args]: unknown[]): void {
    if (type === 2) client.welcomed(second as number)
    else if (type === 33) client.subscribed(second, details as Record<string, unknown> | undefined)
    else if (type === 36) client.event(details as Record<string, unknown>, (args as Value[])[0] as Value, third as number)
    else if (type === 17) this.#acknowledged(peer, second as number, third as number)
    else if (type === 8) this.#refused(peer, third as number)
    else if (type === 3 || type === 6) client.lost()
  }

  #acknowledged(peer: DurablePeer, request: number, publication: number): void {
    const published = this.#requests.get(peer)?.get(request)
    if (published === undefined) return
    published.state = 'acknowledged'
    this.#tally.acknowledged++
    if (published.topic === LIVE) return
    const kept = this.#keptOf(published)
    if (kept === undefined) throw new SimulationFailure('D1', `${keyOf(published.value)} is acknowledged, and the store does not have it`)
    if (keyOf(valueOf(kept.payload?.raw)) !== keyOf(published.value)) this.#tally.repeated++
    if (kept.publication !== publication)
      throw new SimulationFailure(
        'D5',
        `${keyOf(published.value)} is acknowledged as ${publication}, and the store has ${kept.publication}`,
      )
  }

  #refused(peer: DurablePeer, request: number): void {
    const published = this.#requests.get(peer)?.get(request)
    if (published === undefined) return
    published.state = 'refused'
    this.#tally.refused++
  }

  /** One that never loses anything sees each publisher's events in the order of its session, whatever their topics. */
  #lookAtWatcher(): void {
    if (this.#watcher === undefined) {
      this.#watcher = this.#join()
      this.#watcher.request(32, { match: 'prefix' }, 'com.')
    }
    for (const [type, , , details, args] of this.#watcher.inbox.splice(0)) {
      if (type !== 36) continue
      const about = details as Record<string, unknown>
      if (about['topic'] === DEAD_LETTERS) {
        this.#workers.isDead(about)
        continue
      }
      const { session, number } = (args as Value[])[0] as Value
      if (number <= (this.#watched.get(session) ?? 0)) throw new SimulationFailure('L2', `the event ${session}/${number} is out of order`)
      this.#watched.set(session, number)
    }
    if (this.#watcher.isGone) throw new SimulationFailure('close', 'the router closed a session that does nothing')
  }

  // ---- the promises

  /** The event of a publication: its own, or one with the same key. */
  #keptOf({ value, topic }: Published): KeptEvent | undefined {
    return this.#store.ledger.find((kept) => kept.topic === topic && eventOf(valueOf(kept.payload?.raw)) === eventOf(value))
  }

  /** D1: what was acknowledged is kept; D3: each publisher's events are kept in its order; D5: those with one key are one event. */
  #checkStored(): void {
    for (const published of this.#published.values()) {
      if (published.state === 'acknowledged' && this.#keptOf(published) === undefined)
        throw new SimulationFailure('D1', `${keyOf(published.value)} is lost`)
    }
    const last = new Map<number, number>()
    const events = new Set<string>()
    for (const { topic, payload } of this.#store.ledger) {
      const value = valueOf(payload?.raw)
      const { session, number } = value
      const event = `${topic} ${eventOf(value)}`
      if (events.has(event)) throw new SimulationFailure('D5', `the store has ${event} twice`)
      events.add(event)
      if (number <= (last.get(session) ?? 0)) throw new SimulationFailure('D3', `the store has ${session}/${number} out of order`)
      last.set(session, number)
    }
  }

  /** Everything calms down: then each client has all that is for it, and nothing is left of what was under way. */
  #finish(): void {
    this.#store.isFull = false
    this.#isEnding = true
    for (let round = 0; round < 4; round++) {
      for (const client of this.#clients) {
        client.peer?.readAgain()
        this.#connect(client)
      }
      this.#calm()
    }
    // What was dropped from a queue is told with the next event.
    const publisher = this.#join()
    this.#calm()
    const session = publisher.inbox.shift()?.[1] as number
    for (const [i, topic] of DURABLE.entries()) publisher.request(16, {}, topic, [{ by: -1, session, number: i + 1 }])
    this.#calm()
    this.#checkStored()
    for (const client of this.#clients) {
      if (!client.isSettled) throw new SimulationFailure('B5', `${client.name} waits for its subscription`)
      client.complete()
    }
    this.#finishWork()
    const [realm] = this.#router.realms
    if (realm !== undefined && realm.catchUps > 0) throw new SimulationFailure('B5', `${realm.catchUps} subscriptions still catch up`)
  }

  #calm(): void {
    for (let i = 0; i < 3_000; i++) {
      this.#settle(Infinity)
      for (const client of this.#clients) this.#look(client, Infinity)
      if (this.#isEnding)
        for (const worker of this.#workers.workers) {
          this.#lookAt(worker)
          worker.work(this.#random, true)
        }
      this.#lookAtWatcher()
      if (this.#store.isIdle && this.#tasks.length === 0) return
      this.#store.commit(100)
      this.#store.look(100)
      this.#store.answer(100)
    }
    throw new SimulationFailure('B5', 'the world does not calm down')
  }

  #note(text: string): void {
    this.#history.add('note', 0, text)
  }
}

/** What makes an event of a topic one: its key, or the publication itself. */
function eventOf(value: Value): string {
  return value.key === undefined ? keyOf(value) : `${value.by} key ${value.key}`
}

function keyOf({ session, number }: Value): string {
  return `${session}/${number}`
}

function valueOf(raw: Uint8Array | undefined): Value {
  return (JSON.parse(new TextDecoder().decode(raw)) as Value[])[0] as Value
}

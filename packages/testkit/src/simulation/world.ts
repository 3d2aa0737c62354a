// A simulated world: clients, routers and the network between them, on one virtual clock. One seed decides everything:
// the same plan gives the same history.

import { Timers } from '@trunkline/testing/ports'
import type { ClientWorld, SimulatedClient } from './client.ts'
import { SimulationFailure } from './failure.ts'
import { FaultyRouter } from './faulty-router.ts'
import type { GrantedPatterns } from './granted-patterns.ts'
import type { History } from './history.ts'
import type { NaiveRights } from './model/uris.ts'
import type { ClientEnd, Packet } from './network.ts'
import { Connection } from './network.ts'
import { Random } from './random.ts'
import { RawClient } from './raw-client.ts'
import { RealClient } from './real-client.ts'
import { ReturningClient } from './returning-client.ts'
import type { SharedPlan, Target } from './script.ts'
import { Sightings } from './script.ts'
import type { ClientPlan, Plan, Step } from './settings.ts'
import { SimulatedRouter } from './simulated-router.ts'
import type { Tally } from './tally.ts'
import type { Wire } from './wire.ts'
import type { WorldRouter } from './world-router.ts'

/** What worlds share: made once, never changed. */
export interface WorldParts {
  readonly wires: Readonly<Record<ClientPlan['serializer'], Wire>>
  readonly rights: NaiveRights
  readonly patterns: GrantedPatterns
}

const KINDS = { real: RealClient, raw: RawClient, returning: ReturningClient }
const TICK_MS = 1_000
/** Turns of promises between two inputs: enough for any chain in the client. */
const TURNS = 8
/** So often promises may continue for them after the end. */
const MOST_LATE = 200
const TURN = Promise.resolve()
/** Longer than a router waits for a peer that does not read, and then for the end of its connection. */
const FORSAKEN_MS = 40_000
/** After so long without faults all links are up, and what was late has come. */
const CALM_MS = 45_000

export class SimulatedWorld implements ClientWorld {
  readonly uris: readonly string[]
  readonly shared: SharedPlan | undefined
  readonly #plan: Plan
  readonly #parts: WorldParts
  readonly #tally: Tally
  readonly #history: History
  readonly #routers: readonly WorldRouter[]
  readonly #clients: readonly SimulatedClient[]
  readonly #histories: ReadonlyMap<string, readonly Target[]>
  readonly #plans: ClientPlan[] = []
  readonly #timers = new Timers()
  /** By router: an id means nothing to another. */
  readonly #seen: readonly Sightings[]
  #now = Date.UTC(2026, 0, 1)
  #nextTick = this.#now + TICK_MS
  #tokens = 0
  #blame: SimulationFailure | undefined
  #hasRealTraffic = false

  constructor(plan: Plan, parts: WorldParts, tally: Tally, history: History) {
    this.#plan = plan
    this.uris = plan.uris
    this.shared = plan.shared
    this.#histories = new Map(plan.realms.map(({ name, topics = [] }) => [name, topics.filter(({ history }) => history !== undefined)]))
    this.#parts = parts
    this.#tally = tally
    this.#history = history
    const clientOf = (connection: number): ClientPlan => this.#plans[connection] as ClientPlan
    this.#seen = Array.from({ length: plan.routers }, () => new Sightings())
    const place = { plan, rights: parts.rights, patterns: parts.patterns, tally, history, now: () => this.#now, clientOf }
    this.#routers = Array.from(
      { length: plan.routers },
      (_, index) => new (plan.hasFaults === true ? FaultyRouter : SimulatedRouter)({ ...place, index }),
    )
    this.#clients = plan.clients.map((client, index) => {
      const Kind = KINDS[client.kind]
      return new Kind(index, client, this, new Random(plan.seed + 7919 * (index + 1)))
    })
  }

  /**
   * Runs the whole plan and then lets every client leave.
   * @throws {SimulationFailure} at the first fault
   */
  async run(): Promise<void> {
    for (const step of this.#plan.steps) {
      const at = this.#now + step.after
      if (this.#nextAt() > at) this.#now = at
      else await this.#advance(at)
      this.#perform(step)
      if (step.kind === 'wait') await this.#advance(this.#now + new Random(step.seed).pick([300, 1500, 3000, 12_000]))
      if (this.#hasRealTraffic) await this.#turns()
    }
    await this.#finish()
    for (const router of this.#routers) router.checkEmpty()
    // A loop over a page of a history takes some turns for each of its events.
    for (let i = 0; i < MOST_LATE && this.#leftovers().length > 0; i++) await this.#turns()
    for (const text of this.#leftovers()) throw new SimulationFailure('client', text)
  }

  /** A call that another node cannot deliver ends in a later turn: until then it counts to the limit of its caller. */
  get #isCounted(): boolean {
    const { nodes = 1, realms } = this.#plan
    return nodes > 1 && realms.some(({ pendingCalls }) => pendingCalls < 1_000)
  }

  #leftovers(): string[] {
    return this.#clients.flatMap((client) => client.leftovers())
  }

  // ---- what clients need

  wire(plan: ClientPlan): Wire {
    return this.#parts.wires[plan.serializer]
  }

  seenBy({ router }: ClientPlan): Sightings {
    return this.#seen[router % this.#seen.length] as Sightings
  }

  histories({ realm }: ClientPlan): readonly Target[] {
    return this.#histories.get(realm) ?? []
  }

  takesAnyId({ realm }: ClientPlan): boolean {
    return this.#plan.realms.some(({ name, requestIds }) => name === realm && requestIds === 'tolerant')
  }

  now(): number {
    return this.#now
  }

  connect({ plan, index }: SimulatedClient, end: ClientEnd): Connection {
    const router = this.#routerOf(plan)
    const watch = {
      now: () => this.#now,
      sent: (from: Connection, bytes: Uint8Array) => this.#sent(router, from, bytes),
      closed: (from: Connection) => this.#history.add('note', from.index, 'the router closes'),
    }
    const ends = plan.kind === 'raw' ? end : { received: (packet: Packet) => end.received(packet), ended: () => this.#lose(end) }
    const connection: Connection = new Connection(this.#plans.length, { ...plan, client: index }, ends, watch)
    this.#plans.push(plan)
    this.#tally.connections++
    try {
      router.accept(connection, this.wire(plan))
    } catch (error) {
      // The client might treat it as a failing connection.
      if (error instanceof SimulationFailure) this.#blame ??= error
      throw error
    }
    return connection
  }

  token(client: number): string {
    return `t${client}.${++this.#tokens}`
  }

  blame(client: number, invariant: string, text: string): void {
    this.#blame ??= new SimulationFailure(invariant, `client ${client}: ${text}`)
  }

  after(milliseconds: number, task: () => void): () => void {
    return this.#timers.add(this.#now + milliseconds, task)
  }

  #lose(end: ClientEnd): void {
    this.#hasRealTraffic = true
    end.ended()
  }

  // ---- time

  async #advance(to: number): Promise<void> {
    for (let at = this.#nextAt(); at <= to; at = this.#nextAt()) {
      this.#now = Math.max(this.#now, at)
      this.#deliver()
      if (this.#hasRealTraffic) await this.#turns()
    }
    this.#now = to
  }

  #nextAt(): number {
    let at = Math.min(this.#nextTick, this.#timers.nextAt())
    for (const router of this.#routers) {
      at = Math.min(at, router.wakeAt())
      for (const connection of router.open) at = Math.min(at, connection.nextAt())
    }
    return at
  }

  /** All that is due now. */
  #deliver(): void {
    if (this.#now >= this.#nextTick) {
      this.#nextTick += TICK_MS
      this.#tally.seconds++
      for (const router of this.#routers) router.tick()
    }
    for (const router of this.#routers) if (router.wakeAt() <= this.#now) router.wake()
    if (this.#timers.run(this.#now)) this.#hasRealTraffic = true
    for (const router of this.#routers) {
      // Connections that are opened meanwhile come later; one that ends makes a new list and leaves this one unchanged.
      const { open } = router
      for (let i = 0, count = open.length; i < count; i++) {
        const connection = open[i] as Connection
        if (connection.nextAt() > this.#now) continue
        this.#deliverUp(router, connection)
        if (!connection.isOver) this.#deliverDown(connection)
      }
    }
  }

  #deliverUp(router: WorldRouter, connection: Connection): void {
    const first = connection.takeUp(this.#now)
    if (first === undefined) return
    if (first.what === 'end') return router.over(connection)
    const batch = [first]
    // Several plain messages may come in one turn; with other input the specification does not give the order of what follows.
    const isQuiet = isPlain(first) && !this.#isCounted && !router.open.some(({ isStalled }) => isStalled)
    for (let next = connection.up[0]; isQuiet && next !== undefined && isPlain(next); next = connection.up[0]) {
      const packet = connection.takeUp(this.#now)
      if (packet === undefined) break
      batch.push(packet)
    }
    router.receive(connection, batch)
  }

  #deliverDown(connection: Connection): void {
    if (!connection.deliverDown(this.#now) || this.#plans[connection.index]?.kind === 'raw') return
    this.#hasRealTraffic = true
    // Many messages that come together are also read in one turn, before any promise continues.
    if (connection.index % 2 === 0) while (connection.deliverDown(this.#now)) continue
  }

  #sent(router: WorldRouter, connection: Connection, bytes: Uint8Array): readonly unknown[] {
    this.#tally.messagesOut++
    const list = this.#parts.wires[connection.serializer].decode(bytes) as readonly unknown[]
    this.#history.add('out', connection.index, list)
    this.seenBy(this.#plans[connection.index] as ClientPlan).note(list)
    this.#tally.note(list)
    router.sent(connection, list)
    return list
  }

  /** Lets promises continue; only real clients have any. */
  async #turns(): Promise<void> {
    this.#hasRealTraffic = false
    for (let i = 0; i < TURNS; i++) await TURN
    if (this.#blame !== undefined) throw this.#blame
  }

  // ---- steps

  #perform(step: Step): void {
    const client = this.#clients[step.client]
    if (client === undefined) return
    this.#tally.steps++
    this.#tally.count(step.kind)
    this.#history.add('note', step.client, `client ${step.client}: ${step.kind}`)
    if (step.kind === 'stall') this.#stall(client)
    else if (step.kind === 'resume') this.#resumeSoon(client, step.seed)
    else if (step.kind === 'vanish') this.#vanish(client)
    else if (step.kind !== 'wait') client.act(step)
    this.#hasRealTraffic ||= client.plan.kind !== 'raw'
  }

  /** Only a client with a session stops reading: a session whose id is unknown looks like none. */
  #stall({ connection, plan }: SimulatedClient): void {
    if (connection !== undefined && this.#routerOf(plan).hasSession(connection)) connection.stall()
  }

  #vanish({ connection, plan }: SimulatedClient): void {
    if (connection !== undefined && this.#routerOf(plan).hasSession(connection)) connection.vanish()
    else connection?.cut()
  }

  /** A connection may take more a moment before it reports that: nothing may overtake what is queued. */
  #resumeSoon(client: SimulatedClient, seed: number): void {
    const { connection } = client
    if (connection?.isStalled !== true) return
    if (seed % 2 === 0) return this.#resume(client)
    connection.takesMore = true
    this.#timers.add(this.#now + (seed % 50), () => this.#resume(client))
  }

  #resume({ connection, plan }: SimulatedClient): void {
    if (connection?.isStalled !== true || connection.isOver) return
    connection.isStalled = false
    connection.takesMore = false
    this.#routerOf(plan).drain(connection)
  }

  /** Every client answers, then leaves; at the end nothing of any client may be left. */
  async #finish(): Promise<void> {
    if (this.#plan.hasFaults === true) await this.#calm()
    if (this.#plan.seed % 2 === 0) await this.#forsake()
    for (const client of this.#clients) this.#resume(client)
    await this.#advance(this.#now + 200)
    for (const client of this.#clients) client.answerAll()
    await this.#turns()
    await this.#advance(this.#now + 200)
    for (const router of this.#routers) for (const connection of router.open) if (!connection.isUsable) connection.cut()
    for (const client of this.#clients) {
      client.part((client.index + this.#plan.seed) % 2 === 0)
      await this.#turns()
    }
    for (let seconds = 0; seconds < 12 && this.#isAnyoneLeft(); seconds++) await this.#advance(this.#now + TICK_MS)
    for (const router of this.#routers) for (const connection of [...router.open]) connection.cut()
    await this.#advance(this.#now + (this.#plan.hasFaults === true ? 8 * TICK_MS : 100))
    await this.#turns()
  }

  /** Nothing goes wrong between nodes any more. */
  async #calm(): Promise<void> {
    for (const router of this.#routers) router.calm?.()
    await this.#advance(this.#now + CALM_MS)
    for (const router of this.#routers) router.checkCalm?.()
  }

  /** Clients that do not read send a last message and do nothing more: in time the router must close them. */
  async #forsake(): Promise<void> {
    const forsaken = this.#clients.filter(({ connection }) => connection?.isStalled === true)
    if (forsaken.length === 0) return
    const kind = this.#plan.seed % 4 === 0 ? 'leave' : 'hostile'
    for (const client of forsaken) client.act({ after: 0, client: client.index, kind, seed: this.#plan.seed })
    await this.#advance(this.#now + FORSAKEN_MS)
  }

  #isAnyoneLeft(): boolean {
    return this.#routers.some(({ open }) => open.length > 0)
  }

  #routerOf({ router }: ClientPlan): WorldRouter {
    return this.#routers[router % this.#routers.length] as WorldRouter
  }
}

function isPlain({ what, list, isHostile }: Packet): boolean {
  if (what !== 'message' || list === undefined || isHostile === true) return false
  const [type] = list
  return type === 16 || type === 49 || type === 70 || (type === 48 && !String(list[3]).startsWith('wamp'))
}

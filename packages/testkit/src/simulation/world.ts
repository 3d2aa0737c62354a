// A simulated world: routers, clients and the network between them, one virtual clock, every input shown to the model.
// One seed decides everything; the same plan gives the same history.

import type { Authorizer, RealmOptions, Router, Scheduler } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { Checker } from './checker.ts'
import type { ClientWorld, SimulatedClient } from './client.ts'
import { SimulationFailure } from './failure.ts'
import { History } from './history.ts'
import { Invariants } from './invariants.ts'
import { Model } from './model/model.ts'
import type { NaiveRights } from './model/uris.ts'
import type { Packet } from './network.ts'
import { Connection } from './network.ts'
import { Random, RandomIds } from './random.ts'
import { RawClient } from './raw-client.ts'
import { RealClient } from './real-client.ts'
import { Sightings } from './script.ts'
import type { ClientPlan, Plan, RealmPlan, Step } from './settings.ts'
import { dynamicVerdict, ROLE_RULES } from './settings.ts'
import type { Tally } from './tally.ts'
import type { Wire } from './wire.ts'

/** What worlds share: made once, changed by none. */
export interface WorldParts {
  readonly wires: Readonly<Record<ClientPlan['serializer'], Wire>>
  readonly rights: NaiveRights
}

const TICK_MS = 1_000
/** So many turns of promises pass between two inputs: enough for any chain in the client. */
const TURNS = 8

export class SimulatedWorld implements ClientWorld {
  readonly seen = new Sightings()
  readonly #plan: Plan
  readonly #parts: WorldParts
  readonly #tally: Tally
  readonly #history: History
  readonly #router: Router
  readonly #model: Model
  readonly #checker: Checker
  readonly #invariants: Invariants
  readonly #clients: readonly SimulatedClient[]
  readonly #connections: Connection[] = []
  readonly #tasks: (() => void)[] = []
  readonly #timers: { readonly at: number; readonly task: () => void }[] = []
  #open: Connection[] = []
  #now = Date.UTC(2026, 0, 1)
  #nextTick = this.#now + TICK_MS
  #tokens = 0
  #authids = 0
  #blame: SimulationFailure | undefined
  #hasRealTraffic = false
  /** Connections whose sessions left their realm in this step without a word of the model, in that order. */
  #vanished: Connection[] = []

  constructor(plan: Plan, parts: WorldParts, tally: Tally, history: History) {
    this.#plan = plan
    this.#parts = parts
    this.#tally = tally
    this.#history = history
    const now = (): number => this.#now
    this.#checker = new Checker(plan, now)
    this.#invariants = new Invariants(plan, parts.rights)
    this.#router = createRouter({
      realms: Object.fromEntries(plan.realms.map((realm) => [realm.name, this.#realmOptions(realm)])),
      clock: { now },
      ids: new RandomIds(new Random(plan.seed ^ 0x5bd1e995)),
      scheduler: this.#scheduler,
      log: { warn: (event, fields) => this.#logged(event, fields), info() {} },
      limits: { outboxBytes: plan.outboxBytes, outboxTotalBytes: plan.outboxTotalBytes },
    })
    this.#settle()
    this.#model = new Model({
      plan,
      rights: parts.rights,
      outlet: this.#checker,
      now,
      roleOf: (connection) => this.#planOf(connection).role,
      choices: {
        hasFurtherInvocation: (session) => {
          const inRouter = this.#router.realm(session.realm.plan.name)?.sessions.get(session.id.value as number)
          return inRouter !== undefined && inRouter.lastInvocation > session.lastInvocation
        },
        isAttached: (session, to, uri, match) => {
          const inRouter = this.#router.realm(session.realm.plan.name)?.sessions.get(session.id.value as number)
          const held = to === 'subscribe' ? inRouter?.subscriptions : inRouter?.registrations
          return [...(held?.values() ?? [])].some((each) => each.uri === uri && each.match === match)
        },
      },
    })
    this.#clients = plan.clients.map((client, index) => {
      const Kind = client.kind === 'real' ? RealClient : RawClient
      return new Kind(index, client, this, new Random(plan.seed + 7919 * (index + 1)))
    })
  }

  /**
   * Runs the whole plan and then lets everybody go.
   * @throws {SimulationFailure} at the first thing that is not as it must be
   */
  async run(): Promise<void> {
    for (const step of this.#plan.steps) {
      await this.#advance(this.#now + step.after)
      await this.#perform(step)
    }
    await this.#finish()
    void this.#router.close()
  }

  // ---- what clients need

  wire(plan: ClientPlan): Wire {
    return this.#parts.wires[plan.serializer]
  }

  connect(client: SimulatedClient & { received(packet: Packet): void; ended(): void }): Connection {
    const { plan, index } = client
    const watch = {
      now: () => this.#now,
      sent: (from: Connection, bytes: Uint8Array) => this.#sent(from, bytes),
      closed: (from: Connection) => this.#history.add('note', from.index, 'the router closes'),
    }
    const connection: Connection = new Connection(this.#connections.length, { ...plan, client: index }, client, watch)
    this.#connections.push(connection)
    this.#open.push(connection)
    this.#checker.opened(connection, this.wire(plan))
    this.#input(
      () => {
        connection.owner = this.#router.accept(connection)
      },
      () => this.#model.opened(connection.index, plan.serializer, plan.maxBytes),
    )
    this.#tally.connections++
    return connection
  }

  token(client: number): string {
    return `t${client}.${++this.#tokens}`
  }

  blame(client: number, invariant: string, text: string): void {
    this.#blame ??= new SimulationFailure(invariant, `client ${client}: ${text}`)
  }

  after(milliseconds: number, task: () => void): () => void {
    const timer = { at: this.#now + milliseconds, task }
    this.#timers.push(timer)
    return () => {
      const at = this.#timers.indexOf(timer)
      if (at !== -1) this.#timers.splice(at, 1)
    }
  }

  note(client: number, text: string): void {
    this.#history.add('note', client, text)
  }

  // ---- time

  async #advance(to: number): Promise<void> {
    for (;;) {
      const at = this.#nextAt()
      if (at > to) break
      this.#now = Math.max(this.#now, at)
      this.#deliver()
      await this.#turns()
    }
    this.#now = to
  }

  #nextAt(): number {
    let at = this.#nextTick
    for (const connection of this.#open) at = Math.min(at, connection.nextAt() ?? Infinity)
    for (const timer of this.#timers) at = Math.min(at, timer.at)
    return at
  }

  #deliver(): void {
    const now = this.#now
    if (now >= this.#nextTick) {
      this.#nextTick += TICK_MS
      this.#tick()
    }
    for (const timer of [...this.#timers]) {
      if (timer.at > now || !this.#timers.includes(timer)) continue
      this.#timers.splice(this.#timers.indexOf(timer), 1)
      this.#hasRealTraffic = true
      timer.task()
    }
    for (const connection of [...this.#open]) {
      this.#deliverUp(connection)
      if (!connection.isOver && connection.deliverDown(now)) this.#hasRealTraffic ||= this.#planOf(connection.index).kind === 'real'
    }
  }

  /** Promises run on; real clients only have any. */
  async #turns(): Promise<void> {
    if (this.#hasRealTraffic) {
      this.#hasRealTraffic = false
      for (let i = 0; i < TURNS; i++) await undefined
    }
    if (this.#blame !== undefined) throw this.#blame
  }

  #tick(): void {
    this.#tally.seconds++
    this.#input(
      () => this.#router.tick(),
      () => this.#model.tick(),
    )
  }

  // ---- inputs

  #deliverUp(connection: Connection): void {
    const first = connection.takeUp(this.#now)
    if (first === undefined) return
    if (first.what === 'end') return this.#over(connection)
    const batch = [first]
    for (let next = connection.up[0]; next !== undefined && this.#mayJoin(first, next); next = connection.up[0]) {
      batch.push(next)
      connection.up.shift()
    }
    this.#tally.messagesIn += batch.length
    this.#input(
      () => {
        for (const packet of batch) {
          this.#history.add('in', connection.index, packet.list ?? packet.bytes)
          if (packet.what === 'wrong-kind') connection.owner?.onWrongKind()
          else connection.owner?.onMessage(packet.bytes.slice())
        }
      },
      () => {
        for (const packet of batch) {
          this.#invariants.received(connection.index, packet.list)
          this.#model.received(connection.index, packet.list)
        }
      },
    )
  }

  /** Several plain messages may come in one turn; with anything else the order of what follows is not told by the text. */
  #mayJoin(first: Packet, next: Packet): boolean {
    return next.at <= this.#now && isPlain(first) && isPlain(next) && !this.#open.some(({ isStalled }) => isStalled)
  }

  #over(connection: Connection): void {
    this.#open = this.#open.filter((each) => each !== connection)
    this.#history.add('note', connection.index, 'the connection is gone')
    this.#input(
      () => {
        connection.over()
        connection.owner?.onClose()
      },
      () => {
        this.#model.over(connection.index)
        this.#checker.over(connection)
        this.#invariants.over(connection.index)
      },
    )
  }

  /** One input to the router, all that it sets off, and the comparison with the model. */
  #input(toRouter: () => void, toModel: () => void): void {
    this.#tally.inputs++
    this.#vanished = []
    this.#checker.begin()
    toRouter()
    this.#settle()
    toModel()
    for (let i = 0; i < this.#vanished.length; i++) {
      const connection = this.#vanished[i] as Connection
      if (this.#model.peers.get(connection.index)?.phase !== 'open') continue
      this.#tally.slowConsumers++
      this.#history.add('note', connection.index, 'closed as a slow consumer')
      this.#checker.confirmSlow(connection)
      this.#model.slow(connection.index)
    }
    this.#checker.finish()
    if (this.#blame !== undefined) throw this.#blame
  }

  #settle(): void {
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) {
      task()
      this.#lookForVanished()
    }
  }

  #lookForVanished(): void {
    for (const connection of this.#open) {
      if (!connection.isStalled || this.#vanished.includes(connection)) continue
      const session = this.#model.peers.get(connection.index)?.session
      if (session === undefined) continue
      const realm = this.#router.realm(session.realm.plan.name)
      if (realm?.sessions.has(session.id.value as number) !== true) this.#vanished.push(connection)
    }
  }

  #sent(connection: Connection, bytes: Uint8Array): readonly unknown[] {
    this.#tally.messagesOut++
    const list = this.wire(this.#planOf(connection.index)).decode(bytes) as readonly unknown[]
    this.#history.add('out', connection.index, list)
    this.seen.note(list)
    this.#checker.sent(connection, list)
    this.#invariants.sent(connection.index, list)
    return list
  }

  readonly #scheduler: Scheduler = { defer: (task) => void this.#tasks.push(task) }

  #logged(event: string, fields: Readonly<Record<string, unknown>>): void {
    if (event === 'fault') this.#blame ??= new SimulationFailure('fault', `the router met a fault of its own: ${String(fields['error'])}`)
  }

  // ---- steps

  async #perform(step: Step): Promise<void> {
    const client = this.#clients[step.client]
    if (client === undefined) return
    this.#tally.steps++
    this.#history.add('note', step.client, `client ${step.client}: ${step.kind}`)
    this.#tally.count(step.kind)
    if (step.kind === 'wait') await this.#advance(this.#now + new Random(step.seed).pick([300, 1500, 3000, 12_000]))
    else if (step.kind === 'stall') this.#stall(client)
    else if (step.kind === 'resume') this.#resume(client.connection)
    else client.act(step)
    this.#hasRealTraffic ||= client.plan.kind === 'real'
    await this.#turns()
  }

  /** Only one who has a session stops reading: who is let in while he does not read cannot be told apart from nobody. */
  #stall({ connection }: SimulatedClient): void {
    if (connection === undefined || this.#model.peers.get(connection.index)?.phase !== 'open') return
    if (this.#model.peers.get(connection.index)?.session?.id.value === undefined) return
    connection.isStalled = true
  }

  #resume(connection: Connection | undefined): void {
    if (connection?.isStalled !== true || connection.isOver) return
    connection.isStalled = false
    const before = connection.down.length
    this.#input(
      () => connection.owner?.onDrain(),
      () => {
        const came = connection.down.slice(before)
        this.#checker.checkDrained(
          connection,
          came.reduce((sum, { bytes }) => sum + bytes.byteLength, 0),
          came.length,
        )
      },
    )
  }

  /** Everybody answers, then leaves; at the end nothing may be left of anybody. */
  async #finish(): Promise<void> {
    for (const connection of [...this.#open]) this.#resume(connection)
    await this.#advance(this.#now + 200)
    for (const client of this.#clients) client.answerAll()
    this.#hasRealTraffic = true
    await this.#turns()
    await this.#advance(this.#now + 200)
    for (const client of this.#clients) {
      client.part((client.index + this.#plan.seed) % 2 === 0)
      this.#hasRealTraffic = true
      await this.#turns()
    }
    await this.#advance(this.#now + 12_000)
    for (const connection of [...this.#open]) connection.cut()
    await this.#advance(this.#now + 2_000)
    this.#checkEmpty()
  }

  #checkEmpty(): void {
    const fail = (text: string): never => {
      throw new SimulationFailure('B5', text)
    }
    if (this.#open.length > 0) fail(`${this.#open.length} connections are left`)
    for (const realm of this.#router.realms) {
      const sessions = [...realm.sessions.values()]
      const guests = sessions.filter((session) => !session.isInternal)
      const registrations = [...realm.dealer.registrations.values()].filter(({ callees }) => callees.some(({ session }) => !session.isInternal))
      const rest = sessions.map(({ calls, invocations, subscriptions }) => calls.size + invocations.size + subscriptions.size)
      if (guests.length > 0) fail(`realm ${realm.name} keeps ${guests.length} sessions`)
      if (realm.broker.subscriptions.size > 0) fail(`realm ${realm.name} keeps ${realm.broker.subscriptions.size} subscriptions`)
      if (registrations.length > 0) fail(`realm ${realm.name} keeps ${registrations.length} registrations`)
      if (rest.some((size) => size > 0)) fail(`realm ${realm.name} keeps open calls`)
    }
    for (const client of this.#clients) for (const text of client.leftovers()) throw new SimulationFailure('client', text)
    this.#invariants.end()
    this.#tally.checks += this.#checker.checks + this.#invariants.checks
  }

  #planOf(connection: number): ClientPlan {
    const client = this.#connections[connection]?.client
    const plan = client === undefined ? undefined : this.#plan.clients[client]
    if (plan === undefined) throw new Error(`no plan for connection ${connection}`)
    return plan
  }

  #realmOptions({ rights, allowsDisclosure, subscriptions, registrations, pendingCalls }: RealmPlan): RealmOptions {
    return {
      allowsDisclosure,
      limits: { subscriptions, registrations, pendingCalls },
      authenticate: (_, { peer }, next) => {
        const role = this.#plan.clients[Number(peer.slice('client-'.length))]?.role ?? 'nobody'
        next({ accept: { authid: `who-${++this.#authids}`, authrole: role, authmethod: 'anonymous', authprovider: 'static' } })
      },
      ...(rights === 'static' ? { roles: ROLE_RULES } : { authorizer: this.#lateAuthorizer() }),
    }
  }

  /** Answers in a later turn. */
  #lateAuthorizer(): Authorizer {
    return {
      allows: ({ action, uri, session }, answer) => {
        this.#tasks.push(() => answer(dynamicVerdict(session.authrole, action, uri)))
        return undefined
      },
    }
  }
}

function isPlain({ what, list, isHostile }: Packet): boolean {
  if (what !== 'message' || list === undefined || isHostile === true) return false
  const [type] = list
  return type === 16 || type === 49 || type === 70 || (type === 48 && !String(list[3]).startsWith('wamp'))
}

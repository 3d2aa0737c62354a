// The linked nodes of a cluster where packets are late or lost, ways are cut, and nodes stand still or die and start again. What clients send to
// a node that stands still waits for it.

import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import type { Weather } from './faulty-bus.ts'
import { CALM, FaultyBus } from './faulty-bus.ts'
import { NodeWatch } from './node-watch.ts'
import type { ClusterPlace } from './simulated-cluster.ts'
import { Random, RandomIds } from './random.ts'
import { realmsOf } from './realm-options.ts'

/** One process of a node. */
export interface Process {
  readonly name: string
  /** Another one for each process of the cluster. */
  readonly boot: number
  readonly router: Router
  /** What subscribers in its realms get of other nodes. */
  readonly watches: readonly NodeWatch[]
  isDead: boolean
  alarmAt: number
  readonly tasks: (() => void)[]
  /** How often the link to each other node came up or went down. */
  readonly turns: Map<string, number>
}

/** One place for processes, of which each next is another life of the node. */
export interface Place {
  readonly name: string
  process: Process | undefined
  /** While it stands still: what comes to it meanwhile. */
  waiting: (() => void)[] | undefined
}

interface Happening {
  readonly at: number
  readonly what: () => void
}

const DURATIONS = [100, 300, 700, 1_500, 3_000, 5_500, 8_000, 20_000, 60_000]
const RESTART_MS = [100, 1_000, 3_000, 7_000, 20_000]

export class FaultyCluster {
  readonly places: readonly Place[]
  readonly bus: FaultyBus
  readonly #host: ClusterPlace
  readonly #note: (text: string) => void
  readonly #onDeath: (place: Place) => void
  readonly #random: Random
  readonly #ids: RandomIds
  /** Of a process that dies nothing can be told that it had accepted: in some worlds none does. */
  readonly #mayDie: boolean
  #happenings: Happening[] = []
  #authids = 0
  #boots = 0
  #isCalm = false

  constructor(host: ClusterPlace, note: (text: string) => void, onDeath: (place: Place) => void) {
    const { plan, index } = host
    this.#host = host
    this.#note = note
    this.#onDeath = onDeath
    this.#random = new Random((plan.seed + index) ^ 0x3c6e_f372)
    this.#ids = new RandomIds(new Random((plan.seed + index) ^ 0x5bd1_e995))
    this.#mayDie = this.#random.percent(55)
    this.bus = new FaultyBus(new Random((plan.seed + index) ^ 0x7feb_352d), () => host.now(), this.#drawWeather())
    this.places = Array.from({ length: plan.nodes ?? 2 }, (_, node) => ({ name: `node${node}`, process: undefined, waiting: undefined }))
    for (const place of this.places) this.#start(place)
    this.#planNext()
  }

  placeOf(connection: number): Place {
    return this.places[connection % this.places.length] as Place
  }

  get alive(): readonly Process[] {
    return this.places.flatMap(({ process }) => process ?? [])
  }

  /** Whether two nodes have seen each other as linked since a time at which these were the numbers of {@link turnsOf}. */
  turnsOf(one: Process, other: Process): string {
    return `${one.turns.get(other.name) ?? 0} ${other.turns.get(one.name) ?? 0}`
  }

  nextAt(): number {
    const alarms = this.places.map(({ process, waiting }) => (waiting === undefined ? (process?.alarmAt ?? Infinity) : Infinity))
    return Math.min(...alarms, this.bus.nextAt(this.#takes), ...this.#happenings.map(({ at }) => at))
  }

  /** Does what is due; `afterEach` follows each packet. */
  wake(afterEach: () => void): void {
    for (const each of this.#happenings.filter(({ at }) => at <= this.#host.now())) {
      this.#happenings = this.#happenings.filter((other) => other !== each)
      each.what()
      this.settle()
      afterEach()
    }
    for (const { process, waiting } of this.places) {
      if (waiting === undefined && process !== undefined && process.alarmAt <= this.#host.now()) this.#tick(process)
    }
    this.settle()
    while (this.bus.deliverOne(this.#takes)) {
      this.settle()
      afterEach()
    }
  }

  /** Lets every router handle what took too long. */
  tick(): void {
    for (const { process, waiting } of this.places) if (process !== undefined && waiting === undefined) this.#tick(process)
    this.settle()
  }

  /** Gives an input to a node, now or when it goes on. */
  input(place: Place, task: () => void): void {
    if (place.waiting === undefined) task()
    else place.waiting.push(task)
    this.settle()
  }

  /** Runs the deferred tasks of all nodes that do not stand still. */
  settle(): void {
    const ready = (): Process | undefined =>
      this.places.find(({ process, waiting }) => waiting === undefined && process !== undefined && process.tasks.length > 0)?.process
    for (let process = ready(); process !== undefined; process = ready()) process.tasks.shift()?.()
  }

  /** Nothing goes wrong any more: every node is there, and packets come. */
  calm(): void {
    this.#isCalm = true
    this.#happenings = []
    this.bus.healAll()
    this.bus.weather = CALM
    for (const place of this.places) {
      if (place.waiting !== undefined) this.#resume(place)
      if (place.process === undefined) this.#start(place)
    }
  }

  /** The subscribers of the world's own leave. */
  unwatch(): void {
    for (const { watches } of this.alive) for (const watch of watches) watch.close()
    this.settle()
  }

  close(): void {
    for (const { router } of this.alive) void router.close()
  }

  readonly #takes = (node: string): boolean => this.places.some(({ name, waiting }) => name === node && waiting === undefined)

  #tick(process: Process): void {
    process.alarmAt = Infinity
    process.router.tick()
  }

  // ---- what goes wrong

  #drawWeather(): Weather {
    const random = this.#random
    if (random.percent(30)) return { ...CALM, delay: random.pick([1, 20, 100]) }
    return { lost: random.below(21), repeated: random.below(11), late: random.below(11), delay: random.pick([5, 50, 200, 500]) }
  }

  #after(ms: number, what: () => void): void {
    this.#happenings.push({ at: this.#host.now() + ms, what })
  }

  #planNext(): void {
    this.#after(this.#random.pick([200, 1_000, 4_000, 10_000]) + this.#random.below(500), () => {
      this.#goWrong()
      if (!this.#isCalm) this.#planNext()
    })
  }

  #goWrong(): void {
    const random = this.#random
    const place = random.pick(this.places)
    switch (random.below(6)) {
      case 0:
        this.bus.weather = this.#drawWeather()
        return
      case 1:
      case 2:
        return this.#cut(new Set([place]), random.percent(50) ? [random.pick(this.places)] : this.places)
      case 3:
        return this.#cut(new Set(random.some(this.places, 50)), this.places)
      case 4:
        return this.#halt(place)
      default:
        return this.#mayDie ? this.#die(place) : this.#cut(new Set([place]), this.places)
    }
  }

  #cut(group: ReadonlySet<Place>, others: readonly Place[]): void {
    const pairs = [...group].flatMap((one) => others.filter((other) => !group.has(other)).map((other) => [one.name, other.name] as const))
    for (const [one, other] of pairs) this.bus.cut(one, other)
    this.#note(`cut: ${pairs.map((pair) => pair.join('-')).join(' ')}`)
    this.#after(this.#random.pick(DURATIONS), () => {
      for (const [one, other] of pairs) this.bus.heal(one, other)
      this.#note(`healed: ${pairs.map((pair) => pair.join('-')).join(' ')}`)
    })
  }

  #halt(place: Place): void {
    if (place.waiting !== undefined || place.process === undefined) return
    this.#note(`${place.name} stands still`)
    place.waiting = []
    this.#after(this.#random.pick(DURATIONS), () => this.#resume(place))
  }

  #resume(place: Place): void {
    const { waiting } = place
    if (waiting === undefined) return
    this.#note(`${place.name} goes on`)
    place.waiting = undefined
    for (const task of waiting) {
      task()
      this.settle()
    }
  }

  #die(place: Place): void {
    if (place.process === undefined) return
    this.#note(`${place.name} dies`)
    place.process.isDead = true
    place.process = undefined
    place.waiting = undefined
    this.bus.forget(place.name)
    this.#onDeath(place)
    this.#after(this.#random.pick(RESTART_MS), () => this.#start(place))
  }

  #start(place: Place): void {
    if (place.process !== undefined) return
    const { plan } = this.#host
    const { name } = place
    const now = (): number => this.#host.now()
    const skew = this.#random.between(-1_000, 1_000)
    const state = {
      name,
      boot: ++this.#boots,
      watches: [] as readonly NodeWatch[],
      isDead: false,
      alarmAt: Infinity,
      tasks: [] as (() => void)[],
      turns: new Map<string, number>(),
    }
    const turned = (event: string, { node }: Readonly<Record<string, unknown>>): void => {
      if (event !== 'node joined' && event !== 'node lost' && event !== 'node left') return
      state.turns.set(String(node), (state.turns.get(String(node)) ?? 0) + 1)
      if (event === 'node lost') for (const watch of state.watches) watch.lost(String(node))
      this.#note(`${name}: ${event}: ${String(node)}`)
    }
    const router = createRouter({
      realms: realmsOf(plan, { nextAuthid: () => `who-${++this.#authids}`, defer: (task) => void state.tasks.push(task) }),
      clock: { now: () => now() + skew, monotonic: now },
      alarm: { set: (at) => void (state.alarmAt = at) },
      ids: this.#ids,
      scheduler: { defer: (task) => void state.tasks.push(task) },
      log: { debug() {}, info: turned, warn: turned, error: (event, fields) => this.#host.onError(event, fields) },
      limits: { outboxBytes: plan.outboxBytes, outboxTotalBytes: plan.outboxTotalBytes },
      cluster: { name: 'simulated', by: this.bus.busOf(name, () => !state.isDead) },
    })
    const watches = plan.realms.map((realm) => new NodeWatch(router, realm.name))
    place.process = Object.assign(state, { router, watches })
    this.#note(`${name} starts`)
    this.settle()
  }
}

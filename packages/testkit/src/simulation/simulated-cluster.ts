// The routers behind one model: one that stands alone, or the linked nodes of a cluster, which has to behave like one router.
// All of them have the same clock, ids and list of deferred tasks. Compares nothing.

import type { Router, SessionView, TransportOwner } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { SimulationFailure } from './failure.ts'
import type { Connection } from './network.ts'
import { Random, RandomIds } from './random.ts'
import { realmsOf } from './realm-options.ts'
import type { Plan } from './settings.ts'
import { SimulatedBus } from './simulated-bus.ts'
import { SimulatedPackets } from './simulated-packets.ts'

/** What the routers need of their world. */
export interface ClusterPlace {
  readonly plan: Plan
  /** Which of the clusters of the world it is. */
  readonly index: number
  now(): number
  /** A line for the log of a router. */
  onError(event: string, fields: Readonly<Record<string, unknown>>): void
}

/** One router, with the time at which it asked to be woken. */
interface Node {
  readonly router: Router
  alarmAt: number
}

/** The date on a clock that is set forward or back, by up to a day, every few seconds. */
export function steppedDate(seed: number, now: number): number {
  const chance = new Random(seed ^ Math.floor(now / STEP_EVERY_MS))
  return now + chance.between(-ONE_DAY_MS, ONE_DAY_MS)
}

const STEP_EVERY_MS = 7_000
const ONE_DAY_MS = 86_400_000
const MOST_LINKING_MS = 5_000
const LINKING_STEP_MS = 50
/** Packets take longer than frames. */
const PACKETS_IN_ONE_OF = 4

export class SimulatedCluster {
  readonly #place: ClusterPlace
  readonly #ids: RandomIds
  readonly #bus: SimulatedBus | SimulatedPackets | undefined
  readonly #nodes: readonly Node[]
  readonly #tasks: (() => void)[] = []
  #authids = 0
  /** So long before the world begins: the nodes have to find one another first. */
  #before: number

  constructor(place: ClusterPlace) {
    const { plan, index } = place
    const { nodes = 1 } = plan
    this.#place = place
    this.#ids = new RandomIds(new Random((plan.seed + index) ^ 0x5bd1e995))
    this.#before = nodes > 1 ? MOST_LINKING_MS : 0
    this.#bus = nodes > 1 ? busOf(plan.seed) : undefined
    this.#nodes = Array.from({ length: nodes }, (_, node) => this.#createNode(`node${node}`))
    this.#bus?.link()
    this.settle(() => {})
    for (; this.#before > 0 && !this.#isLinked; this.#before -= LINKING_STEP_MS) {
      this.tick()
      this.settle(() => {})
    }
    this.#before = 0
    if (!this.#isLinked) throw new SimulationFailure('C', 'the nodes are not linked')
  }

  /** Whether every node has a link to each other. */
  get #isLinked(): boolean {
    return this.#nodes.every(({ router }) => (fabricOf(router)?.nodes.length ?? 0) === this.#nodes.length - 1)
  }

  /** How many frames or packets the nodes have sent one another. */
  get frames(): number {
    return this.#bus?.frames ?? 0
  }

  get callsRerouted(): number {
    return this.#nodes.reduce((sum, { router }) => sum + router.counters.callsRerouted, 0)
  }

  /** Gives a connection to the router to which it belongs. */
  accept(connection: Connection): TransportOwner {
    return this.#nodeOf(connection.index).router.accept(connection)
  }

  /** When a router asked to be woken. */
  get alarmAt(): number {
    return Math.min(...this.#nodes.map(({ alarmAt }) => alarmAt))
  }

  /** Lets every router handle what took too long. */
  tick(): void {
    for (const node of this.#nodes) {
      node.alarmAt = Infinity
      node.router.tick()
    }
  }

  /** A session of the router to which a connection belongs. */
  session(connection: number, realm: string, id: number): SessionView | undefined {
    return this.#nodeOf(connection).router.realm(realm)?.session(id)
  }

  /** How many events the history of a subscription has, on the node that was asked last for it: others still have what is too old. */
  pastEvents(realm: string, { match, uri }: { readonly match: string; readonly uri: string }): number {
    const counts = this.#nodes.map(({ router }) => {
      const all = router.realm(realm)?.subscriptions ?? []
      return all.find((each) => each.match === match && each.uri === uri)?.pastEvents ?? 0
    })
    return Math.min(...counts)
  }

  /** Runs deferred tasks and delivers what the nodes have sent one another, one by one until nothing moves. */
  settle(afterEach: () => void): void {
    do {
      for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) {
        task()
        afterEach()
      }
    } while (this.#bus?.deliverOne() === true)
  }

  /** Runs a task in a later turn. */
  defer(task: () => void): void {
    this.#tasks.push(task)
  }

  /** What is left of clients, as numbers with their names; `0 …` for nothing. */
  leftovers(): string[] {
    return this.#nodes.flatMap(({ router }) => [
      ...router.realms.flatMap((realm) => leftoversIn(realm)),
      ...leftoversOfNodes(fabricOf(router)),
    ])
  }

  /**
   * When nothing moves, the calls that one node has open to another are those that the other has open from it.
   * @returns a difference; undefined where there is none
   */
  get unmatchedCall(): string | undefined {
    if (this.#bus === undefined) return undefined
    const open = new Map<string, number>()
    const count = (from: string, to: string, realm: string, calls: number): void => {
      const key = `calls in ${realm} from ${from} to ${to}`
      open.set(key, (open.get(key) ?? 0) + calls)
    }
    for (const { router } of this.#nodes) {
      const fabric = fabricOf(router)
      for (const [realm, { nodes }] of fabric?.extent ?? []) {
        for (const { name, calls } of nodes) {
          count(fabric?.node ?? '', name, realm, calls.to)
          count(name, fabric?.node ?? '', realm, -calls.from)
        }
      }
    }
    for (const [key, difference] of open) if (difference !== 0) return `${difference} more ${key} at the caller's node than at the callee's`
    return undefined
  }

  close(): void {
    for (const { router } of this.#nodes) void router.close()
  }

  #nodeOf(connection: number): Node {
    return this.#nodes[connection % this.#nodes.length] as Node
  }

  #createNode(name: string): Node {
    const { plan } = this.#place
    const now = (): number => this.#place.now() - this.#before
    const node: { alarmAt: number } = { alarmAt: Infinity }
    const router = createRouter({
      realms: realmsOf(plan, { nextAuthid: () => `who-${++this.#authids}`, defer: (task) => this.defer(task) }),
      clock: { now: () => steppedDate(plan.seed, now()), monotonic: now },
      alarm: { set: (at) => void (node.alarmAt = at) },
      ids: this.#ids,
      scheduler: { defer: (task) => this.defer(task) },
      log: { warn() {}, info() {}, debug() {}, error: (event, fields) => this.#place.onError(event, fields) },
      limits: { outboxBytes: plan.outboxBytes, outboxTotalBytes: plan.outboxTotalBytes },
      ...(this.#bus === undefined ? {} : { cluster: { name: 'simulated', by: this.#bus.linksOf(name) } }),
    })
    return Object.assign(node, { router })
  }
}

export function leftoversIn({ sessions, subscriptions, registrations }: Router['realms'][number]): string[] {
  return [
    `${sessions.filter((session) => !session.isInternal).length} sessions`,
    `${subscriptions.filter(({ subscribers, hasHistory }) => subscribers > 0 || !hasHistory).length} subscriptions`,
    `${registrations.filter(({ isInternal }) => !isInternal).length} registrations`,
    `${sessions.filter(({ calls, invocations }) => calls + invocations > 0).length} sessions with open calls`,
  ]
}

/** What a router knows of other nodes, beyond its public API. */
export interface FabricReach {
  readonly node: string
  readonly nodes: readonly string[]
  knows(node: string): boolean
  readonly waiting: number
  readonly extent: ReadonlyMap<string, { readonly sessions: number; readonly nodes: readonly NodeReach[] }>
}

interface NodeReach {
  readonly name: string
  readonly callees: number
  readonly calls: { readonly to: number; readonly from: number }
}

export function fabricOf(router: Router): FabricReach | undefined {
  return (router as unknown as { readonly allRealms: { readonly fabric: FabricReach | undefined } }).allRealms.fabric
}

export function leftoversOfNodes(fabric: FabricReach | undefined): string[] {
  if (fabric === undefined) return []
  const numbers = Array.from(fabric.extent.values(), ({ sessions, nodes }) => [
    sessions,
    ...nodes.map(({ calls, callees }) => calls.to + calls.from + callees),
  ])
  return [
    `${numbers.flat().reduce((sum, each) => sum + each, 0)} sessions, callees or calls of other nodes`,
    `${fabric.waiting} answers held for other nodes`,
  ]
}

/** In some worlds frames cross as octets in packets, over the links of the router. */
function busOf(seed: number): SimulatedBus | SimulatedPackets {
  const chance = seed ^ 0x7feb_352d
  return seed % PACKETS_IN_ONE_OF === 0 ? new SimulatedPackets(chance) : new SimulatedBus(chance)
}

// What holds for the nodes of a cluster whatever goes wrong between them. By number as in the design of clusters: C3 to C7, C10 and C11; what one
// client sees by itself (C1, C2, C8, C12) is checked as for one router, and how much waits in a link (C9) by the worlds of links alone.

import type { ConnectionFacts } from './cluster-events.ts'
import { ClusterEvents } from './cluster-events.ts'
import type { InnerRealm } from './cluster-tables.ts'
import { areLinked, isConfirmedHere, realmsOf, tablesOf } from './cluster-tables.ts'
import { SimulationFailure } from './failure.ts'
import type { FaultyCluster, Process } from './faulty-cluster.ts'
import { fabricOf, leftoversOfNodes } from './simulated-cluster.ts'

const [ON_JOIN, ON_LEAVE] = ['wamp.session.on_join', 'wamp.session.on_leave']

/** A callee that its own node has confirmed, and those of other nodes for the same procedure. */
interface Confirmed {
  readonly process: Process
  readonly session: number
  readonly isSingle: boolean
  readonly before: Confirmed | undefined
}

export class ClusterInvariants {
  readonly events: ClusterEvents
  #checks = 0
  readonly #cluster: FaultyCluster
  readonly #realms = new Map<Process, readonly InnerRealm[]>()
  /** By connection and session: whether the last event of the session said that it has joined. */
  readonly #members = new Map<number, Map<number, boolean>>()

  constructor(cluster: FaultyCluster, facts: ConnectionFacts) {
    this.#cluster = cluster
    this.events = new ClusterEvents(cluster, facts)
  }

  get checks(): number {
    return this.#checks + this.events.checks
  }

  received(connection: number, list: readonly unknown[] | undefined): void {
    if (list === undefined) return
    if (list[0] === 1) this.#members.set(connection, new Map())
    // Meanwhile it may be told of nothing.
    if (list[0] === 34) this.#members.get(connection)?.clear()
    this.events.received(connection, list)
  }

  sent(connection: number, list: readonly unknown[]): void {
    this.#checks++
    this.events.sent(connection, list)
    const [type] = list
    if (type === 3 || type === 6) this.#members.delete(connection)
    if (type === 36) this.#checkTold(connection, list)
  }

  over(connection: number): void {
    this.#members.delete(connection)
    this.events.over(connection)
  }

  // ---- in each step

  checkStep(): void {
    this.events.look()
    this.#checkSingle()
  }

  /** Two callees that are alone with one procedure are never both confirmed while their nodes are linked. */
  #checkSingle(): void {
    const confirmed = new Map<string, Confirmed>()
    for (const process of this.#cluster.alive) {
      for (const { name, dealer } of this.#realmsOf(process)) {
        for (const { id, uri, match, invoke, callees } of dealer.registrations.values()) {
          const callee = callees.find(isConfirmedHere)
          if (callee === undefined) continue
          // All nodes give it the same id.
          const key = `${name} ${id}`
          const rival = confirmed.get(key)
          const own: Confirmed = { process, session: callee.session.id, isSingle: invoke === 'single', before: rival }
          for (let one = rival; one !== undefined; one = one.before) checkRivals(one, own, `${match} ${uri}`)
          confirmed.set(key, own)
        }
      }
    }
  }

  /** They stay the same. */
  #realmsOf(process: Process): readonly InnerRealm[] {
    const realms = this.#realms.get(process) ?? realmsOf(process)
    this.#realms.set(process, realms)
    return realms
  }

  /** Each subscriber gets by turns the events that a session has joined and has left. */
  #checkTold(connection: number, list: readonly unknown[]): void {
    const members = this.#members.get(connection)
    const subscriptions = this.events.subscriptionsOf(connection)
    const [, subscription, , , args] = list as readonly [number, number, number, unknown, (readonly unknown[])?]
    const { uri, match } = subscriptions.get(subscription) ?? { uri: '', match: 'exact' as const }
    if (members === undefined || match !== 'exact' || (uri !== ON_JOIN && uri !== ON_LEAVE)) return
    const [subject] = args ?? []
    const session = uri === ON_JOIN ? (subject as { readonly session: number }).session : (subject as number)
    const isJoin = uri === ON_JOIN
    const before = members.get(session)
    members.set(session, isJoin)
    const hasBoth = [ON_JOIN, ON_LEAVE].every((each) =>
      [...subscriptions.values()].some((one) => one.uri === each && one.match === 'exact'),
    )
    if (!hasBoth) members.delete(session)
    else if (before === isJoin)
      throw new SimulationFailure(
        'C10',
        `connection ${connection} was told twice that session ${session} has ${isJoin ? 'joined' : 'left'}`,
      )
  }

  // ---- when nothing goes wrong any more

  checkCalm(): void {
    this.events.checkCalm()
    this.#checkWatches()
    this.#checkTables()
    this.#checkCalls()
  }

  /** Of a node that is lost no other knows which events it had accepted: an event says so, and another that it is back. */
  #checkWatches(): void {
    for (const { name, watches } of this.#cluster.alive) {
      for (const { realm, untold } of watches)
        if (untold !== undefined) throw new SimulationFailure('C3', `subscribers of ${realm} at ${name}: ${untold}`)
    }
  }

  /** All nodes have the same registrations and sessions, and each knows the subscriptions of the others. */
  #checkTables(): void {
    const [first, ...others] = this.#cluster.alive
    if (first === undefined) return
    for (const { name } of realmsOf(first)) {
      const expected = tablesOf(first, name, this.#cluster.alive)
      for (const other of others) {
        const found = tablesOf(other, name, this.#cluster.alive)
        for (const [what, text] of Object.entries(expected)) {
          if (found[what] !== text)
            throw new SimulationFailure('C6', `${what} of ${name}:\n  ${first.name}: ${text}\n  ${other.name}: ${found[what]}`)
        }
      }
    }
  }

  /** The calls that one node has open to another are those that the other has open from it. */
  #checkCalls(): void {
    const open = new Map<string, number>()
    const count = (key: string, calls: number): void => void open.set(key, (open.get(key) ?? 0) + calls)
    for (const { name, router } of this.#cluster.alive) {
      for (const [realm, { nodes }] of fabricOf(router)?.extent ?? []) {
        for (const { name: other, calls } of nodes) {
          count(`calls in ${realm} from ${name} to ${other}`, calls.to)
          count(`calls in ${realm} from ${other} to ${name}`, -calls.from)
        }
      }
    }
    for (const [key, difference] of open)
      if (difference !== 0) throw new SimulationFailure('C7', `${difference} more ${key} at the caller's node`)
  }

  leftovers(): string[] {
    return this.#cluster.alive.flatMap(({ router }) => leftoversOfNodes(fabricOf(router)))
  }
}

function checkRivals(one: Confirmed, other: Confirmed, procedure: string): void {
  if (!(one.isSingle || other.isSingle) || !areLinked(one.process, other.process)) return
  throw new SimulationFailure(
    'C5',
    `${procedure} is that of ${one.session} at ${one.process.name} and of ${other.session} at ${other.process.name}`,
  )
}

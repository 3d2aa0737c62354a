// A cluster where things go wrong, in the place of a router of a world. No model can follow it; what holds whatever happens is checked, step
// by step, and once nothing goes wrong any more that all nodes agree and nothing is left open.

import { SimulationFailure } from './failure.ts'
import { ClusterInvariants } from './cluster-invariants.ts'
import type { Place, Process } from './faulty-cluster.ts'
import { FaultyCluster } from './faulty-cluster.ts'
import { Invariants } from './invariants.ts'
import type { Connection, Packet } from './network.ts'
import type { RouterPlace } from './simulated-router.ts'
import { leftoversIn } from './simulated-cluster.ts'
import type { WorldRouter } from './world-router.ts'

export class FaultyRouter implements WorldRouter {
  open: Connection[] = []
  readonly #place: RouterPlace
  readonly #cluster: FaultyCluster
  readonly #invariants: Invariants
  readonly #ofCluster: ClusterInvariants
  /** Which process a connection belongs to, and its session there. */
  readonly #processes = new Map<number, Process>()
  readonly #sessions = new Map<number, { readonly realm: string; readonly id: number }>()
  #fault: SimulationFailure | undefined

  constructor(place: RouterPlace) {
    const { plan, rights, index, history } = place
    const onError = (event: string, fields: Readonly<Record<string, unknown>>): void => {
      if (event === 'fault') this.#fault ??= new SimulationFailure('fault', `a router met a fault of its own: ${String(fields['error'])}`)
      else history.add('note', -1, `${event}: ${JSON.stringify(fields)}`)
    }
    // Whether a call ends with its callee is judged when nothing goes wrong any more.
    this.#invariants = new Invariants(plan, rights, () => true)
    this.#place = place
    const note = (text: string): void => history.add('note', -1, text)
    this.#cluster = new FaultyCluster({ plan, index, now: () => place.now(), onError }, note, (dead) => this.#died(dead))
    this.#ofCluster = new ClusterInvariants(this.#cluster, {
      realmOf: (connection) => place.clientOf(connection).realm,
      isUsed: (connection) => this.#isUsed(connection),
      processOf: (connection) => this.#processes.get(connection),
    })
  }

  accept(connection: Connection): void {
    this.open.push(connection)
    const place = this.#cluster.placeOf(connection.index)
    const { process } = place
    if (process === undefined) return connection.close('policy')
    this.#processes.set(connection.index, process)
    this.#cluster.input(place, () => void (connection.owner = process.router.accept(connection)))
    this.#check()
  }

  receive(connection: Connection, packets: readonly Packet[]): void {
    this.#place.tally.messagesIn += packets.length
    this.#input(connection, () => {
      for (const packet of packets) {
        this.#place.history.add('in', connection.index, packet.list ?? packet.bytes)
        this.#invariants.received(connection.index, packet.list)
        this.#ofCluster.received(connection.index, packet.list)
        if (packet.what === 'wrong-kind') connection.owner?.onWrongKind()
        else connection.owner?.onMessage(packet.bytes)
        packet.bytes.fill(0xee)
      }
    })
  }

  over(connection: Connection): void {
    this.open = this.open.filter((each) => each !== connection)
    this.#place.history.add('note', connection.index, 'the connection is gone')
    const { isDead = true } = this.#processes.get(connection.index) ?? {}
    const end = (): void => {
      connection.over()
      connection.owner?.onClose()
      this.#forget(connection)
    }
    // A router that stands still learns of it when it goes on.
    if (!isDead) return this.#input(connection, end)
    connection.over()
    this.#forget(connection)
  }

  #forget({ index }: Connection): void {
    this.#sessions.delete(index)
    this.#invariants.over(index)
    this.#ofCluster.over(index)
  }

  drain(connection: Connection): void {
    this.#input(connection, () => connection.owner?.onDrain())
  }

  tick(): void {
    this.#cluster.tick()
    this.#check()
  }

  wakeAt(): number {
    return this.#cluster.nextAt()
  }

  wake(): void {
    this.#cluster.wake(() => this.#check())
    this.#check()
  }

  sent(connection: Connection, list: readonly unknown[]): void {
    const { index } = connection
    const [type, id, details] = list
    if (type === 2) this.#sessions.set(index, { id: id as number, realm: String((details as { readonly realm: string }).realm) })
    if (type === 3 || type === 6) this.#sessions.delete(index)
    try {
      this.#invariants.sent(index, list)
      this.#ofCluster.sent(index, list)
    } catch (error) {
      // Not thrown inside the router, which would treat it as a fault of its own.
      this.#fault ??= error as SimulationFailure
    }
  }

  hasSession({ index }: Connection): boolean {
    const session = this.#sessions.get(index)
    return session !== undefined && this.#processes.get(index)?.router.realm(session.realm)?.session(session.id) !== undefined
  }

  calm(): void {
    this.#place.history.add('note', -1, 'nothing goes wrong any more')
    this.#cluster.calm()
    this.#check()
  }

  /** Nothing has gone wrong for a time: everything that was to come has come, and all nodes agree. */
  checkCalm(): void {
    this.#ofCluster.checkCalm()
    this.#cluster.unwatch()
    for (const connection of this.open) {
      const session = this.#sessions.get(connection.index)
      if (session === undefined || !this.#isUsed(connection.index)) continue
      const view = this.#processes.get(connection.index)?.router.realm(session.realm)?.session(session.id)
      const [open, known] = [this.#invariants.openCalls(connection.index), view?.calls ?? 0]
      if (open > known)
        throw new SimulationFailure(
          'C8',
          `connection ${connection.index} waits for the ends of ${open} calls; its router has ${known} open`,
        )
    }
  }

  checkEmpty(): void {
    const left = [
      `${this.open.length} connections`,
      ...this.#cluster.alive.flatMap(({ router }) => router.realms.flatMap((realm) => leftoversIn(realm))),
      ...this.#ofCluster.leftovers(),
    ]
    const faults = left.filter((each) => !each.startsWith('0 '))
    if (faults.length > 0) throw new SimulationFailure('C11', `left over: ${faults.join(', ')}`)
    this.#place.tally.frames += this.#cluster.bus.packets
    this.#place.tally.due += this.#ofCluster.events.checks
    this.#place.tally.uncarried += this.#ofCluster.events.missed
    this.#place.tally.checks += this.#invariants.checks + this.#ofCluster.checks
    this.#cluster.close()
  }

  #input(connection: Connection, task: () => void): void {
    this.#place.tally.inputs++
    const process = this.#processes.get(connection.index)
    // What comes to a process that has died is dropped.
    if (process !== undefined && !process.isDead) {
      this.#cluster.input(this.#cluster.placeOf(connection.index), () => {
        if (!process.isDead) task()
      })
    }
    this.#check()
  }

  #died({ name }: Place): void {
    for (const connection of this.open) {
      const process = this.#processes.get(connection.index)
      if (process?.name !== name || connection.isOver) continue
      this.#sessions.delete(connection.index)
      this.#ofCluster.over(connection.index)
      connection.cut()
    }
  }

  #check(): void {
    if (this.#fault !== undefined) throw this.#fault
    this.#ofCluster.checkStep()
  }

  /** Whether the client of a connection gets what its router sends. */
  #isUsed(index: number): boolean {
    const connection = this.open.find((each) => each.index === index)
    return connection?.isUsable === true && !connection.isStalled && !connection.hasStalled && !connection.isClosedByRouter
  }
}

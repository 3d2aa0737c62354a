// One router of a world, or a cluster in its place, with the model that watches it: every input goes to both, and the outputs are compared.

import type { ErrorMessage, Message } from '@trunkline/protocol'
import { CHALLENGE, ERROR, EVENT, GOODBYE, WELCOME } from '@trunkline/protocol'
import type { Link, SendOutcome } from '@trunkline/router'
import { Checker } from './checker.ts'
import { SimulationFailure } from './failure.ts'
import type { GrantedPatterns } from './granted-patterns.ts'
import type { History } from './history.ts'
import { Invariants } from './invariants.ts'
import { Model } from './model/model.ts'
import type { ModelSession } from './model/state.ts'
import type { NaiveRights } from './model/uris.ts'
import type { Connection, Packet } from './network.ts'
import type { ClientPlan, Plan } from './settings.ts'
import { SimulatedCluster, steppedDate } from './simulated-cluster.ts'
import type { Tally } from './tally.ts'
import type { Wire } from './wire.ts'
import type { WorldRouter } from './world-router.ts'

/** What a router of the world needs. */
export interface RouterPlace {
  readonly plan: Plan
  /** Which of the routers it is. */
  readonly index: number
  readonly rights: NaiveRights
  readonly patterns: GrantedPatterns
  readonly tally: Tally
  readonly history: History
  now(): number
  /** Its client's plan. */
  clientOf(connection: number): ClientPlan
}

export class SimulatedRouter implements WorldRouter {
  /** Its connections whose end has not been reported to it. */
  open: Connection[] = []
  readonly #place: RouterPlace
  readonly #cluster: SimulatedCluster
  readonly #model: Model
  readonly #checker: Checker
  readonly #invariants: Invariants
  #fault: SimulationFailure | undefined
  /** Connections whose sessions left their realm in this step without a cause in the model, in that order. */
  #vanished: Connection[] = []

  constructor(place: RouterPlace) {
    const { plan, rights, patterns, index } = place
    const now = (): number => place.now()
    const date = (): number => steppedDate(plan.seed, now())
    this.#place = place
    this.#checker = new Checker(plan, now)
    this.#invariants = new Invariants(plan, rights, (connection) => this.#isDeaf(connection))
    this.#cluster = new SimulatedCluster({ plan, index, now, onError: (event, fields) => this.#logged(event, fields) })
    this.#model = new Model({
      plan,
      rights,
      outlet: this.#checker,
      now,
      date,
      clientOf: (connection) => place.clientOf(connection),
      choices: {
        takesTurns: (plan.nodes ?? 1) === 1,
        wasInvoked: (session, message) => {
          const wasCounted = (this.#inRouter(session)?.lastInvocation ?? 0) > session.lastInvocation
          return wasCounted && (this.#isDeaf(session.peer.index) || this.#checker.hasSent(session.peer, message))
        },
        isGone: (session) => this.#inRouter(session) === undefined,
        grants: (role, action, uri, match) => patterns.includes(role, action, uri, match),
        keeps: (realm, subscription) => this.#cluster.pastEvents(realm.plan.name, subscription),
      },
    })
  }

  /** A connection is opened. */
  accept(connection: Connection, wire: Wire): void {
    this.open.push(connection)
    this.#checker.opened(connection, wire)
    this.#input(
      () => {
        connection.owner = this.#cluster.accept(connection)
        this.#watchRefusals(connection, wire)
      },
      () => this.#model.opened(connection.index, connection.serializer, connection.maxSendBytes),
    )
  }

  /** A message that does not fit into an unread queue shows nowhere else. */
  #watchRefusals(connection: Connection, wire: Wire): void {
    const link = connection.owner as unknown as Pick<Link, 'send' | 'sendEvent'> & Required<Pick<Link, 'refusalOf'>>
    const { refusals } = this.#checker
    const listOf = (message: Message): readonly unknown[] => wire.decode(wire.serializer.encode(message)) as readonly unknown[]
    const note = (outcome: SendOutcome, message: Message): SendOutcome => {
      // Messages that open and end a session always show: another replaces one that is too long.
      if (message.type === WELCOME || message.type === CHALLENGE || message.type === GOODBYE) return outcome
      if (outcome === 'full' || outcome === 'too_large') refusals.add(connection.index, listOf(message), outcome)
      if (message.type === ERROR && isNotPerformed(message)) refusals.addNotPerformed(connection.index, message.request)
      const isKept = message.type === EVENT && message.details['retained'] === true
      if (outcome === 'queued' && isKept && connection.isStalled) refusals.addRetained(connection.index, listOf(message))
      return outcome
    }
    const [send, sendEvent, refusalOf] = [link.send.bind(link), link.sendEvent.bind(link), link.refusalOf.bind(link)]
    link.refusalOf = (octets) => {
      const refusal = refusalOf(octets)
      if (refusal === 'full') refusals.addUnmade(connection.index)
      return refusal
    }
    link.send = (message, ...rest) => note(send(message, ...rest), message)
    link.sendEvent = (event, ...rest) => note(sendEvent(event, ...rest), event.message)
  }

  /** Messages arrive, all in one turn. */
  receive(connection: Connection, packets: readonly Packet[]): void {
    this.#place.tally.messagesIn += packets.length
    this.#input(
      () => {
        for (const packet of packets) {
          this.#place.history.add('in', connection.index, packet.list ?? packet.bytes)
          this.#invariants.received(connection.index, packet.list)
          if (packet.what === 'wrong-kind') connection.owner?.onWrongKind()
          else connection.owner?.onMessage(packet.bytes)
        }
      },
      () => {
        for (const packet of packets) {
          // Received bytes are valid for their turn only: the listeners use the memory again.
          packet.bytes.fill(0xee)
          this.#model.received(connection.index, packet.list)
        }
      },
    )
  }

  /** A connection has ended. */
  over(connection: Connection): void {
    this.open = this.open.filter((each) => each !== connection)
    this.#place.history.add('note', connection.index, 'the connection is gone')
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

  /** A peer reads again. */
  drain(connection: Connection): void {
    const before = connection.down.length
    this.#input(
      () => connection.owner?.onDrain(),
      () => this.#checker.checkDrained(connection, connection.down.slice(before)),
    )
  }

  /** A second has passed. */
  tick(): void {
    this.#input(
      () => this.#cluster.tick(),
      () => {
        this.#model.expire()
        this.#model.tick()
      },
    )
  }

  /** When the router asked to be woken, or should have. */
  wakeAt(): number {
    return Math.min(this.#cluster.alarmAt, this.#model.nextDeadline())
  }

  /** Wakes the router if it asked for this time; otherwise only the time limits of the model pass. */
  wake(): void {
    if (this.#cluster.alarmAt <= this.#place.now()) return this.tick()
    this.#input(
      () => {},
      () => this.#model.expire(),
    )
  }

  /** The router hands a message over. */
  sent(connection: Connection, list: readonly unknown[]): void {
    this.#checker.sent(connection, list)
    try {
      this.#invariants.sent(connection.index, list)
    } catch (error) {
      // Not thrown inside the router, which would treat it as a fault of its own.
      this.#fault ??= error as SimulationFailure
    }
  }

  /** Whether the connection has a session whose WELCOME was seen. */
  hasSession(connection: Connection): boolean {
    return this.#model.peers.get(connection.index)?.session?.id.value !== undefined
  }

  /**
   * After all clients have left: is anything of any client left?
   * @throws {SimulationFailure}
   */
  checkEmpty(): void {
    const left = [`${this.open.length} connections`, ...this.#cluster.leftovers()]
    const faults = left.filter((each) => !each.startsWith('0 '))
    if (faults.length > 0) throw new SimulationFailure('B5', `left over: ${faults.join(', ')}`)
    this.#place.tally.rerouted += this.#cluster.callsRerouted
    this.#place.tally.frames += this.#cluster.frames
    this.#place.tally.gaps += this.#checker.gaps
    this.#place.tally.missed += this.#checker.missed
    this.#place.tally.checks += this.#checker.checks + this.#invariants.checks
    this.#cluster.close()
  }

  /** One input to the router, all that it sets off, and the comparison with the model. */
  #input(toRouter: () => void, toModel: () => void): void {
    this.#place.tally.inputs++
    this.#vanished = []
    this.#checker.begin()
    toRouter()
    this.#settle()
    toModel()
    for (let i = 0; i < this.#vanished.length; i++) this.#abandon(this.#vanished[i] as Connection)
    if (this.#fault !== undefined) throw this.#fault
    this.#checker.finish()
    const { unmatchedCall } = this.#cluster
    if (unmatchedCall !== undefined) throw new SimulationFailure('C7', unmatchedCall)
  }

  #settle(): void {
    this.#cluster.settle(() => {
      for (const connection of this.open) if (connection.isStalled) this.#lookWhether(connection)
    })
  }

  /** The router chooses the order in which it closes sessions; the order of their leaving follows from it. */
  #lookWhether(connection: Connection): void {
    const session = this.#model.peers.get(connection.index)?.session
    if (session === undefined || this.#vanished.includes(connection)) return
    if (this.#inRouter(session) === undefined) this.#vanished.push(connection)
  }

  #abandon(connection: Connection): void {
    if (this.#model.peers.get(connection.index)?.phase !== 'open') return
    this.#place.tally.slowConsumers++
    this.#place.history.add('note', connection.index, 'closed as a slow consumer')
    this.#checker.confirmSlow(connection)
    this.#model.slow(connection.index)
  }

  #inRouter({ realm, id, peer }: ModelSession) {
    return this.#cluster.session(peer.index, realm.plan.name, id.value as number)
  }

  /** Whether a connection may not have got what the router has sent. */
  #isDeaf(index: number): boolean {
    const connection = this.open.find((each) => each.index === index)
    return connection === undefined || connection.isStalled || connection.isClosedByRouter
  }

  #logged(event: string, fields: Readonly<Record<string, unknown>>): void {
    if (event === 'fault') this.#fault ??= new SimulationFailure('fault', `the router met a fault of its own: ${String(fields['error'])}`)
  }
}

/** Whether a call of a procedure of the router's own is answered without having been performed. */
function isNotPerformed({ details, payload }: ErrorMessage): boolean {
  return details['limit'] === 'outbox' && String(payload?.args[0]).startsWith('the call was not carried out')
}

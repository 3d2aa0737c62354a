// The places of callees over all nodes of a realm. A callee of this node claims its place: it has it when every linked node knows of
// the claim. Claims that cross, or meet after nodes could not reach each other, are compared alike by all who see them. A claim by force is
// announced before it is made (successors.ts), and calls that come before its REGISTERED wait (awaited-calls.ts).

import type { MatchPolicy, RegisterMessage } from '@trunkline/protocol'
import { REGISTER, REGISTERED, TAKEN_OVER, UNREGISTERED, uris } from '@trunkline/protocol'
import { sendError } from '../state/answers.ts'
import type { MetaEvents } from '../state/meta-events.ts'
import type { PlaceEnd, RealmCluster } from '../state/realm-cluster.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Callee, InvocationPolicy, OtherNode, Registration, Standing } from '../state/registration.ts'
import type { Session } from '../state/session.ts'
import { ShardSet } from '../state/shard-set.ts'
import { keepShare, takeShare } from '../state/sharding.ts'
import { isLater } from './invocation-policy.ts'
import type { AwaitedCalls } from './awaited-calls.ts'
import type { RegistrationTable } from './registration-table.ts'
import type { Successors } from './successors.ts'

/** What another node says of one of its callees. */
export interface RemoteClaim {
  readonly registration: number
  readonly match: MatchPolicy
  readonly uri: string
  readonly invoke: InvocationPolicy
  readonly stamp: number
  readonly standing: Standing
  readonly wantsCaller: boolean
  readonly keepsTime: boolean
  readonly share: { readonly node: number; readonly number: number; readonly shards: readonly number[] | undefined } | undefined
}

/** The last callee of here of a registration that other nodes have, too. */
interface Left {
  readonly session: Session
  /** The nodes whose last callees have left without knowing that. */
  readonly crossed: string[]
}

/** What claims work on. */
export interface ClaimsParts {
  readonly table: RegistrationTable
  readonly successors: Successors
  readonly awaited: AwaitedCalls
}

export class Claims {
  readonly successors: Successors
  readonly #context: RealmContext
  readonly #meta: MetaEvents
  readonly #table: RegistrationTable
  readonly #awaited: AwaitedCalls
  /** The requests that wait for the place of a callee of this node. */
  readonly #waiting = new Map<Callee, number[]>()
  /** Where the last callee of here has left while other nodes had callees: until all of them know. By registration. */
  readonly #left = new Map<number, Left>()

  constructor(context: RealmContext, meta: MetaEvents, { table, successors, awaited }: ClaimsParts) {
    this.#context = context
    this.#meta = meta
    this.#table = table
    this.successors = successors
    this.#awaited = awaited
  }

  /** Puts a new callee of this node into the table, and answers its REGISTER: at once, or when the other nodes know of it. */
  enter(registration: Registration, callee: Callee, { request }: RegisterMessage): void {
    this.#table.attach(registration, callee)
    const { cluster } = this.#context
    if (cluster === undefined || !callee.isPending) return this.#confirm(registration, callee, [request])
    this.#waiting.set(callee, [request])
    if (callee.isAwaited) this.#awaited.begin(callee.session, registration.id)
    cluster.registered(registration, callee)
    cluster.settle(() => {
      const requests = this.#waiting.get(callee)
      if (requests === undefined || callee.isRetired) return // Lost, withdrawn, or about to be.
      this.#waiting.delete(callee)
      this.#table.confirm(registration, callee)
      this.#confirm(registration, callee, requests)
      if (callee.isAwaited) this.#awaited.deliver(callee.session, registration.id)
    })
  }

  /** Answers a REGISTER of a session that is a callee of that registration already, when it has its place. */
  enterAgain(registration: Registration, session: Session, { request }: RegisterMessage): void {
    const waiting = this.#waitingOf(registration, session)
    if (waiting === undefined) session.link.send({ type: REGISTERED, request, registration: registration.id })
    else waiting.push(request)
  }

  /** Whether a session has a place that is not its own yet: it has no REGISTERED. */
  isPending(registration: Registration, session: Session): boolean {
    return this.#waitingOf(registration, session) !== undefined
  }

  /**
   * Removes a callee of this or another node, whatever ended its place.
   * @param before what ended it is a claim made by force, with this stamp
   */
  end(session: Session, registration: Registration, before?: number): void {
    const callee = this.#table.detach(registration, session)
    if (callee === undefined || callee.node !== undefined) return // The other node publishes the meta events.
    const wasPending = this.#waiting.delete(callee)
    const isEnd = registration.callees.length === 0
    if (!session.isInternal) this.#context.cluster?.unregistered(registration, session, { isEnd, before })
    if (callee.isAwaited && wasPending) this.#giveBack(session, registration.id)
    if (wasPending) return
    this.#meta.unregistered(session, registration)
    if (isEnd) this.#meta.registrationDeleted(session, registration)
    else if (this.#context.cluster !== undefined) this.#noteLeft(this.#context.cluster, session, registration)
  }

  /** Callees whose sessions have left, and which are in the table until their turn comes, make room at once. */
  endRetired(match: MatchPolicy, uri: string): void {
    const registration = this.#table.index.get(match, uri)
    if (registration === undefined || registration.pending === 0) return
    for (const { session } of registration.callees.filter(({ isRetired }) => isRetired)) this.end(session, registration)
  }

  /** Calls that waited go to the callee that has the place when this turn is over. */
  #giveBack(session: Session, registration: number): void {
    const giveBack = (): void => {
      const again = calleeIn(session.registrations.get(registration), session)
      if (again === undefined || !this.#waiting.has(again)) this.#awaited.giveBack(session, registration)
    }
    if (session.isMember) this.#context.scheduler.defer(giveBack)
    else giveBack()
  }

  /** The callees of other nodes may leave at the same time: then each node takes the registration for one that goes on. */
  #noteLeft(cluster: RealmCluster, session: Session, { id, callees }: Registration): void {
    if (callees.some(({ node }) => node === undefined)) return
    const left: Left = { session, crossed: [] }
    this.#left.set(id, left)
    cluster.settle(() => {
      if (this.#left.get(id) === left) this.#left.delete(id)
    })
  }

  /**
   * Takes the place of a callee of this or another node.
   * @param reason sent to a callee that announced the feature; other callees get only the meta event
   * @param before as of {@link end}
   */
  revoke(session: Session, registration: Registration, reason?: string, before?: number): void {
    const requests = this.#waitingOf(registration, session)
    if (requests !== undefined) {
      const error = reason === undefined || reason === TAKEN_OVER ? uris.PROCEDURE_ALREADY_EXISTS : reason
      for (const request of requests) sendError(session, { type: REGISTER, request }, error)
    } else if (session.announced('callee', 'registration_revocation')) {
      const details = { registration: registration.id, ...(reason !== undefined && { reason }) }
      session.link.send({ type: UNREGISTERED, request: 0, details })
    }
    this.end(session, registration, before)
  }

  /** A callee of this node takes the places of all callees of a registration; its claim tells the nodes of those that are elsewhere. */
  takeOver(registration: Registration): void {
    const before = this.#context.cluster?.stamp()
    for (const { session } of registration.callees.slice()) this.revoke(session, registration, TAKEN_OVER, before)
  }

  /** Takes out a callee, and those that a claim by force takes out with it: in the order of the table, so that one node alone tells of the end. */
  #takeOut(named: Session, registration: Registration, before: number): void {
    const losers = registration.callees.filter(({ session, stamp }) => session === named || stamp < before)
    for (const callee of losers) this.#lose(callee, registration, before)
  }

  // What other nodes tell.

  /** A callee of another node claims its place, or has it, or is going to claim it. */
  add(session: Session, node: OtherNode, claim: RemoteClaim): void {
    const { cluster } = this.#context
    if (cluster === undefined) return
    const { registration, stamp, standing } = claim
    cluster.sawStamp(stamp)
    if (standing === 'coming') return this.successors.add(registration, calleeOf(session, node, claim, undefined))
    this.#place(cluster, session, node, claim)
    this.successors.forget(session, registration)
  }

  /** In a conflict the newcomer or those of the table lose. */
  #place(cluster: RealmCluster, session: Session, node: OtherNode, claim: RemoteClaim): void {
    const { registration: id, match, uri, invoke, stamp, standing } = claim
    const known = session.registrations.get(id)
    const isAnew = standing === 'forced' && known?.callees.some((each) => each.session === session && each.stamp < stamp) === true
    // The callee claims again: by force it takes its own place too; else its share is another, or its node repeats a claim known here.
    if (known !== undefined && !isAnew) this.#table.detach(known, session)
    const share = claim.share && { ...claim.share, shards: claim.share.shards && ShardSet.of(claim.share.shards) }
    const callee = calleeOf(session, node, claim, share)
    const held = this.#table.index.get(match, uri)
    const rivals = held === undefined ? [] : rivalsOf(held, invoke, callee)
    const created = { id, match, uri, invoke }
    if ((held === undefined && this.#table.byId.has(id)) || rivals.some((rival) => isBetter(rival, callee))) {
      return cluster.refused(callee, created)
    }
    const before = standing === 'forced' ? stamp : undefined
    if (held !== undefined) for (const rival of rivals) this.#lose(rival, held, before)
    const registration = this.#table.index.get(match, uri) ?? this.#table.create(created, session)
    keepShare(registration, session, share)
    this.#table.attach(registration, callee)
    this.#renumber(cluster, registration, callee)
  }

  /**
   * A callee of another node has left its place. Where another is about to take it, the one before stays in the table until that is
   * decided: its node gives calls back, which then find the way to the other.
   * @param then called when it is out of the table
   */
  remove(session: Session, registration: number, end: PlaceEnd, then: () => void): void {
    if (end.before === undefined) this.successors.forget(session, registration)
    const stamp = calleeIn(session.registrations.get(registration), session)?.stamp
    const remove = (): void => {
      if (stamp !== undefined) this.#remove(session, registration, stamp, end)
      then()
    }
    if (stamp === undefined || !this.successors.putOff(registration, remove)) remove()
  }

  #remove(session: Session, registration: number, stamp: number, { isEnd, before }: PlaceEnd): void {
    const held = session.registrations.get(registration)
    const callee = calleeIn(held, session)
    if (held === undefined || callee?.stamp !== stamp) return // It has claimed the place anew.
    if (before !== undefined) return this.#takeOut(session, held, before)
    const node = callee.node?.name
    this.end(session, held)
    if (!isEnd && node !== undefined) this.#crossed(held, node)
  }

  /** Of nodes whose last callees have left at once, the one with the smallest name tells that the registration has ended. */
  #crossed(registration: Registration, name: string): void {
    const { cluster } = this.#context
    const left = this.#left.get(registration.id)
    if (left === undefined || cluster === undefined) return
    if (!registration.callees.some(({ node }) => node?.name === name)) left.crossed.push(name)
    if (registration.callees.length > 0) return
    this.#left.delete(registration.id)
    if (left.crossed.every((other) => cluster.node < other)) this.#meta.registrationDeleted(left.session, registration)
  }

  /**
   * Another node has seen a better claim than that of a session of this node.
   * @param stamp of the claim that lost
   * @param before the better claim was made by force, with this stamp: it takes the places of all callees before it
   */
  lose(session: Session, registration: number, stamp: number, before?: number): void {
    const held = session.registrations.get(registration)
    const callee = held?.callees.find((each) => each.session === session && each.stamp === stamp)
    if (held === undefined || callee === undefined) return
    // Another node knows already who takes the place: until this one does, there may be no other callee here.
    if (this.successors.putOff(registration, () => this.lose(session, registration, stamp, before))) return
    if (before === undefined) this.revoke(session, held, TAKEN_OVER)
    else this.#takeOut(session, held, before)
  }

  /** A node is about to stop: its callees are called where there are no others. */
  followNodes(): void {
    this.#table.followNodes()
  }

  /** A callee has the worse claim. Each node that sees both claims tells the callee's node: the two nodes may not see each other. */
  #lose(callee: Callee, registration: Registration, before: number | undefined): void {
    if (callee.node !== undefined) this.#context.cluster?.refused(callee, registration, before)
    this.revoke(callee.session, registration, TAKEN_OVER, before)
  }

  /** Two nodes may have given one number of a sharded registration at once: the later callee gets another, from its own node. */
  #renumber(cluster: RealmCluster, registration: Registration, newcomer: Callee): void {
    const twin = registration.callees.find(
      (each) => each !== newcomer && each.share !== undefined && each.share.node === newcomer.share?.node,
    )
    if (twin === undefined || twin.node !== undefined || !isLater(twin, newcomer)) return
    twin.share = takeShare(registration, twin.session, twin.share?.shards)
    cluster.registered(registration, twin)
  }

  #confirm(registration: Registration, callee: Callee, requests: readonly number[]): void {
    const { session } = callee
    callee.standing = 'confirmed'
    for (const request of requests) session.link.send({ type: REGISTERED, request, registration: registration.id })
    if (registration.callees[0] === callee) this.#meta.registrationCreated(session, registration)
    this.#meta.registered(session, registration)
  }

  #waitingOf(registration: Registration, session: Session): number[] | undefined {
    if (this.#waiting.size === 0) return undefined
    const callee = calleeIn(registration, session)
    return callee && this.#waiting.get(callee)
  }
}

function calleeIn(registration: Registration | undefined, session: Session): Callee | undefined {
  return registration?.callees.find((callee) => callee.session === session)
}

function calleeOf(session: Session, node: OtherNode, claim: RemoteClaim, share: Callee['share']): Callee {
  const { stamp, standing, wantsCaller, keepsTime } = claim
  return { session, wantsCaller, keepsTime, share, node, stamp, isPending: false, isAwaited: false, isRetired: false, standing }
}

/** The callees beside which a newcomer has no place. */
function rivalsOf({ callees, invoke, taken }: Registration, wanted: InvocationPolicy, newcomer: Callee): readonly Callee[] {
  if (invoke === 'single' || invoke !== wanted) return callees.slice()
  const { share, standing } = newcomer
  const shards = share?.shards
  const mayOverlap = shards !== undefined && taken?.shards?.common(shards) !== undefined
  return callees.filter((held) => {
    if (mayOverlap && held.share?.shards?.common(shards) !== undefined) return true
    if (!isLater(held, newcomer)) return standing === 'forced'
    // Of a third node: when it was made by force, that was perhaps long ago.
    return held.standing === 'forced' && (held.node === undefined || standing !== 'confirmed')
  })
}

/**
 * Whether the claim of a callee in the table is better than that of a newcomer. A claim that is confirmed, or made by force, is better
 * than a plain one; of two such the later is better, of two plain ones the earlier. A callee of a third node may be confirmed
 * meanwhile: beside a newcomer that is not plain it counts as that.
 */
function isBetter(held: Callee, newcomer: Callee): boolean {
  const isFirm = newcomer.standing !== 'plain'
  const isHeldFirm = held.standing !== 'plain' || (held.node !== undefined && isFirm)
  return isHeldFirm === isFirm ? isLater(held, newcomer) === isFirm : isHeldFirm
}

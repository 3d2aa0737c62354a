// Compares what a router sent with what it must send by the model, connection by connection, and reports the first
// difference. Never decides what is right: that is the model's part.

import type { Entry, Waiting } from './entries.ts'
import { gapOf, lengthOfFirstStep, leastOf, leastOfAll, mayCome, maySkip, mostDuring, tellingAs } from './entries.ts'
import type { Connection } from './network.ts'
import { SimulationFailure } from './failure.ts'
import { Claims, example, fits, resembles } from './model/expectation.ts'
import type { EventFacts, ModelSubscription, Outlet, Peer, Place } from './model/state.ts'
import { ERRORS } from './model/state.ts'
import { TIMES } from './model/model.ts'
import type { Arrival, Missing } from './missing.ts'
import { isGapRight, mayMiss, mayReport, skip, takeReport } from './missing.ts'
import { checkShares, isBounded, Refusals, SHARES } from './refusals.ts'
import { makeRoom } from './room.ts'
import { show } from './show.ts'
import type { Plan } from './settings.ts'
import type { Wire } from './wire.ts'

interface Expected extends Waiting, Missing {
  readonly connection: Connection
  readonly wire: Wire
  peer: Peer | undefined
  entries: Entry[]
  mayClose: boolean
  /** Since when messages are queued for a peer that does not read. */
  waitsSince: number | undefined
  /** When the session ended while its peer did not read. */
  slowAt: number | undefined
  /** It took nothing for so long that its queued messages may be lost. */
  isAbandoned: boolean
  /** Its session ended while its queue is long: whether the router closed it shows when it reads again. */
  mayBeSlow: boolean
  /** It was cut off, and had a cause then. */
  isCut: boolean
}

/** An entry that is no message: it never comes, and no other waits for it. */
const NOTHING = { message: [], place: { lane: 'nothing', rank: 0, isOptional: true }, least: 0, most: 0, event: undefined } as const
/** If no event reports a missed event for so long, a notice reports it. */
const NOTICE_MS = 1_000
const GAP_BYTES = 20
const NO_SIZE = { least: 0, most: 0 }
/** The sweep runs once a second, and only the next one can see that nothing moved. */
const SWEEP_SLACK = 3_000
/** So long it may take until the router sees that a peer takes nothing. */
const BURST_MS = 3_000
/** Two sweeps have seen that nothing moved; from then on what is queued weighs so much more. */
const [CERTAINLY_SLOW_MS, SLOW_WEIGHT] = [3_000, 16]

export class Checker implements Outlet {
  #step = 0
  readonly #plan: Plan
  readonly #now: () => number
  readonly #expected = new Map<number, Expected>()
  /** Connections for which more was queued since this step began. */
  readonly #crowded = new Set<Expected>()
  /** No two things of a kind have the same id. */
  readonly #claims = new Claims()
  #sent: { readonly connection: Connection; readonly list: readonly unknown[] }[] = []
  /** Messages that the router refused to queue, or could not send. */
  readonly refusals = new Refusals()
  /** How often missed events were reported, and how many. */
  gaps = 0
  missed = 0
  /** The number of comparisons. */
  checks = 0

  constructor(plan: Plan, now: () => number) {
    this.#plan = plan
    this.#now = now
  }

  opened(connection: Connection, wire: Wire): void {
    this.#expected.set(connection.index, {
      connection,
      wire,
      peer: undefined,
      entries: [],
      mayClose: false,
      waitsSince: undefined,
      slowAt: undefined,
      isAbandoned: false,
      mayBeSlow: false,
      isCut: false,
      missed: new Map(),
      perhaps: new Map(),
      mustOverflow: false,
      mayOverflow: false,
    })
  }

  /** The router handed a message over. */
  sent(connection: Connection, list: readonly unknown[]): void {
    this.#sent.push({ connection, list })
  }

  /** Whether such a message was handed over in this step. */
  hasSent(peer: Peer, message: readonly unknown[]): boolean {
    return this.#sent.some(({ connection, list }) => connection.index === peer.index && resembles(message, list))
  }

  over(connection: Connection): void {
    this.#expected.delete(connection.index)
  }

  // ---- the model's side

  expect(peer: Peer, message: readonly unknown[], place: Place, event?: EventFacts): void {
    const expected = this.#expected.get(peer.index)
    if (expected === undefined) return
    expected.peer = peer
    const { isStalled } = expected.connection
    const { least, most } = isStalled ? this.#size(expected, message) : NO_SIZE
    const more = isStalled && event !== undefined && mayReport(expected, event) ? GAP_BYTES : 0
    this.#append(expected, { message, place, least: place.isOptional === true ? 0 : least, most: most + more, event })
    if (!isStalled) return
    expected.waitsSince ??= this.#now()
    this.#crowded.add(expected)
  }

  lost(peer: Peer, subscription: ModelSubscription): void {
    const expected = this.#expected.get(peer.index)
    if (expected !== undefined) this.#append(expected, { ...NOTHING, lost: subscription })
  }

  forget(peer: Peer, subscription: ModelSubscription | undefined): void {
    const expected = this.#expected.get(peer.index)
    if (expected === undefined) return
    if (subscription === undefined) for (const entry of expected.entries) entry.sealedAt ??= this.#step
    this.#append(expected, { ...NOTHING, forgotten: subscription ?? 'all' })
  }

  mustNotify(peer: Peer, subscription: ModelSubscription): boolean | 'either' {
    const expected = this.#expected.get(peer.index)
    if (expected === undefined) return false
    const missed = expected.missed.get(subscription)
    const now = this.#now()
    // It cannot be seen which queued events were dropped, nor which queued events could report that.
    if (expected.connection.isStalled) return mayMiss(expected, subscription) ? 'either' : false
    if (missed === undefined || now - missed.earliest < NOTICE_MS) return false
    return missed.least > 0 && now - missed.latest >= NOTICE_MS ? true : 'either'
  }

  expectClose(peer: Peer): void {
    const expected = this.#expected.get(peer.index)
    if (expected !== undefined) expected.mayClose = true
  }

  isRefused({ index }: Peer, message: readonly unknown[]): boolean {
    return this.refusals.has(index, message)
  }

  wasRefused({ index }: Peer, message: readonly unknown[]): boolean {
    if (!this.refusals.has(index, message)) return false
    const expected = this.#expected.get(index)
    if (expected !== undefined) this.refusals.take(expected, message, this.#size(expected, message).most + GAP_BYTES)
    return true
  }

  wasNotPerformed({ index }: Peer, request: number): boolean {
    const expected = this.#expected.get(index)
    return expected !== undefined && this.refusals.takeNotPerformed(expected, request)
  }

  isTooLong({ index }: Peer, message: readonly unknown[]): boolean {
    return this.refusals.isTooLong(index, message)
  }

  measure(peer: Peer, message: readonly unknown[]): { readonly least: number; readonly most: number } {
    return peer.maxBytes >= 1_000_000 ? NO_SIZE : this.size(peer, message)
  }

  size({ index }: Peer, value: readonly unknown[]): { readonly least: number; readonly most: number } {
    const expected = this.#expected.get(index)
    return expected === undefined ? NO_SIZE : this.#size(expected, value)
  }

  // ---- steps

  begin(): void {
    this.#step++
    this.#sent = []
    this.refusals.begin()
  }

  /** A peer has left its realm although the model knows no cause: was it slow enough? */
  confirmSlow(connection: Connection): void {
    this.#makeRoom()
    const expected = this.#get(connection)
    // One whose session had ended is closed unseen, before this queue makes room.
    for (const each of this.#expected.values()) if (each.peer?.phase !== 'open') each.mayBeSlow ||= this.#maySlow(each)
    if (!this.#maySlow(expected)) {
      throw new SimulationFailure('B2', `connection ${connection.index} was closed as a slow consumer, although little waits for it`)
    }
    this.#abandon(expected)
  }

  /** Compares all that was sent in this step. */
  finish(): void {
    this.#makeRoom()
    this.refusals.check(this.#plan.outboxBytes, this.#step)
    for (const { connection, list } of this.#sent) this.#match(this.#get(connection), list)
    for (const expected of this.#expected.values()) this.#checkRest(expected)
    const stalled = [...this.#expected.values()].filter(({ connection, mayBeSlow }) => connection.isStalled && !mayBeSlow)
    const waiting = leastOfAll(stalled)
    // For each message one queue gives way, which may hold less than the message takes.
    const longest = Math.max(0, ...stalled.flatMap(({ entries }) => entries.map(({ least }) => least)))
    if (waiting > this.#plan.outboxTotalBytes + longest + 300)
      throw new SimulationFailure('B1', `${waiting} octets wait in all queues together`)
  }

  /** How many octets at least are queued for a peer that does not read. */
  waiting(connection: Connection): number {
    return leastOf(this.#get(connection))
  }

  /** A peer reads again: the octets that came at once are those that were queued. */
  checkDrained(
    connection: Connection,
    messages: readonly { readonly bytes: Uint8Array; readonly list: readonly unknown[] | undefined }[],
  ): void {
    this.checks++
    const expected = this.#expected.get(connection.index)
    // After a burst more may be queued for a while, as long as that leaves room for others; answers besides.
    const isBurst = this.#now() - (expected?.waitsSince ?? this.#now()) < BURST_MS
    if (expected?.waitsSince !== undefined) {
      expected.isAbandoned = expected.mayClose && this.#now() - expected.waitsSince >= TIMES.stall
      expected.waitsSince = undefined
      expected.perhaps.clear()
      expected.mustOverflow = false
      expected.mayOverflow = false
    }
    // The very last message may come in addition, and a single message may be longer.
    const counted = messages.filter(({ list }) => list !== undefined && list[0] !== 3)
    // A message that reports dropped events became longer when it was handed on.
    for (const share of SHARES) {
      const own = counted.filter(({ list }) => isBounded(list ?? [], share))
      const bytes = own.reduce((sum, { bytes: { byteLength }, list }) => sum + byteLength - (gapOf(list ?? []) > 0 ? GAP_BYTES : 0), 0)
      const most = isBurst && share === 'rest' ? this.#plan.outboxBytes + this.#plan.outboxTotalBytes / 2 : this.#plan.outboxBytes
      if (own.length > 1 && bytes > most)
        throw new SimulationFailure('B1', `${bytes} octets (${share}) waited for connection ${connection.index}`)
    }
  }

  #makeRoom(): void {
    for (const expected of this.#crowded) makeRoom(expected, this.#plan.outboxBytes, this.#step)
    this.#crowded.clear()
  }

  #match(expected: Expected, list: readonly unknown[]): void {
    this.checks++
    const { entries } = expected
    let hasWrongGap = false
    while (entries.length > 0) {
      // The entries of one step are adjacent.
      const count = lengthOfFirstStep(entries)
      for (let at = 0; at < count; at++) {
        const entry = entries[at] as Entry
        const { message, place, event, fate } = entry
        if (fate === 'gone' || !mayCome(place, entries, count)) continue
        const pattern = tellingAs(message, list)
        // Events may be alike; which of them came shows by the number of missing events in it.
        const arrival = event && { event, at, list }
        if (arrival !== undefined && !isGapRight(expected, arrival)) {
          if (resembles(pattern, list)) hasWrongGap = true
          continue
        }
        if (!fits(pattern, list, this.#claims)) continue
        if (arrival !== undefined) this.#takeReport(expected, arrival)
        entries.splice(entries.indexOf(entry), 1)
        expected.mayClose ||= place.isEnd === true
        return
      }
      if (!maySkip(entries, count)) break
      for (const entry of entries.splice(0, count)) skip(expected, entry, this.#now())
    }
    const maySlow = expected.mayBeSlow || (expected.peer?.phase !== 'open' && this.#maySlow(expected))
    if (list[0] === 3 && list[2] === ERRORS.slow && maySlow) return this.#abandon(expected)
    const wanted = expected.entries.slice(0, 5).map(({ message }) => show(message))
    const text = `connection ${expected.connection.index} got ${show(list)}\n  allowed: ${wanted.length === 0 ? 'nothing' : wanted.join('\n           ')}`
    throw new SimulationFailure(hasWrongGap ? 'L3' : 'model', text)
  }

  #takeReport(expected: Expected, arrival: Arrival): void {
    const reported = takeReport(expected, arrival, this.#now())
    if (reported > 0) this.gaps++
    this.missed += reported
  }

  #append(expected: Expected, entry: Pick<Entry, 'message' | 'place' | 'least' | 'most' | 'event' | 'lost' | 'forgotten'>): void {
    const { message, place, least, most, event, lost, forgotten } = entry
    const [step, at] = [this.#step, this.#now()]
    // Without helper functions: here a simulation makes most of its objects.
    expected.entries.push({
      message,
      place,
      least,
      most,
      event,
      lost,
      forgotten,
      step,
      at,
      fate: 'stays',
      goneAt: undefined,
      replacedAt: undefined,
      sealedAt: undefined,
    })
  }

  /** A connection that takes everything has got everything by the end of the step. */
  #checkRest(expected: Expected): void {
    const { connection, entries } = expected
    if (connection.isDestroyed) return this.#checkDestroyed(expected)
    if (connection.isStalled) return this.#checkStalled(expected)
    if (connection.isClosedByRouter && !expected.mayClose) {
      throw new SimulationFailure('close', `connection ${connection.index} was closed without a cause`)
    }
    if (entries.length > 0) {
      const missing = entries.find(({ place, fate }) => place.isOptional !== true && fate === 'stays')
      if (missing !== undefined && !expected.isAbandoned)
        throw new SimulationFailure('model', `connection ${connection.index} did not get ${show(missing.message)}`)
      expected.entries = []
      for (const entry of entries) skip(expected, entry, this.#now())
    }
    if (expected.mayClose && !connection.isClosedByRouter && connection.isUsable) {
      throw new SimulationFailure('close', `connection ${connection.index} was not closed`)
    }
  }

  /** Closed without a last message: only a peer that takes nothing, or for which too much is queued, after its session has ended. */
  #checkDestroyed(expected: Expected): void {
    const { connection, peer, waitsSince, mayClose, mayBeSlow } = expected
    const hasWaited = waitsSince !== undefined && this.#now() - waitsSince >= TIMES.stall
    // Its session has ended, or its connection was closed when it ended, whatever it has sent since. Other queues may drain later.
    expected.isCut ||= (hasWaited && (mayClose || mayBeSlow || peer?.phase !== 'open')) || (mayClose && this.#maySlow(expected))
    if (!expected.isCut) throw new SimulationFailure('close', `connection ${connection.index} was cut off without a cause`)
  }

  #checkStalled(expected: Expected): void {
    const { connection, entries, waitsSince } = expected
    if (entries.length === 0 || waitsSince === undefined) return
    checkShares(expected, this.#plan.outboxBytes)
    const waited = this.#now() - waitsSince
    const hasEnded = expected.peer?.phase !== 'open'
    // Another session may have begun after it; if its WELCOME does not fit, the router closes that session before it can be seen.
    const isUnseen = entries.some(({ message }) => message[0] === 2)
    if (hasEnded || isUnseen) expected.mayBeSlow ||= this.#maySlow(expected)
    if (!hasEnded && expected.mustOverflow && waited >= BURST_MS) {
      throw new SimulationFailure('B2', `${leastOf(expected)} octets wait for connection ${connection.index}, which stays open`)
    }
    if (!hasEnded && waited >= TIMES.stall + SWEEP_SLACK) {
      throw new SimulationFailure('B2', `connection ${connection.index} takes nothing for ${waited} ms and stays open`)
    }
    if (hasEnded && waited >= 2 * (TIMES.stall + SWEEP_SLACK)) {
      throw new SimulationFailure('B5', `connection ${connection.index} takes nothing, its session is over, and it is never cut off`)
    }
  }

  /** Whether so much, or for so long, is queued for a peer that the router may close it. */
  #maySlow(expected: Expected): boolean {
    const { waitsSince } = expected
    if (waitsSince === undefined || expected.slowAt !== undefined) return false
    if (expected.mayOverflow || this.#now() - waitsSince >= TIMES.stall) return true
    const waiting = [...this.#expected.values()].filter((each) => each.waitsSince !== undefined)
    const total = waiting.reduce((sum, each) => sum + mostDuring(each, this.#step), 0)
    const others = waiting.filter((each) => each !== expected && !each.mayBeSlow && each.slowAt === undefined)
    return total > this.#plan.outboxTotalBytes && !others.some((other) => this.#goesBefore(other, expected, waiting))
  }

  /** Whether the other must be closed first: it reads less, or as little, and more is queued for its client. */
  #goesBefore(other: Expected, one: Expected, waiting: readonly Expected[]): boolean {
    const [ofOther, ofOne] = [this.#now() - (other.waitsSince ?? 0), this.#now() - (one.waitsSince ?? 0)]
    const weight = ofOne === 0 && ofOther >= CERTAINLY_SLOW_MS ? SLOW_WEIGHT : 1
    if (ofOne === 0 ? ofOther > 0 && weight === 1 : ofOne < CERTAINLY_SLOW_MS || ofOther < CERTAINLY_SLOW_MS) return false
    return this.#isHeavier(other, one, waiting, weight)
  }

  #isHeavier(other: Expected, one: Expected, waiting: readonly Expected[], weight: number): boolean {
    const ofClient = waiting.filter(({ connection }) => connection.client === one.connection.client)
    // Messages that the others got in this step may have come after.
    const least = leastOf({ entries: other.entries.filter(({ step }) => step < this.#step) })
    return weight * least > ofClient.reduce((sum, each) => sum + mostDuring(each, this.#step), 0)
  }

  /** The queue is dropped; from now on only the last message is queued. */
  #abandon(expected: Expected): void {
    expected.entries = []
    expected.missed.clear()
    expected.slowAt = this.#now()
    expected.mayClose = true
    expected.waitsSince = this.#now()
  }

  #size({ wire }: Expected, message: readonly unknown[]): { least: number; most: number } {
    return { least: wire.measure(example(message, 'least')), most: wire.measure(example(message, 'most')) }
  }

  #get(connection: Connection): Expected {
    const expected = this.#expected.get(connection.index)
    if (expected === undefined) throw new SimulationFailure('close', `connection ${connection.index} is used after its end`)
    return expected
  }
}

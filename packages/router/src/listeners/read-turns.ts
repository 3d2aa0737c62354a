// Reading turns: connections with more to read than a few messages take turns, owner after owner, and all of them share one slice of
// time in each turn of the event loop. Between two slices the event loop serves every socket. Reads nothing itself.

import { HeldInputs } from './held-input.ts'
import { LetIn } from './let-in.ts'
import { Rounds } from './rounds.ts'
import type { SliceTurns } from './slice.ts'
import { Slice, SLICE_MS } from './slice.ts'

/** Messages of one connection between two checks of the clock: it gets these in each turn, however much others send. */
const MESSAGES_A_LOOK = 8
/** A message that takes this long is expensive: the next check comes at once. */
const COSTLY_MS = 2
/** After this many cheap messages in a row only every fourth is measured: the clock costs a few hundredths of a routed call. */
const TRUSTED_AFTER = 64
const MESSAGES_A_MEASUREMENT = 4
/** While only this much of a slice is used, the messages so far were cheap: then the next check may come later. */
const EARLY_MS = 1
const MESSAGES_A_LOOK_EARLY = 32
/** A longer message may take milliseconds, as when it is converted for subscribers: it is not among the few that need no look. */
const SHORT_OCTETS = 2_048
/** So long after a slice the next octets begin one, of any sender: the first messages of very many connections may be dear. */
const UNSLICED_MS = 2
/** After a message that took longer others have as much time before the next long one: they need not wait for one at each step of a call. */
const UNNOTICED_MS = 20

export interface TurnsOfReading extends SliceTurns {
  /** Milliseconds of processor time of this process; costs more than the clock. Absent: the clock alone decides. */
  readonly worked?: () => number
}

export const EVENT_LOOP: TurnsOfReading = {
  now: () => performance.now(),
  nextTurn: (goOn) => void setImmediate(goOn),
  worked() {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000
  },
}

/** A connection that has more to read. */
export interface Reading {
  /** Whose share its turns count to: many connections of one take turns with each other. */
  readonly holder: string
  /** Its turn has come: continues reading until {@link ReadTurn.isOver} returns true. Never throws. */
  goOn(): void
}

/** The reading turns of all connections of a router. */
export class ReadTurns {
  /** What they hold of messages that have not come whole. */
  readonly held: HeldInputs
  readonly #turns: TurnsOfReading
  /** New connections come before slices. */
  readonly letIn = new LetIn()
  readonly #waiting = new WaitingTurns()
  /** Those whose next message is long: one has its turn when the others have had theirs. */
  readonly #long = new WaitingTurns()
  #longAgainAt = Number.NEGATIVE_INFINITY
  readonly #slice: Slice
  #number = 0
  #isEarly = true
  /** What `worked` returned at the beginning; undefined where the clock alone decides. */
  #workedThen: number | undefined
  #hasPassedEnd = false
  /** When the turn of the last slice was over. */
  #slicedAt = Number.NEGATIVE_INFINITY
  /** Until when the first messages of connections need not wait in this turn. */
  #firstEnd = 0

  constructor(turns: TurnsOfReading = EVENT_LOOP, held = new HeldInputs()) {
    this.#turns = turns
    this.held = held
    this.#slice = new Slice(turns, () => this.#serve())
  }

  now(): number {
    return this.#turns.now()
  }

  /** The number of the last slice. */
  get number(): number {
    return this.#number
  }

  /** The number of the slice of this turn of the event loop; the first caller begins it. */
  enter(): number {
    if (!this.#slice.hasBegun) this.#begin()
    return this.#number
  }

  /**
   * Whether connections had as much as a slice for their first messages in this turn: those of the others wait. Where no slice has begun
   * for a while, one begins.
   */
  isLate(now: number): boolean {
    if (this.#slice.hasBegun) return now >= this.#firstEnd
    if (now - this.#slicedAt >= UNSLICED_MS) this.#begin()
    return false
  }

  /** Messages until the next check, when the last one found time left. */
  get messagesALook(): number {
    return this.#isEarly ? MESSAGES_A_LOOK_EARLY : MESSAGES_A_LOOK
  }

  /** Whether a connection that has used some of the slice must stop: the slice is over, or others wait. */
  get isOver(): boolean {
    return this.#waiting.size > 0 || this.#isTimeOver()
  }

  /** Whether a long message has to wait. */
  isOverForLong(now: number): boolean {
    return this.#long.size > 0 || this.isOver || now < this.#longAgainAt
  }

  /** A message took long: others have as much time before the next long one. */
  noteCost(tookMs: number): void {
    if (tookMs > UNNOTICED_MS) this.#longAgainAt = this.#turns.now() + tookMs
  }

  /** @param isLong its next message is long */
  add(turn: ReadTurn, isLong = false): void {
    if (isLong) this.#long.add(turn)
    else this.#waiting.add(turn)
    this.enter()
  }

  remove(turn: ReadTurn): void {
    this.#waiting.remove(turn)
    this.#long.remove(turn)
  }

  #begin(ms = SLICE_MS): void {
    this.#number++
    this.#slice.begin(ms)
    this.#workedThen = this.#hasPassedEnd && ms > 0 ? this.#turns.worked?.() : undefined
    this.#hasPassedEnd = false
    this.#letFirst()
  }

  /**
   * After a slice that ended late, the processor time of this process counts: on a busy machine a few messages in each turn would
   * cost more in reads and writes of sockets than in themselves.
   */
  #isTimeOver(): boolean {
    const { left } = this.#slice
    this.#isEarly = left > SLICE_MS - EARLY_MS
    if (left > 0) return false
    this.#hasPassedEnd = true
    return this.#workedThen === undefined || (this.#turns.worked?.() ?? Infinity) - this.#workedThen >= SLICE_MS
  }

  /** From now on in this turn, connections may hand on their first messages as long as a slice. */
  #letFirst(): void {
    this.#firstEnd = this.#turns.now() + SLICE_MS
  }

  #serve(): void {
    if (this.#waiting.size === 0 && this.#long.size === 0) {
      this.#slicedAt = this.#turns.now()
      return
    }
    if (this.letIn.isFirst()) return this.#begin(0)
    this.#begin()
    this.#serveEach(this.#waiting)
    if (this.#turns.now() >= this.#longAgainAt) this.#serveEach(this.#long)
    this.#letFirst()
  }

  /** Serves the first, and the next ones as long as there is time; those that are added meanwhile come behind others of their owner. */
  #serveEach(waiting: WaitingTurns): void {
    waiting.begin()
    let began = this.#turns.now()
    for (let turn = waiting.take(); turn !== undefined; turn = waiting.take()) {
      turn.take(this.#number)
      const now = this.#turns.now()
      waiting.count(now - began)
      began = now
      if (this.#isTimeOver()) return
    }
  }
}

/** Those who wait, each once. */
class WaitingTurns {
  readonly #turns = new Set<ReadTurn>()
  /** Some of them may wait no more. */
  readonly #rounds = new Rounds<ReadTurn>()

  get size(): number {
    return this.#turns.size
  }

  add(turn: ReadTurn): void {
    if (this.#turns.has(turn)) return
    this.#turns.add(turn)
    this.#rounds.add(turn.holder, turn)
  }

  remove(turn: ReadTurn): void {
    this.#turns.delete(turn)
  }

  begin(): void {
    this.#rounds.begin()
  }

  take(): ReadTurn | undefined {
    let turn = this.#rounds.take()
    while (turn !== undefined && !this.#turns.delete(turn)) turn = this.#rounds.take()
    return turn
  }

  /** Counts what the one that was taken last has used. */
  count(tookMs: number): void {
    this.#rounds.count(tookMs)
  }
}

/** The turns of one connection. */
export class ReadTurn {
  readonly #turns: ReadTurns
  readonly #reading: Reading
  /** Messages until the next check. */
  #messagesLeft = MESSAGES_A_LOOK
  /** The slice in which they were counted. */
  #number = 0
  /** When a message was last measured, or octets came. */
  #countedAt = 0
  /** Its octets came when others had had the time for first messages. */
  #isLate = false
  /** Checked messages in a row that were not expensive. */
  #cheap = 0

  constructor(turns: ReadTurns, reading: Reading) {
    this.#turns = turns
    this.#reading = reading
  }

  /** Whose share it counts to. */
  get holder(): string {
    return this.#reading.holder
  }

  /** Octets have come. */
  begin(): void {
    const { number } = this.#turns
    this.#countedAt = this.#turns.now()
    this.#isLate = this.#turns.isLate(this.#countedAt)
    if (number === this.#number) return
    this.#number = number
    this.#messagesLeft = MESSAGES_A_LOOK
  }

  /**
   * Whether a message may be handed on now; else it has to {@link wait}: one that comes when the time for first messages is over, and a
   * long one of many that come at once. What a long one takes is measured.
   */
  mayTake({ length }: Uint8Array): boolean {
    return !this.#isLate && (length <= SHORT_OCTETS || this.#mayTakeLong())
  }

  /** Counts a message; returns whether the rest has to {@link wait}. */
  isOver(): boolean {
    this.#messagesLeft--
    const wasCostly = this.#isMeasured && this.#wasCostly()
    return (wasCostly || this.#messagesLeft <= 0) && this.#look(wasCostly)
  }

  /**
   * Lets the rest continue after the turns of the others.
   * @param refused a message with which it begins, which {@link mayTake} refused
   */
  wait(refused?: Uint8Array): void {
    this.#turns.add(this, refused !== undefined && refused.length > SHORT_OCTETS)
  }

  /** Stops waiting. */
  leave(): void {
    this.#turns.remove(this)
  }

  /** Called by {@link ReadTurns} when the turn comes. */
  take(number: number): void {
    this.#number = number
    this.#messagesLeft = MESSAGES_A_LOOK
    this.#reading.goOn()
  }

  #mayTakeLong(): boolean {
    this.#number = this.#turns.enter()
    const now = this.#turns.now()
    if (this.#turns.isOverForLong(now)) return false
    this.#countedAt = now
    this.#cheap = 0
    return true
  }

  /** Whether the clock is read after this message. */
  get #isMeasured(): boolean {
    return this.#cheap < TRUSTED_AFTER || this.#messagesLeft % MESSAGES_A_MEASUREMENT === 0
  }

  /** Whether the messages since the last reading of the clock took long. */
  #wasCostly(): boolean {
    const now = this.#turns.now()
    const took = now - this.#countedAt
    const isCostly = took >= COSTLY_MS
    if (isCostly) this.#turns.noteCost(took)
    this.#countedAt = now
    this.#cheap = isCostly ? 0 : this.#cheap + 1
    return isCostly
  }

  /** @param wasCostly the message was expensive: at the end of a slice it stops at once, without a second check */
  #look(wasCostly: boolean): boolean {
    this.#messagesLeft = MESSAGES_A_LOOK
    const number = this.#turns.enter()
    if (wasCostly || number === this.#number) {
      if (this.#turns.isOver) return true
      this.#messagesLeft = this.#turns.messagesALook
    }
    this.#number = number
    return false
  }
}

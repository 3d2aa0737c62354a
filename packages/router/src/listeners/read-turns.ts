// Reading turns: connections with more to read than a few messages take turns, and all of them share one slice of time in each
// turn of the event loop. Between two slices the event loop serves every socket. Reads nothing itself.

import { HeldInputs } from './held-input.ts'
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
  /** Its turn has come: continues reading until {@link ReadTurn.isOver} returns true. Never throws. */
  goOn(): void
}

/** The reading turns of all connections of a router. */
export class ReadTurns {
  /** What they hold of messages that have not come whole. */
  readonly held: HeldInputs
  readonly #turns: TurnsOfReading
  readonly #waiting = new Set<ReadTurn>()
  readonly #slice: Slice
  #number = 0
  #isEarly = true
  /** What `worked` returned at the beginning; undefined where the clock alone decides. */
  #workedThen: number | undefined
  #hasPassedEnd = false

  constructor(turns: TurnsOfReading = EVENT_LOOP, held = new HeldInputs()) {
    this.#turns = turns
    this.held = held
    this.#slice = new Slice(turns, () => this.#serve())
  }

  now(): number {
    return this.#turns.now()
  }

  /** Whether the slice of this turn has begun: some connection had more than a few messages to read. */
  get hasBegun(): boolean {
    return this.#slice.hasBegun
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

  /** Messages until the next check, when the last one found time left. */
  get messagesALook(): number {
    return this.#isEarly ? MESSAGES_A_LOOK_EARLY : MESSAGES_A_LOOK
  }

  /** Whether a connection that has used some of the slice must stop: the slice is over, or others wait. */
  get isOver(): boolean {
    return this.#waiting.size > 0 || this.#isTimeOver()
  }

  add(turn: ReadTurn): void {
    this.#waiting.add(turn)
    this.enter()
  }

  remove(turn: ReadTurn): void {
    this.#waiting.delete(turn)
  }

  #begin(): void {
    this.#number++
    this.#slice.begin()
    this.#workedThen = this.#hasPassedEnd ? this.#turns.worked?.() : undefined
    this.#hasPassedEnd = false
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

  #serve(): void {
    if (this.#waiting.size === 0) return
    this.#begin()
    // The loop also reaches turns that are added meanwhile, behind all others.
    for (const turn of this.#waiting) {
      this.#waiting.delete(turn)
      turn.take(this.#number)
      if (this.#isTimeOver()) return
    }
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
  /** When a message was last measured, or octets came in a turn with a slice; undefined before the first message of other turns. */
  #countedAt: number | undefined
  /** Checked messages in a row that were not expensive. */
  #cheap = 0

  constructor(turns: ReadTurns, reading: Reading) {
    this.#turns = turns
    this.#reading = reading
  }

  /** Octets have come. */
  begin(): void {
    this.#countedAt = this.#turns.hasBegun ? this.#turns.now() : undefined
    const { number } = this.#turns
    if (number === this.#number) return
    this.#number = number
    this.#messagesLeft = MESSAGES_A_LOOK
  }

  /** Counts a message; returns whether the rest has to {@link wait}. */
  isOver(): boolean {
    this.#messagesLeft--
    const wasCostly = this.#isMeasured && this.#wasCostly()
    return (wasCostly || this.#messagesLeft <= 0) && this.#look(wasCostly)
  }

  /** Lets the rest continue after the turns of the others. */
  wait(): void {
    this.#turns.add(this)
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

  /** Whether the clock is read after this message. */
  get #isMeasured(): boolean {
    return this.#cheap < TRUSTED_AFTER || this.#messagesLeft % MESSAGES_A_MEASUREMENT === 0
  }

  /** Whether the messages since the last reading of the clock took long. The first of a turn without a slice is not known to. */
  #wasCostly(): boolean {
    const now = this.#turns.now()
    const isCostly = this.#countedAt !== undefined && now - this.#countedAt >= COSTLY_MS
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

// Turns in reading: connections with more to be read than a few messages take one after the other, and all of them together
// have one slice of time in a turn of the event loop. Between two slices it serves every socket. Reads nothing itself.

/** Messages of one connection between two looks at the clock: it may have so many in a turn, however much others send. */
const MESSAGES_A_LOOK = 8
const SLICE_MS = 5
/** A message that takes so long is dear: the next look comes at once. */
const DEAR_MS = 2
/** While so little of a slice is used, that many messages are not dear: then the next look may be as far away. */
const EARLY_MS = 1
const MESSAGES_A_LOOK_EARLY = 32

/** A clock for durations, and a later turn of the event loop. */
export interface TurnsOfReading {
  readonly now: () => number
  readonly nextTurn: (goOn: () => void) => void
  /** Milliseconds for which this process has had a processor; dearer to ask than the clock. Absent where that is all of the time. */
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

/** Something that has more to be read. */
export interface Reading {
  /** Its turn has come: reads on, until {@link ReadTurn.isOver} says that the turn is over. Throws nothing. */
  goOn(): void
}

/** Whose turn it is; one for all connections of a router. */
export class ReadTurns {
  readonly #turns: TurnsOfReading
  readonly #waiting = new Set<ReadTurn>()
  readonly #onNextTurn = (): void => this.#serve()
  /** Whether the slice of this turn of the event loop has begun. */
  #hasBegun = false
  #number = 0
  #end = 0
  #isEarly = true
  /** What `worked` said at the beginning; undefined where the clock alone decides. */
  #workedThen: number | undefined
  #hasPassedEnd = false

  constructor(turns: TurnsOfReading = EVENT_LOOP) {
    this.#turns = turns
  }

  now(): number {
    return this.#turns.now()
  }

  /** Whether something in this turn of the event loop has been much already. */
  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** The number of the last slice. */
  get number(): number {
    return this.#number
  }

  /** The number of the slice of this turn of the event loop; it begins with the first that asks. */
  enter(): number {
    if (!this.#hasBegun) this.#begin()
    return this.#number
  }

  /** Messages until the next look, when the last one said that it is not over. */
  get messagesALook(): number {
    return this.#isEarly ? MESSAGES_A_LOOK_EARLY : MESSAGES_A_LOOK
  }

  /** Whether those who have had some of the slice are to stop: it is over, or others wait. */
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
    this.#hasBegun = true
    this.#number++
    this.#end = this.#turns.now() + SLICE_MS
    this.#workedThen = this.#hasPassedEnd ? this.#turns.worked?.() : undefined
    this.#hasPassedEnd = false
    this.#turns.nextTurn(this.#onNextTurn)
  }

  /**
   * Where slices do not end in time, time counts in which this process worked: on a machine with other things to do, a few
   * messages in each turn would cost more in reads and writes of sockets than in themselves.
   */
  #isTimeOver(): boolean {
    const left = this.#end - this.#turns.now()
    this.#isEarly = left > SLICE_MS - EARLY_MS
    if (left > 0) return false
    this.#hasPassedEnd = true
    return this.#workedThen === undefined || (this.#turns.worked?.() ?? Infinity) - this.#workedThen >= SLICE_MS
  }

  #serve(): void {
    this.#hasBegun = false
    if (this.#waiting.size === 0) return
    this.#begin()
    // Comes also to those that are added meanwhile, behind all others.
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
  /** Messages until the next look. */
  #messagesLeft = MESSAGES_A_LOOK
  /** The slice in which they were counted. */
  #number = 0
  /** When the last message was counted, or this turn began; undefined before the first message of a turn with little to do. */
  #countedAt: number | undefined

  constructor(turns: ReadTurns, reading: Reading) {
    this.#turns = turns
    this.#reading = reading
  }

  /** Something came to be read. */
  begin(): void {
    this.#countedAt = this.#turns.hasBegun ? this.#turns.now() : undefined
    const { number } = this.#turns
    if (number === this.#number) return
    this.#number = number
    this.#messagesLeft = MESSAGES_A_LOOK
  }

  /** Counts a message; answers whether what is left has to {@link wait}. */
  isOver(): boolean {
    this.#messagesLeft--
    const wasDear = this.#wasDear()
    return (wasDear || this.#messagesLeft <= 0) && this.#look(wasDear)
  }

  /** Has what is left go on when the others have had their turn. */
  wait(): void {
    this.#turns.add(this)
  }

  /** Waits no more. */
  leave(): void {
    this.#turns.remove(this)
  }

  /** Called by those whose turns they are. */
  take(number: number): void {
    this.#number = number
    this.#messagesLeft = MESSAGES_A_LOOK
    this.#reading.goOn()
  }

  /** Whether the message just counted took long. Of a turn with little to do the first is not measured: a single message costs no look. */
  #wasDear(): boolean {
    const now = this.#turns.now()
    const isDear = this.#countedAt !== undefined && now - this.#countedAt >= DEAR_MS
    this.#countedAt = now
    return isDear
  }

  /** @param wasDear it takes no second look to stop where the slice is over */
  #look(wasDear: boolean): boolean {
    this.#messagesLeft = MESSAGES_A_LOOK
    const number = this.#turns.enter()
    if (wasDear || number === this.#number) {
      if (this.#turns.isOver) return true
      this.#messagesLeft = this.#turns.messagesALook
    }
    this.#number = number
    return false
  }
}

// What waits for one peer: one queue, nothing overtakes, bytes counted, bounded. Pure; the connection drains it.

/** Where the bytes go: what a transport shows of itself. */
export interface Sink {
  /** False while it takes no more. */
  readonly isWritable: boolean
  /** Takes one message; copies it at once unless it is large (see Transport.send). */
  send(message: Uint8Array): void
}

/** Who is told that a peer does not read. Called at most once each. */
export interface OutboxOwner {
  /** More waits than may wait, or nothing was taken for too long: what waited is given up, nothing more is taken. */
  onSlow(): void
  /** Not even the last message was taken in time. */
  onStuck(): void
}

/** The bytes of all outboxes of a router together, with their limit. */
export class OutboxTotal {
  bytes = 0
  readonly limit: number
  /** Those that hold anything. */
  readonly backlogged = new Set<Outbox>()

  constructor(limit: number) {
    this.limit = limit
  }

  /** Looks for peers that took nothing for `stallMs`. To be called about once a second. */
  sweep(now: number, stallMs: number): void {
    for (const outbox of [...this.backlogged]) outbox.checkProgress(now, stallMs)
  }

  /** The outbox that holds most. */
  largest(): Outbox | undefined {
    let largest: Outbox | undefined
    for (const outbox of this.backlogged) if (largest === undefined || outbox.bytes > largest.bytes) largest = outbox
    return largest
  }
}

export class Outbox {
  readonly #sink: Sink
  readonly #limit: number
  readonly #total: OutboxTotal
  readonly #owner: OutboxOwner
  #queue: Uint8Array[] = []
  #head = 0
  #bytes = 0
  #isOverflown = false
  /** Whether the sink took anything since the last look, and the time of the last look that saw it. */
  #hasMoved = true
  #movedAt = 0

  /** @param limit octets that may wait; a single message may be longer when nothing else waits */
  constructor(sink: Sink, limit: number, total: OutboxTotal, owner: OutboxOwner) {
    this.#sink = sink
    this.#limit = limit
    this.#total = total
    this.#owner = owner
  }

  /** Octets that wait. */
  get bytes(): number {
    return this.#bytes
  }

  get isEmpty(): boolean {
    return this.#bytes === 0
  }

  /**
   * Hands a message on, or queues it.
   * @param isShared whether others hold the same bytes, which then are never changed and need no copy
   * @returns false when it was given up because the peer does not read
   */
  push(message: Uint8Array, isShared: boolean): boolean {
    if (this.#bytes === 0 && this.#sink.isWritable && !this.#isOverflown) {
      this.#sink.send(message)
      return true
    }
    return this.#enqueue(message, isShared)
  }

  /** The sink takes more: hands on what waits. */
  drain(): void {
    while (this.#head < this.#queue.length && this.#sink.isWritable) {
      const message = this.#queue[this.#head] as Uint8Array
      this.#head++
      this.#count(-message.byteLength)
      this.#hasMoved = true
      this.#sink.send(message)
    }
    if (this.#head === this.#queue.length) this.#reset()
    else if (this.#head > 1024 && this.#head * 2 > this.#queue.length) this.#compact()
  }

  /** Gives up what waits. */
  clear(): void {
    this.#count(-this.#bytes)
    this.#reset()
  }

  /** Queues the last message of all, also after an overflow; a peer that still does not read is then cut off. */
  pushLast(message: Uint8Array): void {
    if (this.#bytes === 0 && this.#sink.isWritable) this.#sink.send(message)
    else this.#append(message.slice())
  }

  /** Gives up what waits and refuses what comes. */
  overflow(): void {
    if (this.#isOverflown) return
    this.#isOverflown = true
    this.clear()
    this.#owner.onSlow()
  }

  /** Called by the sweep while something waits. */
  checkProgress(now: number, stallMs: number): void {
    if (this.#hasMoved) {
      this.#hasMoved = false
      this.#movedAt = now
    } else if (now - this.#movedAt >= stallMs) {
      if (this.#isOverflown) this.#owner.onStuck()
      else this.overflow()
    }
  }

  #enqueue(message: Uint8Array, isShared: boolean): boolean {
    if (this.#isOverflown) return false
    if (this.#bytes > 0 && this.#bytes + message.byteLength > this.#limit) {
      this.overflow()
      return false
    }
    this.#append(isShared ? message : message.slice())
    if (this.#total.bytes > this.#total.limit) this.#total.largest()?.overflow()
    return !this.#isOverflown
  }

  #append(message: Uint8Array): void {
    if (this.#bytes === 0) this.#hasMoved = true
    this.#queue.push(message)
    this.#count(message.byteLength)
  }

  #count(change: number): void {
    this.#bytes += change
    this.#total.bytes += change
    if (this.#bytes > 0) this.#total.backlogged.add(this)
    else this.#total.backlogged.delete(this)
  }

  #reset(): void {
    this.#queue = []
    this.#head = 0
  }

  #compact(): void {
    this.#queue = this.#queue.slice(this.#head)
    this.#head = 0
  }
}

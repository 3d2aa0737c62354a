// One end of a way between two processes, as the measures use it.

export interface Ends {
  readonly node: string
  readonly other: string
  readonly folder: string
}

/** One end: it counts what comes from the other, and sends it the count. */
export interface Way {
  /** The messages of a turn are sent when those of the last one are answered. */
  readonly isAnswered?: boolean
  sent: number
  /** How many are known to have come to the other end. */
  readonly arrived: number
  /** Resolves when {@link arrived} has grown. */
  arrival(): Promise<void>
  send(): void
  close(): Promise<void>
}

/** How many are known to have come to the other end. */
export class Arrivals {
  count = 0
  #onMore = (): void => undefined

  come(count: number): void {
    this.count = count
    this.#onMore()
  }

  next(): Promise<void> {
    return new Promise((resolve) => (this.#onMore = resolve))
  }
}

/** Makes an end of what sends one message and what closes it. */
export function wayOf(arrivals: Arrivals, { isAnswered = false, send, close }: Pick<Way, 'isAnswered' | 'send' | 'close'>): Way {
  const way: Way = {
    isAnswered,
    sent: 0,
    get arrived() {
      return arrivals.count
    },
    arrival: () => arrivals.next(),
    send() {
      way.sent++
      send()
    },
    close,
  }
  return way
}

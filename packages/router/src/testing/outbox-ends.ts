// For tests: the two ends of an outbox, a sink that can be shut and an owner that records what is reported to it.

const message = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** A sink that takes a set number of messages. */
export class Valve {
  readonly taken: string[] = []
  opening = Number.POSITIVE_INFINITY
  /** Octets that it was given and has not passed on. */
  pendingBytes = 0
  octetsOnTheWay = 0

  get isWritable(): boolean {
    return this.opening > 0
  }

  send(bytes: Uint8Array): void {
    this.opening--
    this.taken.push(text(bytes))
  }
}

/** An owner that records what is reported to it. */
export class Told {
  readonly what: string[] = []
  readonly backlogs: number[] = []
  readonly gaps: [subscription: number, missed: number][] = []
  dropped = 0
  takesGaps = true
  readonly holder: string

  /** @param holder the owner of the peer's share */
  constructor(holder = 'holder') {
    this.holder = holder
  }

  onSlow(bound: string): void {
    this.what.push(bound === 'queue' ? 'slow' : `slow: ${bound}`)
  }

  onStuck(bound: string): void {
    this.what.push(`stuck: ${bound}`)
  }

  onBacklog(bytes: number): void {
    this.backlogs.push(bytes)
  }

  onDropped(): void {
    this.dropped++
  }

  onGap(subscription: number, missed: number): void {
    this.gaps.push([subscription, missed])
  }

  withGap(event: Uint8Array, gap: number): Uint8Array | undefined {
    return this.takesGaps ? message(`${text(event)}+${gap}`) : undefined
  }
}

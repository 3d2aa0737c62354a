// The peers that are not read for now, because they sent more messages than allowed. One timer, only while there are any.

/** A peer that waits to be read again. */
export interface Throttled {
  /** Reads again if the time has come; returns whether it has. */
  readAgain(now: number): boolean
}

const LOOK_MS = 50

export class ThrottledPeers {
  readonly #waiting = new Set<Throttled>()
  readonly #look: () => void
  #timer: NodeJS.Timeout | undefined

  /** @param look has to call {@link look} with the present time */
  constructor(look: () => void) {
    this.#look = look
  }

  add(peer: Throttled): void {
    this.#waiting.add(peer)
    this.#timer ??= setInterval(this.#look, LOOK_MS).unref()
  }

  remove(peer: Throttled): void {
    this.#waiting.delete(peer)
    if (this.#waiting.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Resumes the peers whose time has come. */
  look(now: number): void {
    for (const peer of this.#waiting) if (peer.readAgain(now)) this.remove(peer)
  }
}

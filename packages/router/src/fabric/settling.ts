// Callbacks that wait until the other node has taken in what was sent before. Pure bookkeeping of one life of a link.

/**
 * The callbacks of `settle`, and the acknowledgements that count for them.
 *
 * An acknowledgement overtakes what waits in its sender's queue, and packets that were lost. So it counts only once everything has come that
 * its sender had made before: when a callback runs, all has come that the other node sent before it took in what was sent.
 */
export class Settling {
  #waiting: { readonly last: number; readonly done: () => void }[] = []
  /** All packets up to this one were taken in, by an acknowledgement that counts. */
  #covered = 0
  /**
   * An acknowledgement that counts once the packets up to `through` have come, and the newest after it; 0 where there is none. Those between
   * are not kept: the newest covers them.
   */
  #firstAck = 0
  #firstThrough = 0
  #newestAck = 0
  #newestThrough = 0

  /** The last packet that is waited for. */
  get last(): number {
    return this.#waiting.at(-1)?.last ?? 0
  }

  /** Calls back once all packets up to `last` were taken in; at once if they were. */
  add(last: number, done: () => void): void {
    if (last <= this.#covered) done()
    else this.#waiting.push({ last, done })
  }

  /**
   * An acknowledgement came.
   * @param through the last packet that its sender had made
   * @param taken the last packet that was taken in here
   */
  acknowledged(ack: number, through: number, taken: number): void {
    if (ack <= Math.max(this.#covered, this.#newestAck, this.#firstAck)) return
    if (this.#firstAck === 0) [this.#firstAck, this.#firstThrough] = [ack, through]
    else [this.#newestAck, this.#newestThrough] = [ack, through]
    this.tookIn(taken)
  }

  /** All packets up to `taken` have come. */
  tookIn(taken: number): void {
    if (this.#firstAck === 0 || this.#firstThrough > taken) return
    this.#covered = this.#firstAck
    ;[this.#firstAck, this.#firstThrough] = [this.#newestAck, this.#newestThrough]
    this.#newestAck = 0
    if (this.#firstAck !== 0 && this.#firstThrough <= taken) return this.tookIn(taken)
    if (this.#waiting.length > 0) this.#callBack()
  }

  /** The life has ended: calls all back. */
  end(): void {
    this.#covered = Infinity
    this.#callBack()
  }

  #callBack(): void {
    let count = 0
    while (count < this.#waiting.length && (this.#waiting[count]?.last ?? 0) <= this.#covered) count++
    for (const { done } of this.#waiting.splice(0, count)) done()
  }
}

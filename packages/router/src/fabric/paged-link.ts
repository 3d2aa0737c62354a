// The link to another node as realms use it: what there is when it comes up is sent page by page, so that however much it is, it fills no
// queue and takes no long turn. What happens meanwhile goes ahead of the pages that are left.

import type { Frame } from './frames.ts'
import type { NodeLink } from './node-links.ts'
import type { Paced } from './pacing.ts'

/** A page ends after so many frames, or where so many octets wait for the other node. */
const MOST_FRAMES = 1_000
const MOST_QUEUED = 4 << 20

/** Frames that belong together: no page ends between them. */
export type FrameGroup = readonly Frame[]

const NONE: FrameGroup = []

export class PagedLink implements NodeLink {
  readonly node: string
  readonly #link: NodeLink
  readonly #states: Iterator<FrameGroup>[] = []
  /** What had no room. */
  #held: FrameGroup = NONE
  #isTelling = false
  /** Whether all has come that the other node had when the link came up. */
  #isKnown = false
  #isDown = false
  #waiting: (() => void)[] = []

  constructor(link: NodeLink) {
    this.#link = link
    this.node = link.node
  }

  get queuedBytes(): number {
    return this.#link.queuedBytes
  }

  send(frame: Frame, isOffer?: boolean, owner?: number): boolean {
    return this.#link.send(frame, isOffer, owner)
  }

  pace(owner: number, session: Paced): void {
    this.#link.pace(owner, session)
  }

  fault(): void {
    this.#link.fault()
  }

  /**
   * Sends what there is, behind all that is being sent so already.
   * @param state made as it is sent: each group holds what is so at that moment
   */
  tell(state: Iterable<FrameGroup>): void {
    this.#states.push(state[Symbol.iterator]())
    if (!this.#isTelling) this.#sendPage()
  }

  /**
   * Calls back once the other node has taken in all that was sent before, and what it had itself when the link came up has come, or the
   * link is down. What one of both has and the other does not know of is not settled.
   */
  settle(done: () => void): void {
    if (this.#isDown || (this.#isKnown && !this.#isTelling)) this.#link.settle(done)
    else this.#waiting.push(done)
  }

  /** The other node has sent all that it had. */
  known(): void {
    this.#isKnown = true
    this.#callBack()
  }

  /** The link is down. */
  end(): void {
    this.#isDown = true
    this.#states.length = 0
    this.#held = NONE
    this.#callBack()
  }

  #sendPage(): void {
    this.#isTelling = true
    let frames = 0
    for (let group = this.#next(); group !== undefined; group = this.#next()) {
      this.#held = this.#sendGroup(group)
      frames += group.length
      if (this.#held.length > 0 || frames >= MOST_FRAMES || this.#link.queuedBytes > MOST_QUEUED) return this.#link.settle(this.#goOn)
    }
    this.#isTelling = false
    this.#callBack()
  }

  readonly #goOn = (): void => {
    if (!this.#isDown) this.#sendPage()
  }

  #next(): FrameGroup | undefined {
    if (this.#held.length > 0) return this.#held
    for (let state = this.#states[0]; state !== undefined; state = this.#states[0]) {
      const { value, done } = state.next()
      if (done !== true) return value
      this.#states.shift()
    }
    return undefined
  }

  /** Returns what had no room. What is refused although there is room cannot be written, and that was counted. */
  #sendGroup(group: FrameGroup): FrameGroup {
    for (const [i, frame] of group.entries()) {
      if (!this.#link.send(frame) && this.#link.queuedBytes > MOST_QUEUED) return group.slice(i)
    }
    return NONE
  }

  #callBack(): void {
    if (!this.#isDown && (this.#isTelling || !this.#isKnown)) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const done of waiting) this.#link.settle(done)
  }
}

// For tests: two nodes on a bus that loses, repeats, delays, reorders and is cut, and nodes that stand still and begin anew; all drawn
// from a seed. Faults end before the world does: then both are linked, and everything has come.

import { Random } from '@trunkline/testkit/simulation'
import { LINK_LIMITS } from '../fabric/link.ts'
import { LinkSide } from './link-side.ts'

interface Posted {
  readonly at: number
  readonly to: 0 | 1
  readonly packet: Uint8Array
}

/** How much happened in some worlds. */
export interface LinkTally {
  worlds: number
  frames: number
  lost: number
  repeated: number
  resent: number
  downs: number
  refused: number
  settled: number
  settledByDown: number
}

export function createTally(): LinkTally {
  return { worlds: 0, frames: 0, lost: 0, repeated: 0, resent: 0, downs: 0, refused: 0, settled: 0, settledByDown: 0 }
}

const STEPS = 250
/** How long it takes to be linked once nothing disturbs, and the longest that a full queue takes over the slowest bus. */
const CALM_MS = 12_000
const MOST_CALM_MS = 300_000

/** One world. */
export class LinkWorld {
  readonly #random: Random
  readonly #tally: LinkTally
  readonly #sides: readonly [LinkSide, LinkSide]
  readonly #share: { readonly lost: number; readonly repeated: number; readonly reordered: number; readonly delay: number }
  #posted: Posted[] = []
  #now = 0
  #cutUntil = 0
  #isCalm = false
  #nextHello = 0

  constructor(seed: number, tally: LinkTally) {
    const random = new Random(seed)
    this.#random = random
    this.#tally = tally
    this.#share = { lost: random.below(21), repeated: random.below(11), reordered: random.below(11), delay: 1 + random.below(500) }
    const packet = 500 + random.below(8_000)
    const window = random.pick([2, 8, 100]) * packet
    const limits = { ...LINK_LIMITS, packet, window, windowPackets: random.pick([4, 8_192]), queue: random.pick([5, 1_000]) * 8_192 }
    const side = (name: string, to: 0 | 1): LinkSide =>
      new LinkSide({ name, limits, now: () => this.#now, post: (posted) => this.#post(to, posted) })
    this.#sides = [side('a', 1), side('b', 0)]
  }

  /** Runs the world to its end. Throws when a rule was broken. */
  run(): void {
    const [a, b] = this.#sides
    for (let step = 0; step < STEPS; step++) {
      this.#disturb()
      for (const side of this.#sides) if (side.standsUntil <= this.#now) this.#use(side)
      this.#passTime(this.#now + this.#random.below(40))
    }
    this.#isCalm = true
    this.#cutUntil = 0
    this.#passTime(this.#now + CALM_MS)
    for (const { link } of this.#sides) if (!link.isUp) throw new Error('not linked at the end')
    for (
      let calm = CALM_MS;
      calm < MOST_CALM_MS && this.#sides.some(({ link }) => link.queuedBytes + link.windowBytes > 0);
      calm += 1_000
    ) {
      this.#passTime(this.#now + 1_000)
    }
    for (const [x, y] of [
      [a, b],
      [b, a],
    ] as const) {
      if (x.sent > 0 && y.gotOf(x.period) !== x.sent) throw new Error(`${y.gotOf(x.period)} of ${x.sent} frames have come at the end`)
      if (x.settled + x.settledByDown !== x.asked) throw new Error(`${x.asked - x.settled - x.settledByDown} were never called back`)
      this.#tally.resent += x.counters.packetsResent
      this.#tally.downs += x.downs.length
      this.#tally.settled += x.settled
      this.#tally.settledByDown += x.settledByDown
      if (x.downs.includes('protocol')) throw new Error('a fault of the protocol')
    }
    this.#tally.worlds++
  }

  #disturb(): void {
    const random = this.#random
    const side = random.pick(this.#sides)
    if (random.below(1000) < 6) this.#cutUntil = this.#now + random.pick([300, 3_000, 9_000])
    if (random.below(1000) < 4) side.standsUntil = this.#now + random.pick([100, 1_000, 4_000, 8_000])
    if (random.below(1000) < 3) side.dateOffset += random.below(100_000) - 50_000
    if (random.below(1000) < 2) {
      side.restart()
      if (random.percent(50)) this.#sides[side === this.#sides[0] ? 1 : 0].link.gone()
    }
    // Most of the time of a cut or a stand-still nothing else happens.
    const until = Math.max(this.#cutUntil, ...this.#sides.map(({ standsUntil }) => standsUntil))
    if (until > this.#now && random.percent(10)) this.#passTime(until - random.below(200))
  }

  #use(side: LinkSide): void {
    const random = this.#random
    const other = this.#sides[side === this.#sides[0] ? 1 : 0]
    if (random.percent(50)) return
    for (let left = random.below(5); left > 0; left--) {
      const length = random.percent(5) ? random.below(40_000) : random.below(2_000)
      if (side.sendFrame(length, random.below(20_000))) this.#tally.frames++
      else if (side.link.isUp) this.#refused(side)
      if (random.percent(15)) side.settle(other)
    }
    side.endTurn()
    side.checkBounds()
  }

  #refused(side: LinkSide): void {
    this.#tally.refused++
    if (this.#random.percent(30)) side.link.overflow()
  }

  #post(to: 0 | 1, packet: Uint8Array): void {
    const { lost, repeated, reordered, delay } = this.#share
    const random = this.#random
    if (this.#cutUntil > this.#now || (!this.#isCalm && random.percent(lost))) return void this.#tally.lost++
    for (let times = !this.#isCalm && random.percent(repeated) ? 2 : 1; times > 0; times--) {
      if (times > 1) this.#tally.repeated++
      const last = this.#posted.findLast((posted) => posted.to === to)?.at ?? 0
      const inOrder = Math.max(last, this.#now + 1 + random.below(1 + Math.floor(delay / 10)))
      const at = !this.#isCalm && random.percent(reordered) ? this.#now + random.below(delay) : inOrder
      this.#posted.push({ at, to, packet })
    }
  }

  /** Moves the time from event to event: packets that come, ticks, and HELLOs once a second. */
  #passTime(until: number): void {
    for (;;) {
      const packet = this.#firstPosted()
      const ticks = this.#sides.map((side) => Math.max(side.link.due, side.standsUntil))
      const next = Math.min(this.#nextHello, this.#arrival(packet), ...ticks)
      if (next > until) break
      this.#now = Math.max(this.#now, next)
      if (next === this.#nextHello) this.#sayHello()
      else if (next === ticks[0]) this.#tick(this.#sides[0])
      else if (next === ticks[1]) this.#tick(this.#sides[1])
      else if (packet !== undefined) this.#deliver(packet)
    }
    this.#now = Math.max(this.#now, until)
  }

  #tick(side: LinkSide): void {
    this.#turn(side, (link) => link.tick())
    if (side.link.due <= this.#now) throw new Error('a tick is due that has just been')
  }

  #turn(side: LinkSide, act: (link: LinkSide['link']) => void): void {
    act(side.link)
    // Several packets may come in one turn.
    if (!this.#random.percent(20)) side.endTurn()
    side.checkBounds()
  }

  #arrival(posted: Posted | undefined): number {
    return posted === undefined ? Infinity : Math.max(posted.at, this.#sides[posted.to].standsUntil)
  }

  #firstPosted(): Posted | undefined {
    let first: Posted | undefined
    for (const posted of this.#posted) if (this.#arrival(posted) < this.#arrival(first)) first = posted
    return first
  }

  #deliver(posted: Posted): void {
    this.#posted.splice(this.#posted.indexOf(posted), 1)
    const view = posted.packet.slice()
    this.#turn(this.#sides[posted.to], (link) => link.receive(view))
    // What came is a view that holds during the call only.
    view.fill(0xee)
  }

  #sayHello(): void {
    this.#nextHello = this.#now + 1_000
    if (this.#cutUntil > this.#now) return
    for (const side of this.#sides) if (this.#isCalm || this.#random.percent(90)) this.#turn(side, (link) => link.hello())
  }
}

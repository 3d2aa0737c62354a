// The connections without an open session, and what they sent: bounded in total and by address, since any client can open them.
// Never looks at identities.

import type { Counters } from '../core/index.ts'
import { networkOf } from '../core/index.ts'
import type { Place, ReachedLimit } from '../core/ports/index.ts'
import { BySize, sizeClass } from './by-size.ts'
import type { OfNetwork } from './giving-way.ts'
import { GivingWay } from './giving-way.ts'

export interface OpeningLimits {
  /** Connections before login at a time, and as many sockets that are not WAMP connections yet. Default 20,000. */
  readonly connectionsBeforeLogin: number
  /** The same from one address, or one IPv6 network of 64 bits. Default 10,000. No address may have more than are left for the others. */
  readonly connectionsBeforeLoginPerAddress: number
  /** Octets that all of them together have sent, with the memory of their HELLOs. Default 32 MiB. No address may have more than half. */
  readonly beforeLoginTotalBytes: number
}

type Kind = 'arrivals' | 'connections' | 'tls'

/** What one network holds, or all together. */
class Held {
  /** Undefined for all together, and for a connection without an address. */
  readonly network: string | undefined
  /** Sockets that are not WAMP connections yet. */
  arrivals = 0
  connections = 0
  /** How many of both use TLS. */
  tls = 0
  octets = 0
  /** Those that can give way to others. */
  readonly waiting: Readonly<Record<Kind, OfNetwork<Opening>>>
  /** Those that hold octets. */
  readonly bySize = new BySize<Opening>()

  constructor(network?: string) {
    this.network = network
    this.waiting = ofEachKind(() => ({ name: network, waiting: new Set() }))
  }

  get isEmpty(): boolean {
    return this.arrivals === 0 && this.connections === 0
  }
}

/** A number of places, of which no address may have more than are left for the others; octets are not bounded. */
export function placesOf(most: number, counters: Counters): (address: string | undefined) => Place | ReachedLimit {
  const limits = { connectionsBeforeLogin: most, connectionsBeforeLoginPerAddress: most, beforeLoginTotalBytes: Number.POSITIVE_INFINITY }
  const places = new Openings(limits, counters)
  return (address) => places.enter(address)
}

/** A TLS session takes some fifty kilobytes, many times what its client has sent: only one place in five may have one. */
const TLS_PART = 5
const DESCRIPTORS_A_PLACE = 4
/** Networks with so small a part of all places count as equal: where many clients log in at once, none has to make room for another. */
const EQUALS = 1_000
export class Openings {
  readonly #limits: OpeningLimits
  readonly #counters: Counters
  readonly #all = new Held()
  readonly #byNetwork = new Map<string, Held>()
  /** All that hold octets. */
  readonly #byOctets = new BySize<Held>()
  readonly #waiting = ofEachKind(() => new GivingWay<Opening>())
  #mostByDescriptors = Number.POSITIVE_INFINITY

  /** @param limits read at each check, because they may change */
  constructor(limits: OpeningLimits, counters: Counters) {
    this.#limits = limits
    this.#counters = counters
  }

  /**
   * Gives connections no more than a quarter of the file descriptors, and as much to sockets: the rest is for sessions and files.
   * @param descriptors as many as the process may have; undefined where that is not known
   * @param aPlace how many descriptors there are for each place
   */
  limitTo(descriptors = Number.POSITIVE_INFINITY, aPlace = DESCRIPTORS_A_PLACE): void {
    this.#mostByDescriptors = Math.floor(descriptors / aPlace)
  }

  /** How many connections are counted. */
  get size(): number {
    return this.#all.connections
  }

  /** How many sockets are counted. */
  get arrivals(): number {
    return this.#all.arrivals
  }

  /** How many networks hold a place. */
  get addresses(): number {
    return this.#byNetwork.size
  }

  /** The limit that one more connection would exceed, if any; that counts as a refused connection. */
  refusal(address: string | undefined): ReachedLimit | undefined {
    const share = this.shareOf(address)
    const reached = this.#reached(share, 'connections')
    if (reached === undefined || this.#longestOf(share, 'connections') !== undefined) return undefined
    this.#counters.connectionsRefused++
    return reached
  }

  /** Counts a connection, unless it would exceed a limit. A connection without an address shares with no other. */
  enter(address: string | undefined): Place | ReachedLimit {
    return this.#enter(address, 'connections')
  }

  /**
   * The same for a socket that has sent nothing yet. Sockets have as many places, apart from those of connections.
   * @param takesOldest where its network has no place left, the oldest one of that gives way: it lingers, or is for any client of a proxy
   */
  arrive(address: string | undefined, takesOldest = false): Place | ReachedLimit {
    const share = this.shareOf(address)
    return this.add(share, 'arrivals', takesOldest) ?? new Opening(this, { address, share, kind: 'arrivals', takesOldest })
  }

  /** What the network of an address holds; remembered while it holds a place. */
  shareOf(address: string | undefined): Held {
    if (address === undefined) return new Held()
    const network = networkOf(address)
    return this.#byNetwork.get(network) ?? new Held(network)
  }

  /**
   * Counts one, unless it would exceed a limit. Where there is no place, the one that has waited longest in the network with most gives
   * way, unless that has no more than this one.
   * @param takesOldest the one of its own network that has waited longest gives way rather than this one
   */
  add(share: Held, kind: Kind, takesOldest = false): ReachedLimit | undefined {
    const reached = this.#reached(share, kind)
    if (reached !== undefined) {
      this.#counters.connectionsRefused++
      const other = this.#longestOf(share, kind) ?? (takesOldest ? first(share.waiting[kind].waiting) : undefined)
      if (other === undefined) return reached
      other.giveWay(reached)
    }
    this.hold(share, kind)
    return undefined
  }

  /** Counts one, whatever the limits are. */
  hold(share: Held, kind: Kind): void {
    this.#all[kind]++
    if (share.isEmpty && share.network !== undefined) this.#byNetwork.set(share.network, share)
    share[kind]++
  }

  /** Removes one that was counted. */
  remove(share: Held, kind: Kind): void {
    this.#all[kind]--
    share[kind]--
    if (share.isEmpty && share.network !== undefined) this.#byNetwork.delete(share.network)
  }

  /** From now on one can give way to others, or no more. */
  wait(opening: Opening, kind: Kind, isWaiting: boolean): void {
    const ofNetwork = opening.share.waiting[kind]
    if (isWaiting) this.#waiting[kind].add(opening, ofNetwork)
    else this.#waiting[kind].remove(opening, ofNetwork)
  }

  /** Counts octets; a negative number for octets that are no longer held. */
  count(opening: Opening, octets: number): void {
    const { share, octets: before } = opening
    this.#all.octets += octets
    this.#byOctets.move(share, share.octets, share.octets + octets)
    share.octets += octets
    share.bySize.move(opening, before, before + octets)
  }

  /**
   * Makes room for the octets that one has taken: who holds most goes, of the network that holds most; but the one itself where none
   * holds clearly more.
   * @returns the limit that they exceed if that is the one itself
   */
  fit(opening: Opening): ReachedLimit | undefined {
    const { beforeLoginTotalBytes: most } = this.#limits
    while (this.#all.octets > most || opening.share.octets > most / 2) {
      this.#counters.connectionsRefused++
      const reached = { limit: 'octets before login', value: most }
      const other = this.#heaviest(opening)
      if (other === opening) return reached
      other.giveWay(reached)
    }
    return undefined
  }

  #heaviest(opening: Opening): Opening {
    const { share } = opening
    const isOfShare = share.octets > this.#limits.beforeLoginTotalBytes / 2
    const most = isOfShare ? share : largerOf(share, this.#byOctets.largest)
    const largest = most.bySize.largest
    const found = most === share ? largerOf(opening, largest) : largest
    return found?.canGiveWay === true ? found : opening
  }

  #enter(address: string | undefined, kind: Kind): Place | ReachedLimit {
    const share = this.shareOf(address)
    return this.add(share, kind) ?? new Opening(this, { address, share, kind, takesOldest: false })
  }

  #reached(share: Held, kind: Kind): ReachedLimit | undefined {
    const most = this.#most(kind)
    const left = most - this.#all[kind]
    const mostPerAddress = this.#mostPerAddress(kind)
    // A network may have at most as many as are left for the others, so that these find room.
    if (left > 0 && share[kind] < Math.min(mostPerAddress, left)) return undefined
    const name = kind === 'tls' ? 'TLS connections before login' : 'connections before login'
    if (left <= 0) return { limit: name, value: most }
    return { limit: `${name} from one address`, value: Math.min(mostPerAddress, left) }
  }

  /** The one that gives way to another of a network, if any. */
  #longestOf(share: Held, kind: Kind): Opening | undefined {
    if (share[kind] >= this.#mostPerAddress(kind)) return undefined
    const margin = Math.max(1, Math.floor(this.#most(kind) / EQUALS))
    return this.#waiting[kind].firstFor(share.waiting[kind], margin)
  }

  #most(kind: Kind): number {
    return Math.ceil(Math.min(this.#limits.connectionsBeforeLogin, this.#mostByDescriptors) / partOf(kind))
  }

  #mostPerAddress(kind: Kind): number {
    return Math.ceil(this.#limits.connectionsBeforeLoginPerAddress / partOf(kind))
  }
}

function ofEachKind<Value>(make: () => Value): Record<Kind, Value> {
  return { arrivals: make(), connections: make(), tls: make() }
}

function partOf(kind: Kind): number {
  return kind === 'tls' ? TLS_PART : 1
}

function first<Each>(set: ReadonlySet<Each>): Each | undefined {
  for (const each of set) return each
  return undefined
}

/** The second, if it holds clearly more. */
function largerOf<Each extends { readonly octets: number }>(one: Each, other: Each | undefined): Each {
  return other !== undefined && sizeClass(other.octets) > sizeClass(one.octets) ? other : one
}

/** To whom a connection counts, and as what. */
interface Counted {
  readonly address: string | undefined
  readonly share: Held
  readonly kind: Kind
  /** Whether the oldest one of its network gives way to it. */
  readonly takesOldest: boolean
}

/** One counted connection; it is removed once. */
class Opening implements Place {
  readonly #openings: Openings
  #address: string | undefined
  share: Held
  /** Undefined once it has left. */
  #kind: Kind | undefined
  #isTls = false
  #takesOldest: boolean
  octets = 0
  #onGiveWay: ((reached: ReachedLimit) => void) | undefined

  constructor(openings: Openings, { address, share, kind, takesOldest }: Counted) {
    this.#openings = openings
    this.#address = address
    this.share = share
    this.#kind = kind
    this.#takesOldest = takesOldest
  }

  get canGiveWay(): boolean {
    return this.#onGiveWay !== undefined
  }

  yieldBy(end: ((reached: ReachedLimit) => void) | undefined): void {
    this.#wait(false)
    this.#onGiveWay = end
    this.#wait(true)
  }

  /** Leaves, since others need what it holds. */
  giveWay(reached: ReachedLimit): void {
    const end = this.#onGiveWay
    this.leave()
    end?.(reached)
  }

  take(octets: number): ReachedLimit | undefined {
    if (this.#kind === undefined) return undefined
    this.#count(octets)
    return this.#openings.fit(this)
  }

  release(): void {
    this.#count(-this.octets)
  }

  beginTls(): ReachedLimit | undefined {
    if (this.#kind === undefined || this.#isTls) return undefined
    const reached = this.#openings.add(this.share, 'tls', this.#takesOldest)
    if (reached !== undefined) return reached
    this.#wait(false)
    this.#isTls = true
    this.#wait(true)
    return undefined
  }

  connect(named: string | undefined): ReachedLimit | undefined {
    // A client without an address, as at a Unix socket, stays in the share of its socket.
    const address = named ?? this.#address
    const isSame = this.#kind !== undefined && address === this.#address
    const share = isSame ? this.share : this.#openings.shareOf(address)
    const reached = this.#openings.add(share, 'connections')
    if (reached !== undefined) return reached
    const isTls = this.#isTls
    this.leave()
    this.#address = address
    this.share = share
    this.#kind = 'connections'
    // It has already begun TLS, whichever share that counts to now.
    if (isTls) this.#openings.hold(share, 'tls')
    this.#isTls = isTls
    this.#wait(true)
    return undefined
  }

  moveTo(address: string | undefined): ReachedLimit | undefined {
    const kind = this.#kind
    if (kind === undefined || address === undefined || address === this.#address) return undefined
    const { share: before, octets } = this
    const isTls = this.#isTls
    // First it leaves: it needs no other place than it has.
    this.leave()
    const share = this.#openings.shareOf(address)
    const reached = this.#addAll(share, kind, isTls)
    if (reached === undefined) {
      this.#address = address
      this.#takesOldest = false
      this.share = share
    } else {
      this.#openings.hold(before, kind)
      if (isTls) this.#openings.hold(before, 'tls')
    }
    this.#kind = kind
    this.#isTls = isTls
    this.#wait(true)
    this.#count(octets)
    return reached ?? this.#openings.fit(this)
  }

  leave(): void {
    if (this.#kind === undefined) return
    this.release()
    this.#wait(false)
    if (this.#isTls) this.#openings.remove(this.share, 'tls')
    this.#isTls = false
    this.#openings.remove(this.share, this.#kind)
    this.#kind = undefined
  }

  #addAll(share: Held, kind: Kind, isTls: boolean): ReachedLimit | undefined {
    const reached = this.#openings.add(share, kind)
    if (reached !== undefined || !isTls) return reached
    const reachedByTls = this.#openings.add(share, 'tls')
    if (reachedByTls !== undefined) this.#openings.remove(share, kind)
    return reachedByTls
  }

  #count(octets: number): void {
    if (octets === 0) return
    this.#openings.count(this, octets)
    this.octets += octets
  }

  /** Whether it can give way, as long as something would end it. */
  #wait(isWaiting: boolean): void {
    if (this.#onGiveWay === undefined || this.#kind === undefined) return
    this.#openings.wait(this, this.#kind, isWaiting)
    if (this.#isTls) this.#openings.wait(this, 'tls', isWaiting)
  }
}

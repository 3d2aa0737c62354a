// The connections without an open session, and what they sent: bounded in total and by address, since any client can open them.
// Never looks at identities.

import type { Counters } from '../core/index.ts'
import { networkOf } from '../core/index.ts'
import type { Place, ReachedLimit } from '../core/ports/index.ts'

export interface OpeningLimits {
  /** Connections before login at a time, and as many sockets that are not WAMP connections yet. Default 20,000. */
  readonly connectionsBeforeLogin: number
  /** The same from one address, or one IPv6 network of 64 bits. Default 10,000. No address may have more than are left for the others. */
  readonly connectionsBeforeLoginPerAddress: number
  /** Octets that all of them together have sent, with the memory of their HELLOs. Default 32 MiB. No address may have more than half. */
  readonly beforeLoginTotalBytes: number
}

/** What one network holds, or all together. */
class Held {
  readonly network: string
  /** Sockets that are not WAMP connections yet. */
  arrivals = 0
  connections = 0
  /** How many of both use TLS. */
  tls = 0
  octets = 0

  constructor(network: string) {
    this.network = network
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

type Kind = 'arrivals' | 'connections' | 'tls'

/** A TLS session takes some fifty kilobytes, many times what its client has sent: only one place in five may have one. */
const TLS_PART = 5
const DESCRIPTORS_A_PLACE = 4

export class Openings {
  readonly #limits: OpeningLimits
  readonly #counters: Counters
  readonly #all = new Held('all')
  readonly #byNetwork = new Map<string, Held>()
  #mostByDescriptors = Number.POSITIVE_INFINITY

  /** @param limits read at each check, because they may change */
  constructor(limits: OpeningLimits, counters: Counters) {
    this.#limits = limits
    this.#counters = counters
  }

  /**
   * Gives connections no more than a quarter of the file descriptors, and as much to sockets: the rest is for sessions and files.
   * @param descriptors as many as the process may have; undefined where that is not known
   */
  limitTo(descriptors = Number.POSITIVE_INFINITY): void {
    this.#mostByDescriptors = Math.floor(descriptors / DESCRIPTORS_A_PLACE)
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
    return this.#refusal(this.shareOf(address), 'connections')
  }

  /** Counts a connection, unless it would exceed a limit. A connection without an address has no share of its own. */
  enter(address: string | undefined): Place | ReachedLimit {
    return this.#enter(address, 'connections')
  }

  /** The same for a socket that has sent nothing yet. Sockets have as many places, apart from those of connections. */
  arrive(address: string | undefined): Place | ReachedLimit {
    return this.#enter(address, 'arrivals')
  }

  /** What the network of an address holds; remembered while it holds a place. */
  shareOf(address: string | undefined): Held | undefined {
    if (address === undefined) return undefined
    const network = networkOf(address)
    return this.#byNetwork.get(network) ?? new Held(network)
  }

  /** Counts one, unless it would exceed a limit. */
  add(share: Held | undefined, kind: Kind): ReachedLimit | undefined {
    const reached = this.#refusal(share, kind)
    if (reached === undefined) this.hold(share, kind)
    return reached
  }

  /** Counts one, whatever the limits are. */
  hold(share: Held | undefined, kind: Kind): void {
    this.#all[kind]++
    if (share === undefined) return
    if (share.isEmpty) this.#byNetwork.set(share.network, share)
    share[kind]++
  }

  /** Removes one that was counted. */
  remove(share: Held | undefined, kind: Kind): void {
    this.#all[kind]--
    if (share === undefined) return
    share[kind]--
    if (share.isEmpty) this.#byNetwork.delete(share.network)
  }

  /** Counts octets; a negative number for octets that are no longer held. */
  count(share: Held | undefined, octets: number): void {
    this.#all.octets += octets
    if (share !== undefined) share.octets += octets
  }

  /** The limit that the octets exceed, if any; that counts as a refused connection. */
  overflow(share: Held | undefined): ReachedLimit | undefined {
    const { beforeLoginTotalBytes: most } = this.#limits
    if (this.#all.octets <= most && (share === undefined || share.octets <= most / 2)) return undefined
    this.#counters.connectionsRefused++
    return { limit: 'octets before login', value: most }
  }

  #enter(address: string | undefined, kind: Kind): Place | ReachedLimit {
    const share = this.shareOf(address)
    return this.add(share, kind) ?? new Opening(this, address, share, kind)
  }

  #refusal(share: Held | undefined, kind: Kind): ReachedLimit | undefined {
    const part = kind === 'tls' ? TLS_PART : 1
    const most = Math.ceil(Math.min(this.#limits.connectionsBeforeLogin, this.#mostByDescriptors) / part)
    const mostPerAddress = Math.ceil(this.#limits.connectionsBeforeLoginPerAddress / part)
    const left = most - this.#all[kind]
    // A network may have at most as many as are left for the others, so that these find room.
    if (left > 0 && (share === undefined || share[kind] < Math.min(mostPerAddress, left))) return undefined
    this.#counters.connectionsRefused++
    const name = kind === 'tls' ? 'TLS connections before login' : 'connections before login'
    if (left <= 0) return { limit: name, value: most }
    return { limit: `${name} from one address`, value: Math.min(mostPerAddress, left) }
  }
}

/** One counted connection; it is removed once. */
class Opening implements Place {
  readonly #openings: Openings
  #address: string | undefined
  #share: Held | undefined
  /** Undefined once it has left. */
  #kind: Kind | undefined
  #isTls = false
  #octets = 0

  constructor(openings: Openings, address: string | undefined, share: Held | undefined, kind: Kind) {
    this.#openings = openings
    this.#address = address
    this.#share = share
    this.#kind = kind
  }

  take(octets: number): ReachedLimit | undefined {
    if (this.#kind === undefined) return undefined
    this.#octets += octets
    this.#openings.count(this.#share, octets)
    return this.#openings.overflow(this.#share)
  }

  release(): void {
    if (this.#octets === 0) return
    this.#openings.count(this.#share, -this.#octets)
    this.#octets = 0
  }

  beginTls(): ReachedLimit | undefined {
    if (this.#kind === undefined || this.#isTls) return undefined
    const reached = this.#openings.add(this.#share, 'tls')
    this.#isTls = reached === undefined
    return reached
  }

  connect(named: string | undefined): ReachedLimit | undefined {
    // A client without an address, as at a Unix socket, stays in the share of its socket.
    const address = named ?? this.#address
    const isSame = this.#kind !== undefined && address === this.#address
    const share = isSame ? this.#share : this.#openings.shareOf(address)
    const reached = this.#openings.add(share, 'connections')
    if (reached !== undefined) return reached
    const isTls = this.#isTls
    this.leave()
    this.#address = address
    this.#share = share
    this.#kind = 'connections'
    // It has already begun TLS, whichever share that counts to now.
    if (isTls) this.#openings.hold(share, 'tls')
    this.#isTls = isTls
    return undefined
  }

  leave(): void {
    if (this.#kind === undefined) return
    this.release()
    if (this.#isTls) this.#openings.remove(this.#share, 'tls')
    this.#isTls = false
    this.#openings.remove(this.#share, this.#kind)
    this.#kind = undefined
  }
}

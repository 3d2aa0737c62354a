// The connections on which no session is open yet, and what they sent: bounded all together and by address, since they come from
// anybody. Never looks who the client is.

import type { Counters } from '../core/index.ts'
import { networkOf } from '../core/index.ts'
import type { Place, ReachedLimit } from '../core/ports/index.ts'

export interface OpeningLimits {
  /** Connections before login at a time, and sockets that are none of WAMP yet. Default 20,000. */
  readonly connectionsBeforeLogin: number
  /** The same from one address, or from one IPv6 network of 64 bits. Default 10,000. No address has more than are left for the others, either. */
  readonly connectionsBeforeLoginPerAddress: number
  /** Octets that all of them together have sent, and what their HELLOs take in memory. Default 32 MiB. No address has more than half. */
  readonly beforeLoginTotalBytes: number
}

/** What is held for one network, or for all. */
class Held {
  readonly network: string
  /** Sockets that are no connection of WAMP yet. */
  arrivals = 0
  connections = 0
  /** Those of both that are over TLS. */
  tls = 0
  octets = 0

  constructor(network: string) {
    this.network = network
  }

  get isEmpty(): boolean {
    return this.arrivals === 0 && this.connections === 0
  }
}

/** So many places, of which no address has more than are left for others; octets are not bounded. */
export function placesOf(most: number, counters: Counters): (address: string | undefined) => Place | ReachedLimit {
  const limits = { connectionsBeforeLogin: most, connectionsBeforeLoginPerAddress: most, beforeLoginTotalBytes: Number.POSITIVE_INFINITY }
  const places = new Openings(limits, counters)
  return (address) => places.enter(address)
}

type Kind = 'arrivals' | 'connections' | 'tls'

/** A TLS session takes some fifty kilobytes, many times what its client has sent: one in five may have one at a time. */
const TLS_PART = 5

export class Openings {
  readonly #limits: OpeningLimits
  readonly #counters: Counters
  readonly #all = new Held('all')
  readonly #byNetwork = new Map<string, Held>()

  /** @param limits looked at each time: they may change */
  constructor(limits: OpeningLimits, counters: Counters) {
    this.#limits = limits
    this.#counters = counters
  }

  /** Connections that are counted. */
  get size(): number {
    return this.#all.connections
  }

  /** Sockets that are counted. */
  get arrivals(): number {
    return this.#all.arrivals
  }

  /** Addresses with such connections. */
  get addresses(): number {
    return this.#byNetwork.size
  }

  /** The limit that stands against one more connection, if any; it is counted as refused. */
  refusal(address: string | undefined): ReachedLimit | undefined {
    return this.#refusal(this.shareOf(address), 'connections')
  }

  /** Counts a connection in, unless a limit stands against it. One without an address has no share of its own. */
  enter(address: string | undefined): Place | ReachedLimit {
    return this.#enter(address, 'connections')
  }

  /** The same for a socket that has said nothing yet. There are as many places, apart from those of connections. */
  arrive(address: string | undefined): Place | ReachedLimit {
    return this.#enter(address, 'arrivals')
  }

  /** What is held for an address; it is remembered while it holds a place. */
  shareOf(address: string | undefined): Held | undefined {
    if (address === undefined) return undefined
    const network = networkOf(address)
    return this.#byNetwork.get(network) ?? new Held(network)
  }

  /** Counts in, unless a limit stands against it. */
  add(share: Held | undefined, kind: Kind): ReachedLimit | undefined {
    const reached = this.#refusal(share, kind)
    if (reached === undefined) this.hold(share, kind)
    return reached
  }

  /** Counts in whatever the limits are. */
  hold(share: Held | undefined, kind: Kind): void {
    this.#all[kind]++
    if (share === undefined) return
    if (share.isEmpty) this.#byNetwork.set(share.network, share)
    share[kind]++
  }

  /** Counts out. */
  remove(share: Held | undefined, kind: Kind): void {
    this.#all[kind]--
    if (share === undefined) return
    share[kind]--
    if (share.isEmpty) this.#byNetwork.delete(share.network)
  }

  /** Counts octets, fewer than none for those that are held no more. */
  count(share: Held | undefined, octets: number): void {
    this.#all.octets += octets
    if (share !== undefined) share.octets += octets
  }

  /** The limit that stands against what was sent, if any; it is counted as refused. */
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
    const most = Math.ceil(this.#limits.connectionsBeforeLogin / part)
    const mostPerAddress = Math.ceil(this.#limits.connectionsBeforeLoginPerAddress / part)
    const left = most - this.#all[kind]
    // As many as are left for the others: whoever comes from elsewhere finds room.
    if (left > 0 && (share === undefined || share[kind] < Math.min(mostPerAddress, left))) return undefined
    this.#counters.connectionsRefused++
    const name = kind === 'tls' ? 'TLS connections before login' : 'connections before login'
    if (left <= 0) return { limit: name, value: most }
    return { limit: `${name} from one address`, value: Math.min(mostPerAddress, left) }
  }
}

/** One connection that is counted; it is counted out once. */
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

  connect(address: string | undefined): ReachedLimit | undefined {
    const isSame = this.#kind !== undefined && address === this.#address
    const share = isSame ? this.#share : this.#openings.shareOf(address)
    const reached = this.#openings.add(share, 'connections')
    if (reached !== undefined) return reached
    const isTls = this.#isTls
    this.leave()
    this.#address = address
    this.#share = share
    this.#kind = 'connections'
    // It has begun TLS already, whosever share that takes now.
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

// The connections on which no session is open yet, and what they sent: bounded all together and by address, since they come from
// anybody. Never looks who the client is.

import type { Counters } from '../core/index.ts'
import { networkOf } from '../core/index.ts'
import type { ReachedLimit } from './reached-limit.ts'

export interface OpeningLimits {
  /** Connections before login at a time, and sockets that are none of WAMP yet. Default 20,000. */
  readonly connectionsBeforeLogin: number
  /** The same from one address, or from one IPv6 network of 64 bits. Default 10,000. No address has more than are left for the others, either. */
  readonly connectionsBeforeLoginPerAddress: number
  /** Octets that all of them together have sent, and what their HELLOs take in memory. Default 32 MiB. No address has more than half. */
  readonly beforeLoginTotalBytes: number
}

/** What is held for one address, or for all. */
interface Held {
  /** Sockets that are no connection of WAMP yet. */
  arrivals: number
  connections: number
  octets: number
}

/** So many places, of which no address has more than are left for others; octets are not bounded. */
export function placesOf(most: number, counters: Counters): (address: string | undefined) => Opening | ReachedLimit {
  const limits = { connectionsBeforeLogin: most, connectionsBeforeLoginPerAddress: most, beforeLoginTotalBytes: Number.POSITIVE_INFINITY }
  const places = new Openings(limits, counters)
  return (address) => places.enter(address)
}

type Kind = 'arrivals' | 'connections'

/** One connection that is counted; it is counted out once. */
export interface Opening {
  /** Counts octets that came; answers the limit that stands against them, if any. */
  take(octets: number): ReachedLimit | undefined
  /** What was sent is held no more. */
  release(): void
  leave(): void
}

export class Openings {
  readonly #limits: OpeningLimits
  readonly #counters: Counters
  readonly #all: Held = { arrivals: 0, connections: 0, octets: 0 }
  readonly #byAddress = new Map<string, Held>()

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
    return this.#byAddress.size
  }

  /** The limit that stands against one more connection, if any; it is counted as refused. */
  refusal(address: string | undefined, kind: Kind = 'connections'): ReachedLimit | undefined {
    const reached = this.#reached(address === undefined ? undefined : this.#byAddress.get(networkOf(address)), kind)
    if (reached !== undefined) this.#counters.connectionsRefused++
    return reached
  }

  /** Counts a connection in, unless a limit stands against it. One without an address has no share of its own. */
  enter(address: string | undefined): Opening | ReachedLimit {
    return this.#enter(address, 'connections')
  }

  /** The same for a socket that has said nothing yet. There are as many places, apart from those of connections. */
  arrive(address: string | undefined): Opening | ReachedLimit {
    return this.#enter(address, 'arrivals')
  }

  #enter(address: string | undefined, kind: Kind): Opening | ReachedLimit {
    const reached = this.refusal(address, kind)
    if (reached !== undefined) return reached
    const key = address === undefined ? undefined : networkOf(address)
    const share = key === undefined ? undefined : (this.#byAddress.get(key) ?? { arrivals: 0, connections: 0, octets: 0 })
    if (key !== undefined && share !== undefined) this.#byAddress.set(key, share)
    const held = share === undefined ? [this.#all] : [this.#all, share]
    for (const each of held) each[kind]++
    return this.#opening(held, kind, () => {
      if (key !== undefined && share?.connections === 0 && share.arrivals === 0) this.#byAddress.delete(key)
    })
  }

  #opening(held: readonly Held[], kind: Kind, onLeft: () => void): Opening {
    let sent = 0
    let isIn = true
    const release = (): void => {
      for (const each of held) each.octets -= sent
      sent = 0
    }
    return {
      take: (octets) => {
        sent += octets
        for (const each of held) each.octets += octets
        return this.#overflow(held)
      },
      release,
      leave: () => {
        if (!isIn) return
        isIn = false
        release()
        for (const each of held) each[kind]--
        onLeft()
      },
    }
  }

  #reached(share: Held | undefined, kind: Kind): ReachedLimit | undefined {
    const { connectionsBeforeLogin: most, connectionsBeforeLoginPerAddress: mostPerAddress } = this.#limits
    const left = most - this.#all[kind]
    if (left <= 0) return { limit: 'connections before login', value: most }
    const mine = share?.[kind] ?? 0
    // As many as are left for the others: whoever comes from elsewhere finds room.
    if (mine < Math.min(mostPerAddress, left)) return undefined
    return { limit: 'connections before login from one address', value: Math.min(mostPerAddress, left) }
  }

  #overflow([all, share]: readonly Held[]): ReachedLimit | undefined {
    const { beforeLoginTotalBytes: most } = this.#limits
    if ((all?.octets ?? 0) <= most && (share?.octets ?? 0) <= most / 2) return undefined
    this.#counters.connectionsRefused++
    return { limit: 'octets before login', value: most }
  }
}

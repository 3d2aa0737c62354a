// Whether one more session has room, in its realm and at its address, and the limits before a session. Never looks at identities.

import type { Realm } from '../core/index.ts'
import { Counters, networkOf, OwnerTotal } from '../core/index.ts'
import type { Place, ReachedLimit, TransportInfo } from '../core/ports/index.ts'
import { AddressTally } from './address-tally.ts'
import type { OpeningLimits } from './openings.ts'
import { Openings, placesOf } from './openings.ts'

type Places = (address: string | undefined, isProxy?: boolean) => Place | ReachedLimit

interface Rooms {
  /** Whether there is room for one more connection without a login. */
  hasRoom(this: void, address: string | undefined): boolean
  /** Counts a socket that has sent nothing yet. */
  readonly arrive: Places
  /** Counts a socket whose connection has ended, until it is closed. */
  readonly linger: Places
  /** Makes a number of places for another use. */
  places(this: void, most: number): Places
}

/** What pages and programs usually send: for so little nothing is counted. */
const FREE_HEADER_OCTETS = 2_048
const HEADERS_LIMIT: ReachedLimit = { limit: 'octets of cookies that stay with the sessions of one network', value: 67_108_864 }

/** Sockets of ended connections have half as many places as those without a login. */
const DESCRIPTORS_A_LINGERING = 8

/** The octets of headers that stay in memory as long as the connection. */
export function headerOctets({ cookie = '', origin = '', userAgent = '' }: TransportInfo): number {
  return cookie.length + origin.length + userAgent.length
}

export class Admission {
  readonly #sessionsPerAddress: number
  /** Connections without a session. */
  readonly openings: Openings
  /** The sockets of connections that have ended. That one gives way refuses no client, and counts nowhere. */
  readonly #lingering: Openings
  readonly #addresses: AddressTally
  /** Headers that stay in memory with the sessions, by network. */
  readonly #headers = new OwnerTotal()
  readonly #counters: Counters

  /** @param limits the limits of openings may change, the limit of sessions does not */
  constructor(limits: OpeningLimits & { readonly sessionsPerAddress: number }, counters: Counters) {
    this.#sessionsPerAddress = limits.sessionsPerAddress
    this.openings = new Openings(limits, counters)
    this.#lingering = new Openings(limits, new Counters())
    this.#addresses = new AddressTally(limits.sessionsPerAddress)
    this.#counters = counters
  }

  /**
   * What listeners need before there is a session.
   * @param descriptors how many file descriptors the process may have, as far as that is known
   */
  roomsWithin(descriptors: number | undefined): Rooms {
    this.openings.limitTo(descriptors)
    this.#lingering.limitTo(descriptors, DESCRIPTORS_A_LINGERING)
    return {
      hasRoom: (address) => this.openings.refusal(address) === undefined,
      arrive: (address, isProxy) => this.openings.arrive(address, isProxy),
      linger: (address) => this.#lingering.arrive(address, true),
      places: (most) => placesOf(most, this.#counters),
    }
  }

  /** How many sockets and connections have no session. */
  get beforeLogin(): number {
    return this.openings.size + this.openings.arrivals
  }

  /** Counts a session; returns the limit that it would exceed, if any. */
  enter(info: TransportInfo, realm: Realm): ReachedLimit | undefined {
    const reached = this.#reached(info, realm)
    if (reached === undefined) this.#countHeaders(info, 1)
    else this.#counters.noteLimit(reached.limit)
    return reached
  }

  /** Removes a session that was counted. */
  exit(info: TransportInfo): void {
    this.#addresses.remove(info.address)
    this.#countHeaders(info, -1)
  }

  #reached(info: TransportInfo, realm: Realm): ReachedLimit | undefined {
    const { sessions } = realm.settings.limits
    if (realm.sessionCount >= sessions) return { limit: 'sessions in the realm', value: sessions }
    const octets = headerOctets(info)
    if (octets > FREE_HEADER_OCTETS && !this.#headers.fits(networkOf(info.address ?? ''), octets)) return HEADERS_LIMIT
    if (!this.#addresses.add(info.address)) return { limit: 'sessions from one address', value: this.#sessionsPerAddress }
    return undefined
  }

  #countHeaders(info: TransportInfo, sign: 1 | -1): void {
    const octets = headerOctets(info)
    if (octets > FREE_HEADER_OCTETS) this.#headers.add(networkOf(info.address ?? ''), sign * octets)
  }
}

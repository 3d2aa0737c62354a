// Whether one more session has room: in its realm, and among those of its address; and what is bounded before. Never looks who the client is.

import type { Counters, Realm } from '../core/index.ts'
import type { Place, ReachedLimit, TransportInfo } from '../core/ports/index.ts'
import { AddressTally } from './address-tally.ts'
import type { OpeningLimits } from './openings.ts'
import { Openings, placesOf } from './openings.ts'

type Places = (address: string | undefined) => Place | ReachedLimit

interface Rooms {
  /** Whether one more connection may come that has not logged in. */
  hasRoom(this: void, address: string | undefined): boolean
  /** Counts in a socket that has said nothing yet. */
  readonly arrive: Places
  /** So many places for something else. */
  places(this: void, most: number): Places
}

export class Admission {
  readonly #sessionsPerAddress: number
  /** What comes before a session. */
  readonly openings: Openings
  readonly #addresses: AddressTally
  readonly #counters: Counters

  /** @param limits those of openings may change, that of sessions does not */
  constructor(limits: OpeningLimits & { readonly sessionsPerAddress: number }, counters: Counters) {
    this.#sessionsPerAddress = limits.sessionsPerAddress
    this.openings = new Openings(limits, counters)
    this.#addresses = new AddressTally(limits.sessionsPerAddress)
    this.#counters = counters
  }

  /** What listeners ask before there is a session. */
  get rooms(): Rooms {
    return {
      hasRoom: (address) => this.openings.refusal(address) === undefined,
      arrive: (address) => this.openings.arrive(address),
      places: (most) => placesOf(most, this.#counters),
    }
  }

  /** Counts a session in; answers the limit that stands against it, if any. */
  enter({ address }: TransportInfo, realm: Realm): ReachedLimit | undefined {
    const reached = this.#reached(address, realm)
    if (reached !== undefined) this.#counters.limitsHit++
    return reached
  }

  /** Counts out a session that was counted in. */
  exit({ address }: TransportInfo): void {
    this.#addresses.remove(address)
  }

  #reached(address: string | undefined, realm: Realm): ReachedLimit | undefined {
    const { sessions } = realm.settings.limits
    if (realm.memberCount >= sessions) return { limit: 'sessions in the realm', value: sessions }
    if (!this.#addresses.add(address)) return { limit: 'sessions from one address', value: this.#sessionsPerAddress }
    return undefined
  }
}

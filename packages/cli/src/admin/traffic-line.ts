// One line of live traffic, in the names of the admin API. Everything that a client chose is of bounded length.

import type { Actor } from '@trunkline/router'
import { moment } from './rows.ts'
import type { TrafficKind } from './traffic-kinds.ts'

/** What a line tells; absent parts are null on the wire. */
export interface Happening {
  readonly kind: TrafficKind
  readonly realm: string
  readonly from: Actor
  readonly outcome: string
  readonly uri?: string | undefined
  readonly match?: 'exact' | 'prefix' | 'wildcard' | undefined
  readonly to?: Actor | undefined
  readonly error?: string | undefined
  readonly milliseconds?: number | undefined
  readonly deliveries?: number | undefined
  readonly octets?: number | undefined
  readonly payload?: unknown
}

export type TrafficLine = ReturnType<typeof trafficLine>

export function trafficLine({ kind, realm, from, outcome, uri, match, to, error, milliseconds, ...rest }: Happening) {
  return {
    time: moment(Date.now()),
    kind,
    realm,
    uri: uri === undefined ? null : short(uri),
    match: match ?? null,
    from: actorRow(from),
    to: to === undefined ? null : actorRow(to),
    outcome,
    error: error === undefined ? null : short(error),
    milliseconds: milliseconds === undefined ? null : Math.round(milliseconds * 1000) / 1000,
    deliveries: rest.deliveries ?? null,
    octets: rest.octets ?? null,
    payload: (rest.payload ?? null) as unknown,
    /** Set where several nodes are shown. */
    node: null as string | null,
  }
}

export function actorRow({ id, identity: { authid, authrole } }: Actor) {
  return { session: id, authid: short(authid), authrole: short(authrole) }
}

function short(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text
}

const MOST_CHARACTERS = 500

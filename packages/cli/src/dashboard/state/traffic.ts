// The filter of live traffic as parameters of the address, and as the admin API takes it.

import type { TrafficKind } from '../../admin/traffic-kinds.ts'
import { TRAFFIC_KINDS } from '../../admin/traffic-kinds.ts'
import type { Params } from './route.ts'

export interface TrafficWish {
  readonly realm?: string
  readonly uri?: string
  readonly match?: 'exact' | 'prefix' | 'wildcard'
  readonly kinds?: readonly TrafficKind[]
  readonly authid?: string
  readonly session?: number
  readonly failed?: boolean
  readonly least_ms?: number
  readonly rate: number
}

/** More would be more than a reader can see. */
const RATE = 100

/** A URI of which only the beginning is typed, such as `com.shop.`, is a prefix; one with an empty part, such as `com..price`, a wildcard. */
export function trafficWish({ realm, uri, kinds, authid, session, failed, least_ms: least }: Params): TrafficWish {
  const chosen = kindsIn(kinds)
  return {
    ...(realm === undefined ? {} : { realm }),
    ...(uri === undefined ? {} : { uri: uri.replace(/\.?\*+$/, '.'), match: matchOf(uri) }),
    ...(chosen.length === 0 ? {} : { kinds: chosen }),
    ...(authid === undefined ? {} : { authid }),
    ...(session !== undefined && /^\d{1,16}$/.test(session) ? { session: Number(session) } : {}),
    ...(failed === undefined ? {} : { failed: true }),
    ...(least !== undefined && /^\d{1,9}$/.test(least) ? { least_ms: Number(least) } : {}),
    rate: RATE,
  }
}

/** The kinds that a parameter names. */
export function kindsIn(text: string | undefined): readonly TrafficKind[] {
  const words = (text ?? '').split(',')
  return TRAFFIC_KINDS.filter((kind) => words.includes(kind))
}

/** The parameter with a kind added, or removed where it was there. */
export function withKind(text: string | undefined, kind: TrafficKind): string {
  const kinds = kindsIn(text)
  return (kinds.includes(kind) ? kinds.filter((each) => each !== kind) : [...kinds, kind]).join(',')
}

function matchOf(uri: string): 'exact' | 'prefix' | 'wildcard' {
  if (uri.endsWith('.') || uri.endsWith('*')) return 'prefix'
  return uri.split('.').includes('') ? 'wildcard' : 'exact'
}

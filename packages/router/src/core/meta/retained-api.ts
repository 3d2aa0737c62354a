// The procedure about retained events (specification: "Event Retention").

import { CLEAR_RETAINED, MATCH_POLICIES, matchPolicy } from '@trunkline/protocol'
import type { Broker } from '../pubsub/broker.ts'
import type { OwnProcedure } from './meta-session.ts'
import { Later } from './meta-session.ts'
import { invalid, isDict, isString, optional, required } from './procedure-arguments.ts'

/** The procedure by its URI. */
export function retainedProcedures(
  broker: Pick<Broker, 'clearRetained' | 'clearStored' | 'keepsInStore'>,
): ReadonlyMap<string, OwnProcedure> {
  return new Map<string, OwnProcedure>([
    [
      CLEAR_RETAINED,
      ([uri, options]) => {
        const dict = optional(options, isDict, 'a dict of options') ?? {}
        const match = dict['match']
        if (match !== undefined && !MATCH_POLICIES.some((policy) => policy === match)) throw invalid('a match policy')
        const wanted = required(uri, isString, 'a URI')
        if (!broker.keepsInStore) return [broker.clearRetained(matchPolicy(dict), wanted)]
        return new Later((finish) => broker.clearStored({ match: matchPolicy(dict), uri: wanted }, (topics) => finish(() => [topics])))
      },
    ],
  ])
}

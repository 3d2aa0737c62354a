// Refuses URIs that a router would refuse, before they are sent.

import type { MatchPolicy, UriRule } from '@trunkline/protocol'
import { isReserved, isUri, UsageError } from '@trunkline/protocol'

/** @throws {UsageError} when `uri` is no URI, or no pattern of the policy */
export function checkUri(uri: string, rule: UriRule, match: MatchPolicy = 'exact'): void {
  const kind = match === 'exact' ? 'URI' : `${match} pattern`
  if (typeof uri !== 'string' || !isUri(uri, match, rule)) throw new UsageError(`'${String(uri)}' is no valid ${kind}`, 'TL_INVALID_URI')
}

/** @throws {UsageError} when `uri` begins with `wamp` or `trunkline`, which applications may neither register nor publish to */
export function checkOwnUri(uri: string, rule: UriRule, match?: MatchPolicy): void {
  checkUri(uri, rule, match)
  if (isReserved(uri)) throw new UsageError(`'${uri}' is reserved for the protocol`, 'TL_RESERVED_URI')
}

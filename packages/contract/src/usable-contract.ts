// Contracts that bring along what a client needs to use and implement them.

import { IMPLEMENT, USE } from '@trunkline/protocol'
import type { ContractInfo } from './contract.ts'
import { contract as define, isEntry } from './contract.ts'
import type { Entry, Tree } from './entries.ts'
import { implement } from './implement.ts'
import { use } from './use.ts'

/**
 * Declares a contract, and gives its URIs to the procedures and topics in it: the prefix and the path of keys, or the entry's own
 * `uri` in place of the path. Keys are taken as they are written. It returns its tree: groups and entries can be used alone.
 *
 * @param prefix for example `com.example`; empty: each path or `uri` is complete
 * @throws {UsageError} for a URI that cannot be one (`TL_INVALID_URI`), and for an entry that has another URI already
 *
 * @example
 * import { contract, procedure, topic } from '@trunkline/contract'
 * import { z } from 'zod'
 *
 * const shop = contract('com.example.shop', {
 *   orders: { count: procedure({ result: z.int() }) },
 *   prices: topic({ uri: 'prices.{symbol}', args: [z.number()] }),
 * })
 * console.log(shop.orders.count.uri) // com.example.shop.orders.count
 */
export function contract<const T extends Tree>(prefix: string, tree: T, info?: Omit<ContractInfo, 'prefix'>): T {
  const declared = define(prefix, tree, info)
  makeUsable(declared)
  return declared
}

/** Out of sight: the entries and groups of a contract are still all that a loop over it sees. */
function makeUsable(node: Entry | Tree): void {
  Object.defineProperties(node, { [USE]: { value: use }, [IMPLEMENT]: { value: implement } })
  if (!isEntry(node)) Object.values(node).forEach(makeUsable)
}

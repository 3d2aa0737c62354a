// A contract as its user has it: a function for each procedure, and both sides of each topic.

import type { Api, UseOptions } from './api.ts'
import { isEntry } from './contract.ts'
import type { Entry, Tree } from './entries.ts'
import type { Peer } from './peer.ts'
import { procedureApi } from './use-procedure.ts'
import { topicApi } from './use-topic.ts'

/** {@link Use} as a function of the client. */
export function use<const T extends Tree>(client: Peer, contract: T, options: UseOptions = {}): Api<T> {
  return groupApi(client, contract, options) as Api<T>
}

/** Getters that replace themselves: a contract of hundreds of entries costs nothing until one is touched. */
function groupApi(client: Peer, tree: Tree, options: UseOptions): object {
  const api = {}
  for (const [key, node] of Object.entries(tree)) {
    const get = (): unknown => {
      const value = isEntry(node) ? entryApi(client, node, options) : groupApi(client, node, options)
      Object.defineProperty(api, key, { value, enumerable: true })
      return value
    }
    Object.defineProperty(api, key, { get, enumerable: true, configurable: true })
  }
  return api
}

function entryApi(client: Peer, entry: Entry, options: UseOptions): unknown {
  if (entry.kind === 'error') return entry
  return entry.kind === 'procedure' ? procedureApi(client, entry, options) : topicApi(client, entry, options)
}

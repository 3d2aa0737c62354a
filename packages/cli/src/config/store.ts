// What a checked document says of the store of durable topics: where it is, and which topics it cannot keep.

import { childPath } from './check.ts'
import type { ConfigReader } from './reader.ts'
import type { ConfigDocument } from './schema.ts'

/** Where the events of durable topics are kept: in the memory of the process, or in a folder. */
export type StoreConfig =
  | { readonly in: 'memory' }
  | { readonly in: 'lmdb'; readonly folder: string; readonly maxBytes: number | undefined }

/** Reports durable topics that this router cannot keep. */
export function readStore(document: ConfigDocument, reader: ConfigReader): StoreConfig | undefined {
  const { store, cluster, workers = 1 } = document
  const fault = store === undefined ? NO_STORE : cluster !== undefined ? IN_CLUSTER : workers !== 1 ? WITH_WORKERS : undefined
  if (fault !== undefined) for (const path of durableTopics(document)) reader.report(path, fault)
  if (store === undefined) return undefined
  return store === 'memory' ? { in: store } : { in: 'lmdb', folder: reader.pathOf(store.lmdb), maxBytes: store.size }
}

/** The paths of the rules that make topics durable. */
export function durableTopics({ realms }: ConfigDocument): readonly string[] {
  return Object.entries(realms).flatMap(([name, { topics = [] }]) =>
    topics.flatMap(({ durable }, i) => (durable === undefined ? [] : [`${childPath('realms', name)}.topics[${i}].durable`])),
  )
}

const NO_STORE = "needs 'store', which says where the events are kept"
const IN_CLUSTER = 'no topic can be durable in a cluster yet: each node would keep events of its own'
/** Why these topics are mistakes with several workers. */
export const WITH_WORKERS = 'no topic can be durable with several workers yet: leave it out, or set workers to 1'

// What a checked document says of the cluster, as options of the router and of its bus.

import { createSecureContext } from 'node:tls'
import type { ClusterOptions } from '@trunkline/router'
import type { NatsBusOptions } from '@trunkline/router/cluster-nats'
import type { ConfigReader } from './reader.ts'
import type { ClusterDocument, ConfigDocument } from './schema.ts'

/** The other nodes, and how to reach them. */
export interface ClusterConfig extends Required<Pick<ClusterOptions, 'name' | 'callees'>> {
  /** The name of this node; undefined: one is made up at the start. */
  readonly node: string | undefined
  readonly secret: string
  readonly nats: Pick<NatsBusOptions, 'servers' | 'credentials' | 'nkey' | 'user' | 'password' | 'token' | 'tls'>
}

const LEAST_SECRET = 16
/** Room for a hyphen and the number of a worker. */
const LONGEST_NODE_OF_WORKERS = 61
/** Ways to be known to NATS. */
const IDENTITIES = ['credentials', 'nkey', 'user', 'token'] as const

/** Reports what the schema cannot find. */
export function readCluster({ cluster, workers }: ConfigDocument, reader: ConfigReader): ClusterConfig | undefined {
  if (cluster === undefined) return undefined
  const { name, node, nats, secret, callees = 'local' } = cluster
  if (secret.length < LEAST_SECRET) reader.report('cluster.secret', `expected at least ${LEAST_SECRET} characters`)
  if (node !== undefined && workers !== undefined && workers !== 1 && node.length > LONGEST_NODE_OF_WORKERS) {
    reader.report('cluster.node', `expected at most ${LONGEST_NODE_OF_WORKERS} characters, since each worker adds its number`)
  }
  const [first, second] = IDENTITIES.filter((key) => nats[key] !== undefined)
  if (second !== undefined) reader.report(`cluster.nats.${second}`, `a node is known to NATS by one thing, and there is '${first}' already`)
  return { name, node, secret, callees, nats: readNats(nats, reader) }
}

function readNats(nats: ClusterDocument['nats'], reader: ConfigReader): ClusterConfig['nats'] {
  const { servers, nkey, user, password, token, tls } = nats
  const credentials = reader.file(nats.credentials, 'cluster.nats.credentials')
  return { servers, credentials, nkey, user, password, token, tls: tls && readTls(tls, reader) }
}

function readTls(tls: NonNullable<ClusterDocument['nats']['tls']>, reader: ConfigReader): NonNullable<NatsBusOptions['tls']> {
  const path = 'cluster.nats.tls'
  const read = (key: 'ca' | 'cert' | 'key'): string | undefined => reader.file(tls[key], `${path}.${key}`)?.toString()
  const loaded = { ca: read('ca'), cert: read('cert'), key: read('key') }
  try {
    createSecureContext(loaded)
  } catch (error) {
    reader.report(path, `cannot be used: ${error instanceof Error ? error.message : String(error)}`)
  }
  return loaded
}

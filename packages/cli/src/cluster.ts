// What joins this process to the others that serve the same realms: the workers of this machine, and the nodes of the cluster.

import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { UsageError } from '@trunkline/client'
import type { ClusterOptions, Log } from '@trunkline/router'
import { CompositeBus, UnixBus } from '@trunkline/router/cluster'
import type * as NatsDoor from '@trunkline/router/cluster-nats'
import type { ClusterConfig } from './config/cluster.ts'
import type { WorkerPlace } from './workers/messages.ts'

/** What has to be installed beside the command. */
const PACKAGE = '@nats-io/transport-node@3.4'
/** A router waits for NATS for so long; it starts alone then. */
const CONNECT_MS = 3_000
const LONGEST_HOST = 50

/** The links of a router, by buses that are open. */
export interface OpenCluster {
  readonly options: Omit<ClusterOptions, 'onNameTaken'>
  /** After the router was closed. */
  readonly close: () => Promise<void>
}

/**
 * Opens the buses that a router needs; undefined where it stands alone. Waits some seconds for NATS.
 * @param place of this process, where it is a worker
 * @throws {UsageError} (rejects) when a package is missing, or the sockets cannot be made
 */
export async function openCluster(
  config: ClusterConfig | undefined,
  place: WorkerPlace | undefined,
  log: Log,
): Promise<OpenCluster | undefined> {
  if (config === undefined && place === undefined) return undefined
  // First, so that workers find each other also while NATS is away.
  const near = place && (await UnixBus.open(place))
  near?.connectTo(place?.nodes ?? [])
  const far = config && (await natsBus(config, place?.node ?? config.node ?? madeUpNode(), log))
  const close = async (): Promise<void> => void (await Promise.all([near?.close(), far?.close()]))
  if (near !== undefined) {
    const by = far === undefined ? near : new CompositeBus(near, far)
    return { options: config === undefined ? { name: 'workers', by } : optionsOf(config, by), close }
  }
  return config && far && { options: optionsOf(config, far), close }
}

/** @throws {UsageError} (rejects) when the package is not installed */
export async function needNats(): Promise<void> {
  await natsPackage()
}

/** The name of a node without one in the configuration. */
export function madeUpNode(): string {
  const host = hostname()
    .replace(/[^A-Za-z0-9_-]/g, '-')
    .slice(0, LONGEST_HOST)
  return `${host}-${randomBytes(3).toString('hex').slice(0, 5)}`
}

function optionsOf({ name, secret, callees }: ClusterConfig, by: ClusterOptions['by']): OpenCluster['options'] {
  return { name, secret, callees, by }
}

async function natsBus({ name, nats }: ClusterConfig, node: string, log: Log): Promise<NatsDoor.NatsBus> {
  const { NatsBus: Bus } = await natsPackage()
  const bus = new Bus({ cluster: name, node, log, ...nats })
  if (!(await bus.untilConnected(CONNECT_MS))) {
    log.warn('NATS is not reached; this node starts alone and joins the others later', { area: 'cluster', node })
  }
  return bus
}

async function natsPackage(): Promise<typeof NatsDoor> {
  try {
    return await import('@trunkline/router/cluster-nats')
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new UsageError(`a cluster over NATS needs a package that is not installed: npm install ${PACKAGE}`, 'TL_USAGE', { cause: error })
  }
}

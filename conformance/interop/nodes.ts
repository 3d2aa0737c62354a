// Routers that are one for their clients: one alone, or two nodes of a cluster, between which the ends of each exchange are divided.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { natsCluster } from '../cluster/nats.ts'
import type { RunningRouter } from './router.ts'
import { startRouter } from './router.ts'

/** `alone`: one router. `unix`: two workers. `nats`: two routers with a server of NATS between them. */
export type Between = 'alone' | 'unix' | 'nats'

export interface Nodes {
  readonly routers: readonly RunningRouter[]
  close(): Promise<void>
}

const NAMES = ['one', 'two'] as const

/** Resolves when all listen, and know one another. */
export async function startNodes(between: Between): Promise<Nodes> {
  if (between === 'unix') return startWorkers()
  if (between === 'nats') return startOverNats()
  const router = await startRouter()
  return { routers: [router], close: () => router.close() }
}

/** As the first process starts them, but each with listeners of its own, so that a client can choose its worker. */
async function startWorkers(): Promise<Nodes> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-'))
  const routers: RunningRouter[] = []
  for (const node of NAMES) {
    const place = { node, nodes: NAMES, router: 'interop', folder, pid: process.pid, since: Date.now() }
    routers.push(await startRouter({ env: { TRUNKLINE_WORKER: JSON.stringify(place) } }))
  }
  return {
    routers,
    async close() {
      await closeAll(routers)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function startOverNats(): Promise<Nodes> {
  const [server] = await natsCluster(1)
  const routers = await Promise.all(
    NAMES.map((node) =>
      startRouter({
        configuration: `cluster: { name: interop, node: ${node}, secret: that of this suite, nats: { servers: [${server?.url ?? ''}] } }\n`,
      }),
    ),
  )
  return {
    routers,
    async close() {
      await closeAll(routers)
      await server?.kill()
    },
  }
}

async function closeAll(routers: readonly RunningRouter[]): Promise<void> {
  await Promise.all(routers.map((router) => router.close()))
}

// The page of nodes, at a router of three workers of which one has other settings and one stands still.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child } from '@trunkline/testkit/child'
import type { Step } from '../browser/steps.ts'
import { freePorts } from '../faults/processes.ts'
import type { Looks } from './looks.ts'
import type { Visit } from './visit.ts'

const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/trunkline.js', import.meta.url))

function configuration(port: number, most: number): string {
  return `
workers: 3
listeners:
  - websocket: { host: 127.0.0.1, port: ${port}, dashboard: {} }
realms:
  ops:
    anonymous: { role: operator }
    roles: { operator: [{ uri: trunkline.admin.**, allow: [call, subscribe] }] }
  com.example.shop:
    anonymous: { role: guest }
    roles: { guest: [{ uri: com.example.shop.**, allow: [call, subscribe] }] }
    limits: { sessions: ${most} }
admin: { realm: ops }
`
}

/** A router of three workers. */
export class Nodes {
  readonly page: string
  readonly #router: Child
  readonly #folder: string
  readonly #port: number

  private constructor(router: Child, folder: string, port: number) {
    this.page = `http://127.0.0.1:${port}/`
    this.#router = router
    this.#folder = folder
    this.#port = port
  }

  static async start(): Promise<Nodes> {
    const folder = await mkdtemp(join(tmpdir(), 'trunkline-nodes-'))
    const [port = 0] = await freePorts(1)
    const file = join(folder, 'trunkline.yaml')
    await writeFile(file, configuration(port, 100))
    const router = Child.node([COMMAND, 'start', '--config', file, '--json-logs'], { errors: 'passed on' })
    await router.shows(/all workers are open/)
    return new Nodes(router, folder, port)
  }

  async end(): Promise<void> {
    await this.#router.end('SIGKILL')
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** A worker other than that of the page dies, and its successor reads a configuration that the others have not. */
  async differ(pid: number): Promise<void> {
    await writeFile(join(this.#folder, 'trunkline.yaml'), configuration(this.#port, 200))
    const seen = this.#router.printed
    process.kill(pid, 'SIGKILL')
    await this.#router.shows(/the worker was replaced/, { from: seen })
  }

  /** The process of a worker. */
  pidOf(worker: string): number {
    const children = readFileSync(`/proc/${this.#router.pid}/task/${this.#router.pid}/children`, 'utf8').trim().split(' ').map(Number)
    const pid = children.find((each) => readFileSync(`/proc/${each}/environ`, 'utf8').includes(`"node":"${worker}"`))
    if (pid === undefined) throw new Error(`there is no worker ${worker}`)
    return pid
  }
}

export function nodeSteps(visit: Visit, looks: Looks, nodes: Nodes): readonly Step[] {
  const { page } = visit
  const looksRight = async (name: string): Promise<void> => assert.deepEqual(await looks.take(name), [])
  const rowOf = (node: string) => page.getByRole('row').filter({ hasText: node })
  let others: readonly string[] = []
  return [
    [
      'nodes are listed with their state, their load and the links to them',
      async () => {
        await visit.open()
        await visit.logsIn({ kind: 'anonymous' })
        await visit.sees('.numbers', 'Nodes')
        await page.locator('nav').getByRole('link', { name: 'Nodes' }).click()
        await visit.sees('h1', 'Nodes')
        for (const node of ['worker-0', 'worker-1', 'worker-2']) await rowOf(node).getByText('running').waitFor()
        const own = await page.getByRole('row').filter({ hasText: 'the one that answers' }).innerText()
        others = ['worker-0', 'worker-1', 'worker-2'].filter((node) => !own.includes(node))
        await rowOf(others[0] ?? '')
          .locator('td[data-label="Link delay"]', { hasText: /ms/ })
          .waitFor()
      },
    ],
    [
      'a node with other settings is said, with the realm',
      async () => {
        await nodes.differ(nodes.pidOf(others[0] ?? ''))
        await visit.sees('.notice', `${others[0]}: other settings for com.example.shop`)
      },
    ],
    [
      'a node that stands still is there, without an answer',
      async () => {
        const pid = nodes.pidOf(others[1] ?? '')
        process.kill(pid, 'SIGSTOP')
        try {
          await rowOf(others[1] ?? '')
            .getByText('lost')
            .waitFor()
          await looksRight('nodes')
          await page.locator('nav').getByRole('link', { name: 'Overview' }).click()
          await visit.sees('.notice', `No answer from ${others[1]}`)
        } finally {
          process.kill(pid, 'SIGCONT')
        }
        await visit.misses('.notice', 'No answer')
        assert.deepEqual(visit.complaints, [])
      },
    ],
  ]
}

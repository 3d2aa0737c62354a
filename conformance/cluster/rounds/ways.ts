// The ways of all nodes to NATS, as the run changes them.

import { fileURLToPath } from 'node:url'
import { Child, FROM_SOURCE } from '@trunkline/testkit/child'
import type { Forecast, FromWays, ToWays } from './words.ts'

const PROGRAM = fileURLToPath(new URL('ways-process.ts', import.meta.url))
const CLEAR: Forecast = { deafTo: [], loss: 0, repetition: 0, delayMs: 0 }
const ANSWER_MS = 60_000

export class Ways {
  readonly #child = Child.node([...FROM_SOURCE, PROGRAM], { output: 'passed on', hasChannel: true })

  /** Resolves to the addresses at which a node finds the servers of these ports. */
  async open(node: string, ports: readonly number[]): Promise<readonly string[]> {
    const answer = await this.#ask({ open: node, ports })
    return 'urls' in answer ? answer.urls : []
  }

  /** Resolves when it is so; the ways of nodes that are not named are clear. */
  async weather(weather: Readonly<Partial<Record<string, Partial<Forecast>>>>): Promise<void> {
    const whole = Object.entries(weather).map(([node, part]) => [node, { ...CLEAR, ...part }] as const)
    await this.#ask({ weather: Object.fromEntries(whole) })
  }

  async close(): Promise<void> {
    await this.#child.end('SIGKILL')
  }

  async #ask(order: ToWays): Promise<FromWays> {
    this.#child.send(order)
    return (await this.#child.message(ANSWER_MS)) as FromWays
  }
}

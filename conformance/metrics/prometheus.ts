// A Prometheus in a process of its own, and its answers. Judges nothing.

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Child } from '@trunkline/testkit/child'

interface Answer {
  readonly status: string
  readonly error?: string
  readonly data: unknown
}

const ASK_MS = 200

export class PrometheusServer {
  readonly #child: Child
  readonly #address: string
  readonly #patienceMs: number

  /** @param folder holds prometheus.yml */
  constructor(folder: string, port: number, patienceMs: number) {
    const address = `127.0.0.1:${port}`
    const words = [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`]
    this.#child = new Child(['prometheus', ...words, `--web.listen-address=${address}`])
    this.#address = `http://${address}`
    this.#patienceMs = patienceMs
  }

  get ended(): Promise<number | null> {
    return this.#child.ended
  }

  kill(): void {
    this.#child.kill('SIGTERM')
  }

  /** @throws {Error} (rejects) when it does not answer, or with an error */
  async get(path: string): Promise<unknown> {
    const { status, error, data } = (await (await fetch(this.#address + path)).json()) as Answer
    if (status !== 'success') throw new Error(error ?? status)
    return data
  }

  /** The first value of a query; undefined where no series matches. */
  async query(expression: string): Promise<number | undefined> {
    const { result } = (await this.get(`/api/v1/query?query=${encodeURIComponent(expression)}`)) as {
      readonly result: readonly { readonly value: readonly [number, string] }[]
    }
    const [first] = result
    return first && Number(first.value[1])
  }

  /** Asks until the answer is as expected. */
  async until(expression: string, isIt: (value: number) => boolean): Promise<void> {
    let last: unknown
    for (const end = Date.now() + this.#patienceMs; Date.now() < end; await sleep(ASK_MS)) {
      last = await this.query(expression).catch((error: unknown) => error)
      if (typeof last === 'number' && isIt(last)) return
    }
    throw new Error(`${expression}: ${String(last)}`)
  }

  /** @throws {Error} (rejects) when a rule cannot be evaluated, or none has been after a while */
  async rulesAreHealthy(): Promise<void> {
    let health: string[] = []
    for (const end = Date.now() + this.#patienceMs; Date.now() < end; await sleep(ASK_MS)) {
      const { groups } = (await this.get('/api/v1/rules')) as {
        readonly groups: readonly {
          readonly rules: readonly { readonly name: string; readonly health: string; readonly lastError?: string }[]
        }[]
      }
      health = groups.flatMap(({ rules }) =>
        rules.filter((rule) => rule.health !== 'ok').map(({ name, lastError = 'not yet' }) => `${name}: ${lastError}`),
      )
      if (groups.length > 0 && health.length === 0) return
    }
    throw new Error(`rules that cannot be evaluated: ${health.join('; ')}`)
  }
}

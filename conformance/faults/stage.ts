// A router under load with its parts, and a proxy between it and some of them: the faults happen here.

import { setTimeout as sleep } from 'node:timers/promises'
import { openSession } from '@trunkline/client/session'
import type { Child } from '@trunkline/testkit/child'
import { Crew, SOURCES } from './crew.ts'
import { CHURNED, PROCEDURE, TOPIC_PREFIX, TOPICS } from './parts/words.ts'
import type { Processes } from './processes.ts'
import { freePorts } from './processes.ts'
import { Proxy } from './proxy.ts'

/** The file of the router's configuration, and the port at which it listens. */
interface RouterPlace {
  readonly config: string
  readonly port: number
}

export class Stage {
  readonly crew: Crew
  /** Between the router and what connects through it: subscriber1 and callee1. */
  readonly proxy: Proxy
  readonly port: number
  #router: Child
  readonly #config: string
  readonly #processes: Processes
  /** When all parts were ready, since the last start of the router. */
  #completeAt = 0

  private constructor(processes: Processes, { config, port }: RouterPlace, router: Child, proxy: Proxy) {
    this.#processes = processes
    this.#config = config
    this.port = port
    this.#router = router
    this.proxy = proxy
    this.crew = new Crew(processes, String(port))
  }

  /** Starts the router and all parts, and waits until each is ready. */
  static async open(processes: Processes, rate: number): Promise<Stage> {
    const [port = 0, rawSocketPort = 0] = await freePorts(2)
    const config = processes.writeConfig(`router-${port}.yaml`, configText(port, rawSocketPort))
    const stage = new Stage(processes, { config, port }, await processes.startRouter(config, 2), await Proxy.open(port))
    const { crew } = stage
    const ws = `ws://127.0.0.1:${port}/ws`
    const proxied = `ws://127.0.0.1:${stage.proxy.port}/ws`
    const rs = `rs://127.0.0.1:${rawSocketPort}`
    const topics = TOPICS.map((topic) => ({ topic }))
    crew.start('callee1', { url: proxied, register: [PROCEDURE] })
    crew.start('callee2', { url: rs, register: [PROCEDURE], serializer: 'msgpack' })
    crew.start('subscriber1', { url: proxied, subscribe: topics })
    crew.start('subscriber2', { url: rs, subscribe: [{ topic: TOPIC_PREFIX, match: 'prefix' }], churn: CHURNED, serializer: 'cbor' })
    await crew.ready(['callee1', 'callee2', 'subscriber1', 'subscriber2'], 0)
    for (const name of SOURCES) crew.start(name, { url: ws, rate })
    await crew.ready(SOURCES, 0)
    stage.#completeAt = performance.now()
    return stage
  }

  get router(): Child {
    return this.#router
  }

  /** Ends the router and starts it again at the same addresses. Resolves when all parts are back, with the time since it listens again. */
  async replaceRouter(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly backMs: number }> {
    const { crew } = this
    const before = new Map(crew.names.map((name) => [name, crew.readies(name)]))
    const code = await this.#router.end(signal)
    this.#router = await this.#processes.startRouter(this.#config, 2)
    const start = performance.now()
    await Promise.all(crew.names.map((name) => crew.ready([name], before.get(name) ?? 0)))
    this.#completeAt = performance.now()
    return { code, backMs: this.#completeAt - start }
  }

  /** Until the sessions have lasted so long. */
  async haveLasted(milliseconds: number): Promise<void> {
    await sleep(Math.max(0, this.#completeAt + milliseconds - performance.now()))
  }

  /** How many sessions of parts the router has. */
  async sessionCount(): Promise<number> {
    const observer = await openSession({ url: `ws://127.0.0.1:${this.port}/ws`, realm: 'realm1' })
    const value = await observer.call('wamp.session.count')
    await observer.leave()
    return Number(value) - 1
  }

  async close(): Promise<void> {
    await this.crew.close()
    await this.#router.end('SIGKILL')
    this.proxy.close()
  }
}

/** A realm in which every session may do everything. */
export function configText(port: number, rawSocketPort: number): string {
  return `
listeners:
  - websocket: { host: 127.0.0.1, port: ${port} }
  - rawsocket: { host: 127.0.0.1, port: ${rawSocketPort} }
realms:
  realm1:
    anonymous: { role: anonymous }
    requestIds: strict
    roles:
      anonymous:
        - { uri: "**", allow: [call, register, publish, subscribe] }
        - { uri: "wamp.**", allow: [call] }
`
}

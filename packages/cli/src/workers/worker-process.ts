// A worker's side: what the first process tells it, and what it asks of all workers.

import type { OtherReadings } from '@trunkline/router'
import type { RouterPlace } from '../admin/nodes/asked-nodes.ts'
import type { LogLevels } from '../leveled-log.ts'
import type { Reload, ReloadCause } from '../live-configuration.ts'
import type { FromWorker, Question, ToWorker, WorkerPlace, WorkerQuestion } from './messages.ts'
import { WORKER_PLACE } from './messages.ts'
import { answerTo, OpenQuestions } from './open-questions.ts'

/** What the first process may tell a worker. */
export interface WorkerPorts {
  stop(reason: string): void
  rotate(): void
  answer(question: Question): unknown
}

/** The place of this process among the workers; undefined where it is no worker. */
export function workerPlace(env: NodeJS.ProcessEnv = process.env): WorkerPlace | undefined {
  const text = env[WORKER_PLACE]
  return text === undefined || process.send === undefined ? undefined : (JSON.parse(text) as WorkerPlace)
}

export class WorkerProcess {
  readonly place: WorkerPlace
  readonly #questions = new OpenQuestions()
  #leads = false
  #ports: WorkerPorts | undefined
  /** What came before it obeys. */
  #early: ToWorker[] = []
  #onListen: (() => void) | undefined
  readonly #mayListen = new Promise<void>((resolve) => {
    this.#onListen = resolve
  })

  constructor(place: WorkerPlace) {
    this.place = place
    process.on('message', (message: ToWorker) => this.#take(message))
  }

  /** Begins to obey. */
  follow(ports: WorkerPorts): void {
    this.#ports = ports
    for (const message of this.#early.splice(0)) this.#take(message)
  }

  /** The way to the other nodes is open. */
  begun(): void {
    tell({ kind: 'begun' })
  }

  /** This process knows what the other nodes know. Resolves when all workers do: then it opens its listeners. */
  untilAllReady(): Promise<void> {
    tell({ kind: 'ready' })
    return this.#mayListen
  }

  /** All listeners are open. */
  opened(addresses: readonly string[]): void {
    tell({ kind: 'open', addresses })
  }

  /** An operator, or a reload, has set the levels of the log. */
  leveled(levels: LogLevels): void {
    tell({ kind: 'levels', levels })
  }

  /** An operator lets the whole router stop. */
  leave(reason: string): void {
    tell({ kind: 'leave', reason })
  }

  /** @see Supervisor.reload */
  async reload(cause: ReloadCause): Promise<Reload> {
    return (await this.#ask({ what: 'reload', cause })) as Reload
  }

  /** The metrics of each of the other workers. */
  async readings(): Promise<OtherReadings> {
    return (await this.#ask({ what: 'readings' })) as OtherReadings
  }

  /** What the admin API of this process knows of the router. */
  get routerPlace(): RouterPlace {
    const { node, nodes: workers, router, folder: run, pid, since } = this.place
    return { node, router, workers, run, pid, since, leads: () => this.#leads }
  }

  #ask(question: WorkerQuestion): Promise<unknown> {
    return this.#questions.ask((id) => tell({ kind: 'ask', id, question }))
  }

  #take(message: ToWorker): void {
    if (message.kind === 'answer') return this.#questions.settle(message)
    if (message.kind === 'lead') return void (this.#leads = true)
    if (message.kind === 'listen') return this.#onListen?.()
    const ports = this.#ports
    if (ports === undefined) return void this.#early.push(message)
    if (message.kind === 'stop') return ports.stop(message.reason)
    if (message.kind === 'rotate') return ports.rotate()
    const { id, question } = message
    void answerTo(id, () => ports.answer(question)).then(tell)
  }
}

function tell(message: FromWorker): void {
  // The first process may be about to end.
  process.send?.(message, undefined, {}, () => undefined)
}

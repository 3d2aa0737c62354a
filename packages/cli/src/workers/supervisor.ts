// The first process of a router that has several: starts the workers, replaces one that dies, and hands signals and questions on. It serves
// no client itself.

import type { Worker } from 'node:cluster'
import cluster from 'node:cluster'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LeveledLog } from '../leveled-log.ts'
import type { Reload, ReloadCause } from '../live-configuration.ts'
import { logNotReloaded } from '../live-configuration.ts'
import type { FromWorker, Question, ToWorker, WorkerPlace, WorkerQuestion } from './messages.ts'
import { WORKER_PLACE } from './messages.ts'
import { ownWords } from '../package-files.ts'
import { answerTo, OpenQuestions } from './open-questions.ts'
import { WorkerFailed } from './worker-failed.ts'

/** A worker that dies more often than this within that time is not started again. */
const MOST_DEATHS = 5
const DEATHS_WITHIN_MS = 60_000
/** A worker that cannot start while others serve, as after a mistake in the configuration, is tried again after this time. */
const RETRY_MS = 10_000

interface RunningWorker {
  readonly node: string
  readonly process: Worker
  readonly questions: OpenQuestions
  /** It has its way to the other nodes, and obeys. */
  hasBegun: boolean
  /** Its listeners are open. */
  isOpen: boolean
}

/** How far a worker has come with its start. */
interface Start {
  readonly begun: Promise<void>
  readonly ready: Promise<void>
  /** With the addresses of its listeners. */
  readonly open: Promise<readonly string[]>
}

/** How many workers a number or `auto` means. */
export function workerCount(workers: number | 'auto'): number {
  return workers === 'auto' ? availableParallelism() : workers
}

export class Supervisor {
  readonly #log: LeveledLog
  readonly #nodes: readonly string[]
  readonly #folder: string
  /** By their place in the list of names. */
  readonly #workers = new Map<number, RunningWorker>()
  readonly #deaths: number[] = []
  readonly #since = Date.now()
  /** The worker that speaks for all where one is to. */
  #leader: RunningWorker | undefined
  readonly #leave: (reason: string) => void
  readonly #giveUp: (error: Error) => void
  #reloading: Promise<unknown> = Promise.resolve()
  #isStopping = false
  readonly #router: string
  /** Workers that could not be started again, by their place. */
  readonly #retries = new Map<number, NodeJS.Timeout>()

  /**
   * @param router its name
   * @param nodes the names of the workers
   * @param ports `leave` is called when an operator lets the router stop, `giveUp` when workers die again and again
   */
  constructor(
    router: string,
    nodes: readonly string[],
    log: LeveledLog,
    ports: { readonly leave: (reason: string) => void; readonly giveUp: (error: Error) => void },
  ) {
    this.#router = router
    this.#log = log
    this.#leave = ports.leave
    this.#giveUp = ports.giveUp
    this.#nodes = nodes
    this.#folder = mkdtempSync(join(tmpdir(), 'trunkline-'))
  }

  /**
   * Resolves when the listeners of all workers are open, with their addresses. No worker listens before all know what the other nodes know,
   * and the first opens them alone, so that it alone tells what is wrong.
   * @throws {WorkerFailed} (rejects) when one cannot start
   */
  async start(): Promise<readonly string[]> {
    // On Linux the workers accept from the one socket themselves; elsewhere the system gives nearly all connections to one of them.
    cluster.schedulingPolicy = process.platform === 'linux' ? cluster.SCHED_NONE : cluster.SCHED_RR
    cluster.setupPrimary({ serialization: 'advanced', ...ownWords() })
    const first = this.#fork(0)
    await first.begun
    const others = this.#nodes.slice(1).map((_, i) => this.#fork(i + 1))
    const all = [first, ...others]
    // Each of them may fail, and only one of these is awaited.
    for (const start of all) for (const step of Object.values(start) as Promise<unknown>[]) step.catch(() => undefined)
    await Promise.all(all.map(({ ready }) => ready))
    this.#listen(0)
    const addresses = await first.open
    for (const place of others.keys()) this.#listen(place + 1)
    await Promise.all(others.map(({ open }) => open))
    return addresses
  }

  /**
   * Lets all workers read the configuration again, and apply it only when each could; one reload after the other.
   * @throws {Error} (rejects) when one of them finds mistakes; then the old configuration holds, which is logged
   */
  reload(cause: ReloadCause): Promise<Reload> {
    const reloaded = this.#reloading.then(() => this.#reload(cause))
    this.#reloading = reloaded.catch(() => undefined)
    return reloaded
  }

  /** The workers are to open their log files again. */
  rotate(): void {
    this.#toAll({ kind: 'rotate' })
  }

  /** Lets all workers stop; resolves when the last of them has ended. */
  async stop(reason: string): Promise<void> {
    this.#noMoreStarts()
    const ends = [...this.#workers.values()].map(({ process: worker }) => new Promise((resolve) => worker.once('exit', resolve)))
    this.#toAll({ kind: 'stop', reason })
    // One that is only being started takes no messages yet, and has no sessions.
    for (const { process: worker, hasBegun } of this.#workers.values()) if (!hasBegun) worker.process.kill('SIGKILL')
    await Promise.all(ends)
  }

  /** Ends what is left, and removes the folder of the sockets. */
  close(): void {
    this.#noMoreStarts()
    for (const { process: worker } of this.#workers.values()) worker.process.kill('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #noMoreStarts(): void {
    this.#isStopping = true
    for (const retry of this.#retries.values()) clearTimeout(retry)
  }

  #fork(place: number): Start {
    const node = this.#nodes[place] ?? ''
    const [router, folder, pid, since, logLevels] = [this.#router, this.#folder, process.pid, this.#since, this.#log.levels]
    const start: WorkerPlace = { node, nodes: this.#nodes, router, folder, pid, since, logLevels }
    const forked = cluster.fork({ [WORKER_PLACE]: JSON.stringify(start) })
    const worker: RunningWorker = { node, process: forked, questions: new OpenQuestions(), hasBegun: false, isOpen: false }
    this.#workers.set(place, worker)
    const [begun, ready, open] = [settled<void>(), settled<void>(), settled<readonly string[]>()]
    worker.process.on('message', (message: FromWorker) => {
      if (message.kind === 'begun') {
        worker.hasBegun = true
        return begun.resolve()
      }
      if (message.kind === 'ready') return ready.resolve()
      if (message.kind !== 'open') return this.#take(worker, message)
      worker.isOpen = true
      this.#chooseLeader()
      open.resolve(message.addresses)
    })
    worker.process.once('exit', (code: number | null, signal: string | null) => {
      worker.questions.end('the worker has ended')
      if (this.#workers.get(place) === worker) this.#workers.delete(place)
      if (this.#leader === worker) this.#leader = undefined
      this.#chooseLeader()
      const failed = new WorkerFailed(code ?? undefined, signal ?? undefined)
      if (worker.isOpen) return this.#replace(place, failed)
      for (const step of [begun, ready, open]) step.reject(failed)
    })
    return { begun: begun.promise, ready: ready.promise, open: open.promise }
  }

  #listen(place: number): void {
    const worker = this.#workers.get(place)
    if (worker !== undefined) send(worker, { kind: 'listen' })
  }

  #replace(place: number, { exitCode, message }: WorkerFailed): void {
    if (this.#isStopping) return
    const now = performance.now()
    this.#deaths.push(now)
    while ((this.#deaths[0] ?? now) < now - DEATHS_WITHIN_MS) this.#deaths.shift()
    const node = this.#nodes[place]
    this.#log.error('a worker died; its sessions are gone', { area: 'cluster', node, exitCode, error: message })
    if (this.#deaths.length > MOST_DEATHS) return this.#giveUp(new Error(`workers died ${this.#deaths.length} times within a minute`))
    void this.#startAgain(place)
  }

  async #startAgain(place: number): Promise<void> {
    this.#retries.delete(place)
    if (this.#isStopping) return
    const node = this.#nodes[place]
    const { begun, ready, open } = this.#fork(place)
    begun.catch(() => undefined)
    ready.then(
      () => this.#listen(place),
      () => undefined,
    )
    try {
      await open
      this.#log.info('the worker was replaced', { area: 'cluster', node })
    } catch (error) {
      if (this.#isStopping || !(error instanceof WorkerFailed)) return
      const { exitCode, message } = error
      const remedy = `its own lines say why; it is tried again every ${RETRY_MS / 1_000} s, and at a reload`
      this.#log.error('a worker cannot be started again; the others go on', { area: 'cluster', node, exitCode, error: message, remedy })
      this.#retries.set(
        place,
        setTimeout(() => void this.#startAgain(place), RETRY_MS),
      )
    }
  }

  #take(worker: RunningWorker, message: Exclude<FromWorker, { readonly kind: 'begun' | 'ready' | 'open' }>): void {
    if (message.kind === 'answer') return worker.questions.settle(message)
    if (message.kind === 'levels') return this.#log.adopt(message.levels)
    if (message.kind === 'leave') return this.#leave(message.reason)
    const { id, question } = message
    void answerTo(id, () => this.#answer(worker, question)).then((answer) => send(worker, answer))
  }

  #answer(worker: RunningWorker, question: WorkerQuestion): Promise<unknown> {
    if (question.what === 'reload') return this.reload(question.cause)
    return this.#ask(question, (place) => this.#workers.get(place) !== worker)
  }

  #chooseLeader(): void {
    if (this.#leader !== undefined) return
    const open = [...this.#workers].filter(([, worker]) => worker.isOpen).toSorted(([a], [b]) => a - b)
    this.#leader = open[0]?.[1]
    if (this.#leader !== undefined) send(this.#leader, { kind: 'lead' })
  }

  #ask(question: Question, of: (place: number) => boolean = () => true): Promise<unknown[]> {
    const asked = [...this.#workers].filter(([place]) => of(place))
    return Promise.all(asked.map(([, worker]) => worker.questions.ask((id) => send(worker, { kind: 'ask', id, question }))))
  }

  async #reload(cause: ReloadCause): Promise<Reload> {
    try {
      await this.#ask({ what: 'prepare' })
      // One first: where a listener cannot be opened, nothing has changed.
      const [first] = (await this.#ask({ what: 'apply', cause }, (place) => place === this.#firstPlace)) as Reload[]
      const others = (await this.#ask({ what: 'apply', cause }, (place) => place !== this.#firstPlace)) as Reload[]
      for (const [place, retry] of this.#retries) {
        clearTimeout(retry)
        void this.#startAgain(place)
      }
      return total([...(first === undefined ? [] : [first]), ...others])
    } catch (error) {
      logNotReloaded(this.#log, cause, error)
      await this.#ask({ what: 'forget' }).catch(() => undefined)
      throw error
    }
  }

  get #firstPlace(): number {
    return Math.min(...this.#workers.keys())
  }

  #toAll(message: ToWorker): void {
    for (const worker of this.#workers.values()) send(worker, message)
  }
}

/** A worker that is about to end takes no message: the event of its end comes all the same. */
function send({ process: worker }: RunningWorker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => undefined)
}

interface Settled<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

/** A promise that is settled from outside. */
function settled<T>(): Settled<T> {
  let [resolve, reject]: [(value: T) => void, (error: Error) => void] = [() => {}, () => {}]
  const promise = new Promise<T>((...given) => ([resolve, reject] = given))
  return { promise, resolve, reject }
}

/** What a reload of all workers has done. The changes are the same for all. */
function total(reloads: readonly Reload[]): Reload {
  const sum = (key: 'sessionsEnded' | 'revoked'): number => reloads.reduce((all, reload) => all + reload[key], 0)
  const [{ changes, needRestart } = { changes: [], needRestart: [] }] = reloads
  return { changes, needRestart, sessionsEnded: sum('sessionsEnded'), revoked: sum('revoked') }
}

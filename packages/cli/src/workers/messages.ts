// What the first process and its workers say to one another. Types only.

import type { LogLevels } from '../leveled-log.ts'
import type { ReloadCause } from '../live-configuration.ts'

/** What the first process passes to a worker at its start. */
export interface WorkerPlace {
  /** Its name among the workers. */
  readonly node: string
  /** The names of all workers. */
  readonly nodes: readonly string[]
  /** The name of the router. */
  readonly router: string
  /** The folder of the sockets by which workers reach one another; another one each time the router is started. */
  readonly folder: string
  /** The id of the first process, and when that was started, in milliseconds since 1970. */
  readonly pid: number
  readonly since: number
  /** The levels of the log that an operator set, where a worker is replaced. */
  readonly logLevels: LogLevels | undefined
}

/** The variable with the place of a worker, as JSON. */
export const WORKER_PLACE = 'TRUNKLINE_WORKER'

/** To a worker. */
export type ToWorker =
  | { readonly kind: 'stop'; readonly reason: string }
  /** All others are ready, too: it opens its listeners. */
  | { readonly kind: 'listen' }
  /** The log files are to be opened again. */
  | { readonly kind: 'rotate' }
  /** From now on it speaks for all workers where one is to. */
  | { readonly kind: 'lead' }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  | Answer

/** To the first process. */
export type FromWorker =
  /** It has its way to the other nodes: those that start after it have the same. */
  | { readonly kind: 'begun' }
  /** It knows what the other nodes know. */
  | { readonly kind: 'ready' }
  /** All its listeners are open, at these addresses. */
  | { readonly kind: 'open'; readonly addresses: readonly string[] }
  /** An operator has set the levels of its log. */
  | { readonly kind: 'levels'; readonly levels: LogLevels }
  /** An operator lets the router stop. */
  | { readonly kind: 'leave'; readonly reason: string }
  | { readonly kind: 'ask'; readonly id: number; readonly question: WorkerQuestion }
  | Answer

/** What a worker is asked for. */
export type Question =
  /** Reads the configuration and prepares it; changes nothing. */
  | { readonly what: 'prepare' }
  /** Applies what it has prepared. */
  | { readonly what: 'apply'; readonly cause: ReloadCause }
  /** Drops what it has prepared: another worker has not. */
  | { readonly what: 'forget' }
  | { readonly what: 'readings' }

/** What a worker wants of all. */
export type WorkerQuestion =
  | { readonly what: 'reload'; readonly cause: ReloadCause }
  /** The metrics of each of the others. */
  | { readonly what: 'readings' }

export interface Answer {
  readonly kind: 'answer'
  readonly id: number
  readonly result?: unknown
  readonly error?: string
}

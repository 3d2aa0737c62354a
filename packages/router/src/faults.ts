// Counts and logs errors, and whose fault they were. Never throws them on.

import type { ProtocolError } from '@trunkline/protocol'
import type { Counters, Session } from './core/index.ts'
import type { Log, TransportInfo } from './core/ports/index.ts'

/** The connection concerned. */
export interface Culprit {
  readonly session: Session | undefined
  readonly wish: { readonly realm: string; readonly authid: string | undefined } | undefined
  readonly info: TransportInfo
}

export class Faults {
  readonly #counters: Counters
  readonly #log: Log

  constructor(counters: Counters, log: Log) {
    this.#counters = counters
    this.#log = log
  }

  /** Notes an input that was refused: the peer's fault. */
  noteViolation(connection: Culprit, error: ProtocolError): void {
    this.#counters.violations++
    this.#log.warn('protocol violation', { area: 'sessions', ...whoIs(connection), reason: error.uri, text: error.message })
  }

  /** Notes a fault of the router itself. */
  note(where: string, error: unknown, connection?: Culprit): void {
    this.#counters.faults++
    const who = connection === undefined ? {} : whoIs(connection)
    this.#log.error('fault', {
      area: 'router',
      where,
      ...who,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
  }

  /** Runs a task of a timer or a later turn: what it throws is noted and ends nothing else. */
  guard(task: () => void): void {
    try {
      task()
    } catch (error) {
      this.note('task', error)
    }
  }
}

function whoIs({ session, info: { peer, address }, wish }: Culprit): Readonly<Record<string, unknown>> {
  return { session: session?.id, peer, address, realm: wish?.realm, authid: session?.identity.authid ?? wish?.authid }
}

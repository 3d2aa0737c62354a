// The access and audit logs: sessions, and decisions about their rights. They are lines of JSON, to stdout or a file. Lines that
// cannot be written are dropped, counted and reported in the log, and the router keeps running.

import { openSync } from 'node:fs'
import { UsageError } from '@trunkline/client'
import type { Decision, Log, RouterOptions, Visit } from '@trunkline/router'
import sonicBoom from 'sonic-boom'
import type { LogTargets } from './config/config.ts'
import type { LineSink } from './log-lines.ts'
import { lostLines } from './log.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'

/** The most octets queued for a file. */
const MOST_WAITING = 262_144
/** The same for the audit log, which must be complete after a burst. */
const MOST_AUDIT_WAITING = 16 * 1024 * 1024
/** Longer texts are cut, since peers choose them. */
const LONGEST_TEXT = 256

const LAST_LINES_MS = 1_000

/** Only the operator and the operator's group may read these logs. */
const FILE_MODE = 0o640

export class LogFiles {
  readonly #files = new Map<string, LogFile>()
  readonly #terminal: Terminal
  readonly #log: Log
  /** The router's options for these logs. */
  readonly sinks: Pick<RouterOptions, 'access' | 'audit'>

  /** @throws {UsageError} when a file cannot be opened */
  constructor({ access, audit }: LogTargets, terminal: Terminal, log: Log) {
    this.#terminal = terminal
    this.#log = log
    this.sinks = {
      // Audit first: a file for both logs gets its larger queue.
      ...(audit === undefined ? {} : { audit: this.#writer('audit', audit, flat) }),
      ...(access === undefined ? {} : { access: this.#writer('access', access, (visit: Visit) => visit) }),
    }
  }

  /** Opens the files again, since they may have been moved away. Where that fails, the open file stays in use. */
  reopen(): void {
    for (const [path, file] of this.#files) {
      const fault = file.reopen()
      if (fault !== undefined) this.#log.error('log file not opened again', { area: 'configuration', path, error: fault })
    }
  }

  /** Resolves when the queued lines are written, cannot be, or a second is over; never rejects. */
  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.close()))
  }

  #writer<Entry>(log: string, target: string, fields: (entry: Entry) => object): (entry: Entry) => void {
    const sink =
      target === 'stdout' ? this.#terminal.openLog(lostLines) : this.#file(target, log === 'audit' ? MOST_AUDIT_WAITING : MOST_WAITING)
    return (entry) => sink.write(`${printable(JSON.stringify({ time: new Date().toISOString(), log, ...fields(entry) }, shortened))}\n`)
  }

  #file(path: string, mostWaiting: number): LogFile {
    const file = this.#files.get(path) ?? new LogFile(path, mostWaiting)
    this.#files.set(path, file)
    return file
  }
}

function shortened(_name: string, value: unknown): unknown {
  return typeof value === 'string' && value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value
}

/** A decision with the fields of its session at the top level. */
function flat({ session: { id, authid, authrole, authmethod }, traceId, ...rest }: Decision): object {
  return { ...rest, session: id, authid, authrole, authmethod, trace_id: traceId }
}

class LogFile implements LineSink {
  readonly #path: string
  readonly #mostWaiting: number
  #stream: sonicBoom.SonicBoom
  #lost = 0

  constructor(path: string, mostWaiting: number) {
    this.#path = path
    this.#mostWaiting = mostWaiting
    this.#stream = this.#open()
  }

  write(line: string): void {
    this.#writeLost()
    this.#stream.write(line)
  }

  #writeLost(): void {
    const lost = this.#lost
    if (lost === 0) return
    this.#lost = 0
    this.#stream.write(lostLines(lost))
    // Still full: this line itself was dropped and does not count.
    if (this.#lost > 0) this.#lost = lost
  }

  /** Returns why it failed; the open file then stays in use. */
  reopen(): string | undefined {
    const before = this.#stream
    try {
      this.#stream = this.#open()
    } catch (error) {
      return String(error)
    }
    before.end()
    return undefined
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      // A named pipe without a reader takes nothing, and says nothing.
      const late = setTimeout(resolve, LAST_LINES_MS)
      const end = (): void => {
        clearTimeout(late)
        resolve()
      }
      this.#stream.once('close', end)
      // The disk is full or gone: the queued lines are lost, as they would be later.
      this.#stream.once('error', end)
      this.#stream.end()
    })
  }

  #open(): sonicBoom.SonicBoom {
    const stream = new sonicBoom.SonicBoom({ fd: openForAppending(this.#path), maxLength: this.#mostWaiting })
    // Unwritten lines stay queued and are retried with the next line.
    stream.on('error', () => {})
    stream.on('drop', () => void this.#lost++)
    // Reports dropped lines even if no line follows.
    stream.on('drain', () => this.#writeLost())
    return stream
  }
}

function openForAppending(path: string): number {
  try {
    return openSync(path, 'a', FILE_MODE)
  } catch (error) {
    throw new UsageError(`cannot open the log ${path}: ${error instanceof Error ? error.message : String(error)}`, 'TL_USAGE', {
      cause: error,
    })
  }
}

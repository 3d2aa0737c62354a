// The logs beside that of the router: who came and went, and what each was allowed. Lines of JSON, to stdout or a file; a
// file that cannot be written loses lines, which is counted and told, and ends nothing.

import { openSync } from 'node:fs'
import { UsageError } from '@trunkline/client'
import type { Decision, RouterOptions, Visit } from '@trunkline/router'
import sonicBoom from 'sonic-boom'
import type { LogTargets } from './config/config.ts'
import type { LineSink } from './log-lines.ts'
import { lostLines } from './log.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'

/** What may wait for a file, in octets. */
const MOST_WAITING = 262_144
/** Of the audit log nothing is to be missing after a burst. */
const MOST_AUDIT_WAITING = 16 * 1024 * 1024
/** Longer texts are cut: peers choose them. */
const LONGEST_TEXT = 256

/** Who asked for what is for the operator's group at most. */
const FILE_MODE = 0o640

export class LogFiles {
  readonly #files = new Map<string, LogFile>()
  readonly #terminal: Terminal
  /** What a router is told to write to. */
  readonly sinks: Pick<RouterOptions, 'access' | 'audit'>

  /** @throws {UsageError} when a file cannot be opened */
  constructor({ access, audit }: LogTargets, terminal: Terminal) {
    this.#terminal = terminal
    this.sinks = {
      // First: a file for both waits as for this one.
      ...(audit === undefined ? {} : { audit: this.#writer('audit', audit, flat) }),
      ...(access === undefined ? {} : { access: this.#writer('access', access, (visit: Visit) => visit) }),
    }
  }

  /** Opens the files anew: they may have been moved away. */
  reopen(): void {
    for (const file of this.#files.values()) file.reopen()
  }

  /** Writes what waits, as far as that is possible at once. */
  close(): void {
    for (const file of this.#files.values()) file.close()
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

/** A decision with its session among the other fields. */
function flat({ session: { id, authid, authrole, authmethod }, ...rest }: Decision): object {
  return { ...rest, session: id, authid, authrole, authmethod }
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
    this.#tellLost()
    this.#stream.write(line)
  }

  #tellLost(): void {
    const lost = this.#lost
    if (lost === 0) return
    this.#lost = 0
    this.#stream.write(lostLines(lost))
    // Still full: the line that tells was dropped itself, and counts for none.
    if (this.#lost > 0) this.#lost = lost
  }

  reopen(): void {
    const before = this.#stream
    try {
      this.#stream = this.#open()
    } catch {
      return // The one that is open goes on.
    }
    before.end()
  }

  close(): void {
    try {
      this.#stream.flushSync()
    } catch {
      // The disk is full or gone: what waits is lost, as it would be later.
    }
  }

  #open(): sonicBoom.SonicBoom {
    const stream = new sonicBoom.SonicBoom({ fd: openForAppending(this.#path), maxLength: this.#mostWaiting })
    // What could not be written waits, and is tried again with the next line.
    stream.on('error', () => {})
    stream.on('drop', () => void this.#lost++)
    // Told also where no line follows.
    stream.on('drain', () => this.#tellLost())
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

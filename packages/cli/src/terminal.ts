// The output of commands, and the signal that stops them. Only this file and screen.ts use stdout, stderr and signals.

import { fstatSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'
import { Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { EXIT_CODES } from './exit-codes.ts'
import type { LineSink } from './log-lines.ts'
import { LogLines } from './log-lines.ts'
import { PrintedOutput } from './printed-output.ts'
import type { Screen } from './screen.ts'
import { processScreen } from './screen.ts'
import type { StopReason } from './waiting.ts'

/** The terminal as commands use it. */
export interface Terminal {
  /** Writes text to stdout. */
  print(text: string): void
  /** Writes text to stderr. */
  complain(text: string): void
  /**
   * Resolves when all output was written.
   * @throws {OutputError} (rejects) when some could not be written
   */
  printed(): Promise<void>
  /**
   * Begins a log on stdout. Unlike other output, its lines never block the process: lines that cannot be written are
   * dropped.
   * @param lostLine makes the line with the number of dropped lines
   */
  openLog(lostLine: (lines: number) => string): LineSink
  /** Who reads stdout: a person at a terminal, systemd's journal, or another program. */
  readonly logReader: 'person' | 'journal' | 'program'
  /** Whether stdout shows colors, and the user wants some (`NO_COLOR`). */
  readonly hasColors: boolean
  /** Whether a person sees stderr, where long commands show how far they are. */
  readonly showsProgress: boolean
  /** Aborted, with a {@link StopReason}, when the command must end. */
  readonly stop: AbortSignal
  /** Aborted when stdout has no reader (`| head`). A command that only prints then ends. */
  readonly unread: AbortSignal
  /** Makes a hangup (SIGHUP) call the listener instead of ending the process. */
  onHangup(listener: () => void): void
  /** Whether stdin is a terminal, at which a user answers questions. */
  readonly asks: boolean
  /** Calls the listener at SIGUSR2, after which log files are opened again. */
  onRotation(listener: () => void): void
  /** The first line of stdin. At a terminal it asks for the line and does not show it. */
  readSecret(question: string): Promise<string>
  /** All of stdin. */
  readInput(): Promise<Buffer>
  /** Stdout as a screen; undefined where it is no terminal. */
  readonly screen?: Screen | undefined
}

/** The terminal of this process, which can end the process. */
export interface ProcessTerminal extends Terminal {
  /** Ends the process. */
  exit(code: number): void
}

/**
 * The terminal of this process. The first Ctrl-C or SIGTERM asks the command to stop, the second ends the process at
 * once.
 * @param isWorker another process obeys Ctrl-C and hangups, and tells this one
 */
export function processTerminal(isWorker = false): ProcessTerminal {
  const stopping = new AbortController()
  const unread = new AbortController()
  const stop = (reason: StopReason): void => {
    if (stopping.signal.aborted) {
      process.exit(reason === 'SIGINT' ? EXIT_CODES.interrupted.code : EXIT_CODES.terminated.code)
    }
    stopping.abort(reason)
  }
  process.on('SIGINT', () => (isWorker ? undefined : stop('SIGINT')))
  process.on('SIGTERM', () => stop('SIGTERM'))
  const output = new PrintedOutput(process.stdout, () => unread.abort())
  let isGone = false
  process.stdout.on('error', (error: NodeJS.ErrnoException) => (isGone ||= process.stdout.isTTY && error.code === 'EIO'))
  // There is no place to report an error of stderr.
  process.stderr.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? unread.abort() : undefined))
  return {
    print: (text) => output.print(text),
    complain: (text) => void process.stderr.write(text),
    printed: () => output.printed(),
    openLog: (lostLine) => {
      keepGoing(process.stdout)
      return new LogLines(process.stdout, lostLine)
    },
    logReader: readerOf(process.stdout),
    hasColors: process.stdout.isTTY && process.stdout.hasColors(),
    showsProgress: process.stderr.isTTY === true,
    exit: (code) => exit(code, () => isGone),
    stop: stopping.signal,
    unread: unread.signal,
    onHangup: (listener) => void process.on('SIGHUP', () => (isWorker ? undefined : listener())),
    asks: process.stdin.isTTY === true,
    // Windows has no such signal.
    onRotation: (listener) => void (process.platform === 'win32' || process.on('SIGUSR2', listener)),
    readSecret: (question) => readSecret(question, process.stdin, process.stderr),
    readInput: () => buffer(process.stdin),
    screen: processScreen(process.stdin, process.stdout),
  }
}

/**
 * Ends the process once the last lines of a log were written, or after a time limit.
 * @param isGone whether the terminal of the process is gone
 */
function exit(code: number, isGone: () => boolean): void {
  const leave = (): void => (isGone() ? endByHangup() : process.exit(code))
  setTimeout(leave, LAST_LINES_MS)
  process.stdout.write('', () => process.stderr.write('', leave))
}

const LAST_LINES_MS = 1_000

/** Ends by SIGHUP, as programs do when their terminal is gone. A normal exit of Node would fail when it restores the terminal. */
function endByHangup(): void {
  process.removeAllListeners('SIGHUP')
  process.kill(process.pid, 'SIGHUP')
}

/** systemd names device and inode of the stream that it gives to its journal. */
function readerOf(stream: WriteStream & { readonly fd: number }): Terminal['logReader'] {
  if (stream.isTTY) return 'person'
  const { JOURNAL_STREAM: journal } = process.env
  if (journal === undefined) return 'program'
  try {
    const { dev, ino } = fstatSync(stream.fd)
    return journal === `${dev}:${ino}` ? 'journal' : 'program'
  } catch {
    return 'program' // stdout is closed.
  }
}

/** Makes writes to a terminal non-blocking; otherwise a stopped terminal (Ctrl-S) would block the whole process. */
function keepGoing(stream: WriteStream): void {
  const { _handle: handle } = stream as { readonly _handle?: { setBlocking?(isBlocking: boolean): unknown } | null }
  if (stream.isTTY) handle?.setBlocking?.(false)
}

/** Reads a line without showing it: readline echoes into a stream that discards its input. */
async function readSecret(question: string, input: ReadStream, output: WriteStream): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: nowhere, terminal: input.isTTY })
  if (input.isTTY) output.write(question)
  // Ctrl-C at a question ends the command, as everywhere.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    for await (const line of lines) return line
    return ''
  } finally {
    lines.close()
    if (input.isTTY) output.write('\n')
  }
}

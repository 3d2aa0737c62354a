// Where commands print, and how they learn that they are to stop. The only file that touches stdout, stderr and signals.

import { createInterface } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'
import { Writable } from 'node:stream'
import { EXIT_CODES } from './exit-codes.ts'
import type { LineSink } from './log-lines.ts'
import { LogLines } from './log-lines.ts'
import { PrintedOutput } from './printed-output.ts'
import type { StopReason } from './waiting.ts'

/** What a command sees of the terminal. */
export interface Terminal {
  /** Writes text to stdout. */
  print(text: string): void
  /** Writes text to stderr. */
  complain(text: string): void
  /**
   * Resolves when all that was printed was handed over.
   * @throws {OutputError} (rejects) when some of it could not be
   */
  printed(): Promise<void>
  /**
   * Begins a log on stdout. Unlike what is printed, its lines never hold the process up: those that cannot be written are
   * dropped.
   * @param tellLost the line that says how many were
   */
  openLog(tellLost: (lines: number) => string): LineSink
  /** Aborted, with a {@link StopReason}, when the command is to end what it does and leave. */
  readonly stop: AbortSignal
  /** Aborted when nobody reads stdout any more (`| head`). What only prints has nothing left to do then. */
  readonly unread: AbortSignal
  /** From now on a hangup (SIGHUP) calls the listener in place of ending the process. */
  onHangup(listener: () => void): void
  /** The first line of stdin; at a terminal it is asked for and not shown. */
  readSecret(question: string): Promise<string>
}

/** The terminal of this process, and the end of it. */
export interface ProcessTerminal extends Terminal {
  /** Ends the process. */
  exit(code: number): void
}

/**
 * The terminal of this process. The first Ctrl-C or SIGTERM asks the command to stop, the second ends the process at
 * once.
 */
export function processTerminal(): ProcessTerminal {
  const stopping = new AbortController()
  const unread = new AbortController()
  const stop = (reason: StopReason): void => {
    if (stopping.signal.aborted) {
      process.exit(reason === 'SIGINT' ? EXIT_CODES.interrupted.code : EXIT_CODES.terminated.code)
    }
    stopping.abort(reason)
  }
  process.on('SIGINT', () => stop('SIGINT'))
  process.on('SIGTERM', () => stop('SIGTERM'))
  const output = new PrintedOutput(process.stdout, () => unread.abort())
  let isGone = false
  process.stdout.on('error', (error: NodeJS.ErrnoException) => (isGone ||= process.stdout.isTTY && error.code === 'EIO'))
  // Whether stderr takes a line can be told to no one.
  process.stderr.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? unread.abort() : undefined))
  return {
    print: (text) => output.print(text),
    complain: (text) => void process.stderr.write(text),
    printed: () => output.printed(),
    openLog: (tellLost) => {
      keepGoing(process.stdout)
      return new LogLines(process.stdout, tellLost)
    },
    exit: (code) => exit(code, () => isGone),
    stop: stopping.signal,
    unread: unread.signal,
    onHangup: (listener) => void process.on('SIGHUP', listener),
    readSecret: (question) => readSecret(question, process.stdin, process.stderr),
  }
}

/**
 * Ends the process once the last lines of a log were handed over, or soon after if nobody takes them.
 * @param isGone whether the terminal that it was started in is gone
 */
function exit(code: number, isGone: () => boolean): void {
  const leave = (): void => (isGone() ? endByHangup() : process.exit(code))
  setTimeout(leave, LAST_LINES_MS)
  process.stdout.write('', () => process.stderr.write('', leave))
}

const LAST_LINES_MS = 1_000

/** As programs end whose terminal is gone. Node would fail at its own end, when it puts the terminal back as it was. */
function endByHangup(): void {
  process.removeAllListeners('SIGHUP')
  process.kill(process.pid, 'SIGHUP')
}

/** A terminal that was stopped (Ctrl-S) would hold the whole process up: Node writes to terminals and waits. */
function keepGoing(stream: WriteStream): void {
  const { _handle: handle } = stream as { readonly _handle?: { setBlocking?(isBlocking: boolean): unknown } | null }
  if (stream.isTTY) handle?.setBlocking?.(false)
}

/** What is typed is shown nowhere: readline echoes into a stream that holds nothing. */
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

// Where commands print, and how they learn that they are to stop. The only file that touches stdout, stderr and signals.

import { createInterface } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'
import { Writable } from 'node:stream'
import { EXIT_CODES } from './exit-codes.ts'
import type { StopReason } from './waiting.ts'

/** What a command sees of the terminal. */
export interface Terminal {
  /** Writes text to stdout. */
  print(text: string): void
  /** Writes text to stderr. */
  complain(text: string): void
  /** Aborted, with a {@link StopReason}, when the command is to end what it does and leave. */
  readonly stop: AbortSignal
  /** Aborted when nobody reads stdout any more (`| head`). What only prints has nothing left to do then. */
  readonly unread: AbortSignal
  /** From now on a hangup (SIGHUP) calls the listener in place of ending the process. */
  onHangup(listener: () => void): void
  /** The first line of stdin; at a terminal it is asked for and not shown. */
  readSecret(question: string): Promise<string>
}

/**
 * The terminal of this process. The first Ctrl-C or SIGTERM asks the command to stop, the second ends the process at
 * once.
 */
export function processTerminal(): Terminal {
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
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      unread.abort()
    })
  }
  return {
    print: (text) => void process.stdout.write(text),
    complain: (text) => void process.stderr.write(text),
    stop: stopping.signal,
    unread: unread.signal,
    onHangup: (listener) => void process.on('SIGHUP', listener),
    readSecret: (question) => readSecret(question, process.stdin, process.stderr),
  }
}

/** Ends the process once what was printed has been handed over; connections that still linger do not hold it. */
export function exit(code: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
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

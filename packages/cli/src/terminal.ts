// Where commands print, and how they learn that they are to stop. The only file that touches stdout, stderr and signals.

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
  }
}

/** Ends the process once what was printed has been handed over; connections that still linger do not hold it. */
export function exit(code: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
}

// Where an export is written: stdout, or a file. Long output waits until it is taken.

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { UsageError } from '@trunkline/client'
import type { Terminal } from '../terminal.ts'
import type { StopReason } from '../waiting.ts'
import { Interrupted } from '../waiting.ts'

export interface Output {
  write(text: string): Promise<void>
  end(): Promise<void>
}

/**
 * Stdout, or a file, which must not be there yet.
 * @throws {UsageError} (rejects) when the file cannot be written
 */
export async function outputOf(file: string | undefined, terminal: Terminal): Promise<Output> {
  const stream: Writable | undefined = file === undefined ? undefined : createWriteStream(file, { flags: 'wx', mode: 0o600 })
  if (stream !== undefined) {
    try {
      await once(stream, 'open')
    } catch (error) {
      throw new UsageError(`cannot write ${file}: ${(error as Error).message}`, 'TL_USAGE', { cause: error })
    }
  }
  let waiting = ''
  const flush = async (): Promise<void> => {
    checkStopped(terminal)
    const text = waiting
    waiting = ''
    if (stream === undefined) {
      terminal.print(text)
      await terminal.printed()
    } else if (!stream.write(text)) await once(stream, 'drain')
  }
  return {
    write: async (text) => {
      waiting += text
      if (waiting.length >= AT_ONCE) await flush()
    },
    end: async () => {
      await flush()
      if (stream === undefined) return
      stream.end()
      await once(stream, 'finish')
    },
  }
}

/** @throws {Interrupted} when the user has stopped the command */
export function checkStopped({ stop }: Terminal): void {
  if (stop.aborted) throw new Interrupted(stop.reason as StopReason)
}

/** Characters that are written at once. */
const AT_ONCE = 65_536

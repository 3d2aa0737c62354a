// Changes a file as a whole: readers see the old content or the new one, and of two changes at once none is lost.

import {
  chownSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { UsageError } from '@trunkline/client'
import { readFault } from './read-fault.ts'

export interface Replacement {
  /** The mode of a file that did not exist. One that did keeps its own, and its owner. */
  readonly mode: number
  /** How long to wait for another change of the same file. */
  readonly patienceMs?: number
}

/**
 * Replaces the content of a file, which may not exist yet. The new content is written to `FILE.lock`, which no other command can
 * make meanwhile, and takes the name of the file when the disk has it. A symbolic link stays; the file that it names changes.
 * @param change makes the new content of the present one, which is empty for a file that does not exist. It must not wait
 * @throws {UsageError} when the file cannot be read or written, or stays locked; the errors of `change`
 */
export async function replaceFile(file: string, change: (content: string) => string, { mode, patienceMs = PATIENCE_MS }: Replacement) {
  const target = targetOf(file)
  const lock = `${target}.lock`
  const descriptor = await locked(lock, file, patienceMs)
  try {
    try {
      const { content, stats } = present(target)
      writeWhole(descriptor, change(content))
      fchmodSync(descriptor, (stats?.mode ?? mode) & 0o7777)
      if (stats !== undefined && stats.uid !== statSync(lock).uid) chownSync(lock, stats.uid, stats.gid)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(lock, target)
  } catch (error) {
    rmSync(lock, { force: true })
    throw (error as NodeJS.ErrnoException).syscall === undefined ? error : cannotWrite(file, error)
  }
}

const PATIENCE_MS = 5_000
const STEP_MS = 20

/** Opens the lock, for which it waits. */
async function locked(lock: string, file: string, patienceMs: number): Promise<number> {
  const end = Date.now() + patienceMs
  for (;;) {
    try {
      mkdirSync(dirname(lock), { recursive: true, mode: 0o700 })
      return openSync(lock, 'wx', 0o600)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotWrite(file, error)
    }
    if (Date.now() >= end) throw new UsageError(`${file} is being changed by another command; if there is none, remove ${lock}`)
    await wait(STEP_MS)
  }
}

function present(target: string) {
  try {
    return { content: readFileSync(target, 'utf8'), stats: statSync(target) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { content: '', stats: undefined }
    throw new UsageError(`cannot read ${target}: ${readFault(error)}`, 'TL_USAGE', { cause: error })
  }
}

function writeWhole(descriptor: number, text: string): void {
  const octets = Buffer.from(text)
  for (let written = 0; written < octets.length;) written += writeSync(descriptor, octets, written)
}

function targetOf(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file // There is no such file yet; any other fault shows when it is written.
  }
}

function cannotWrite(file: string, error: unknown): UsageError {
  return new UsageError(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`, 'TL_USAGE', { cause: error })
}

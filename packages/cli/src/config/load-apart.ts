// Loads a configuration while a router runs, in a thread of its own, so that reading and checking many users does not block
// the router. When run from the sources, which have no file for the thread, it uses this thread.

import type { Worker } from 'node:worker_threads'
import { UsageError } from '@trunkline/client'
import type { Problem } from './check.ts'
import type { Config } from './config.ts'
import { loadConfig, tryOut } from './config.ts'
import type { Piece } from './pieces.ts'
import { Assembly } from './pieces.ts'
import { ConfigError } from './problems.ts'
import { startThread } from '../package-files.ts'

/** A message of the thread. */
type Word =
  | { readonly piece: Piece }
  | { readonly isWhole: true }
  | { readonly problems: readonly Problem[] }
  | { readonly message: string; readonly code: string | undefined }

const ENTRY = new URL('./load-worker.js', import.meta.url)

/**
 * Loads a configuration and tries it out.
 * @param before the previous configuration; unchanged users stay the same objects
 * @param entry the file of the thread, for tests
 * @throws {ConfigError} (rejects) with all mistakes
 * @throws {UsageError} (rejects) when the file cannot be read
 */
export async function loadApart(file: string, before?: Config, entry: URL = ENTRY): Promise<Config> {
  const thread = startThread(entry, { workerData: { file } })
  if (thread !== undefined) return loadInThread(file, new Assembly(before), thread)
  const config = await loadConfig(file)
  tryOut(config)
  return config
}

function loadInThread(file: string, assembly: Assembly, worker: Worker): Promise<Config> {
  return new Promise<Config>((resolve, reject) => {
    worker.on('error', reject)
    worker.once('exit', () => reject(new Error('the thread that reads the configuration ended early')))
    worker.on('message', (word: Word) => {
      if ('problems' in word) reject(new ConfigError(file, word.problems))
      else if ('message' in word) reject(word.code === undefined ? new Error(word.message) : new UsageError(word.message, word.code))
      else if ('isWhole' in word) resolve(assembly.config)
      else {
        assembly.add(word.piece)
        // In a later turn, so that other work runs between two pieces.
        setImmediate(() => worker.postMessage('next'))
      }
    })
    worker.postMessage('next')
    // It ends by itself: to end it while it loads modules would leave their files open.
  }).finally(() => worker.unref())
}

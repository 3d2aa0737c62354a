// Loads a configuration beside a router that runs: in a thread of its own, so that reading and checking many users holds up
// nobody. From the sources, where there is no file for a thread, in this one.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { UsageError } from '@trunkline/client'
import type { Problem } from './check.ts'
import type { Config } from './config.ts'
import { loadConfig, tryOut } from './config.ts'
import type { Piece } from './pieces.ts'
import { Assembly } from './pieces.ts'
import { ConfigError } from './problems.ts'

/** What the thread says. */
type Word =
  | { readonly piece: Piece }
  | { readonly isWhole: true }
  | { readonly problems: readonly Problem[] }
  | { readonly message: string; readonly code: string | undefined }

const ENTRY = new URL('./load-worker.js', import.meta.url)

/**
 * Loads a configuration and tries it out.
 * @param before users that are as they are there are the very same objects
 * @param entry the file of the thread, for tests
 * @throws {ConfigError} (rejects) with all mistakes
 * @throws {UsageError} (rejects) when the file cannot be read
 */
export async function loadApart(file: string, before?: Config, entry: URL = ENTRY): Promise<Config> {
  if (existsSync(fileURLToPath(entry))) return loadInThread(file, new Assembly(before), new Worker(entry, { workerData: { file } }))
  const config = await loadConfig(file)
  tryOut(config)
  return config
}

function loadInThread(file: string, assembly: Assembly, worker: Worker): Promise<Config> {
  return new Promise<Config>((resolve, reject) => {
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('the thread that reads the configuration ended early')))
    worker.on('message', (word: Word) => {
      if ('problems' in word) reject(new ConfigError(file, word.problems))
      else if ('message' in word) reject(word.code === undefined ? new Error(word.message) : new UsageError(word.message, word.code))
      else if ('isWhole' in word) resolve(assembly.config)
      else {
        assembly.add(word.piece)
        // In a later turn, so that others have theirs between two pieces.
        setImmediate(() => worker.postMessage('next'))
      }
    })
    worker.postMessage('next')
  }).finally(() => void worker.terminate())
}

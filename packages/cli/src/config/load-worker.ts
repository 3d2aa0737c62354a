// The thread that reads and checks a configuration while the router runs. It sends the result piece by piece, each on
// request of the main thread.

import { parentPort, workerData } from 'node:worker_threads'
import { UsageError } from '@trunkline/client'
import { loadConfig, tryOut } from './config.ts'
import { piecesOf } from './pieces.ts'
import { ConfigError } from './problems.ts'

const port = parentPort
const { file } = workerData as { readonly file: string }

void load().catch((error: unknown) => {
  if (error instanceof ConfigError) port?.postMessage({ problems: error.problems })
  else port?.postMessage({ message: error instanceof Error ? error.message : String(error), code: codeOf(error) })
})

async function load(): Promise<void> {
  const config = await loadConfig(file)
  tryOut(config)
  const pieces = piecesOf(config)
  port?.on('message', () => {
    const { value, done } = pieces.next()
    port.postMessage(done === true ? { isWhole: true } : { piece: value })
    if (done === true) port.close()
  })
}

function codeOf(error: unknown): string | undefined {
  return error instanceof UsageError ? error.code : undefined
}

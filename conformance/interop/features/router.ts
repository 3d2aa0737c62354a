// The router of examples/identity as a process, for logins and every other feature: the file as it is, with the scenarios' key
// beside its own, and any free ports. Changes nothing in the repository.

import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { KEY_PAIR } from './key-pair.ts'

const EXAMPLE = new URL('../../../examples/identity/trunkline.yaml', import.meta.url)
const COMMAND = new URL('../../../packages/cli/src/bin.ts', import.meta.url)

export interface IdentityRouter {
  readonly websocket: string
  close(): Promise<void>
}

/** Resolves when it listens. */
export async function startIdentityRouter(): Promise<IdentityRouter> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-interop-'))
  const file = join(folder, 'trunkline.yaml')
  const text = await readFile(EXAMPLE, 'utf8')
  await writeFile(file, text.replace(/publicKeys: \[(.*)\]/, `publicKeys: [$1, '${KEY_PAIR.publicKey}']`))
  const command = ['--import', 'tsx', '--conditions=trunkline-source', fileURLToPath(COMMAND), 'start', '--config', file]
  const child = spawn(process.execPath, command, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TRUNKLINE_WEBSOCKET_PORT: '0', TRUNKLINE_RAWSOCKET_PORT: '0' },
  })
  const said: string[] = []
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  const websocket = await new Promise<string>((resolve, reject) => {
    const read = (line: string): void => {
      said.push(line)
      const address = /"address":"(ws:[^"]+)"/.exec(line)?.[1]
      if (address !== undefined) resolve(address)
    }
    createInterface({ input: child.stdout }).on('line', read)
    createInterface({ input: child.stderr }).on('line', read)
    child.on('exit', (code) => reject(new Error(`the router's process ended with ${code ?? 'a signal'}: ${said.join('\n')}`)))
  })
  const close = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true })
  }
  return { websocket, close }
}

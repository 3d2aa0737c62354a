// The router under test as a process: that of examples/identity, for logins and every other feature, as it is, with the scenarios'
// key beside its own, any free ports, and realms with other rules for request ids. Changes nothing in the repository.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child, FROM_SOURCE } from '@trunkline/testkit/child'

import { KEY_PAIR } from './key-pair.ts'

const EXAMPLE = new URL('../../examples/identity/trunkline.yaml', import.meta.url)
const COMMAND = new URL('../../packages/cli/src/bin.ts', import.meta.url)

/** The sources are compiled first, and several may start at once. */
const START_MS = 120_000

/** That of every client but for the experiments with request ids. */
export const REALM = 'realm1'

export interface RunningRouter {
  readonly websocket: string
  readonly rawsocket: string
  close(): Promise<void>
}

/** What makes the router a node of a cluster. */
export interface AsNode {
  /** More variables of its environment. */
  readonly env?: NodeJS.ProcessEnv
  /** More of its configuration. */
  readonly configuration?: string
}

/** Resolves when it listens. */
export async function startRouter({ env: more = {}, configuration = '' }: AsNode = {}): Promise<RunningRouter> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-interop-'))
  const file = join(folder, 'trunkline.yaml')
  await writeFile(file, `${configurationOf(await readFile(EXAMPLE, 'utf8'))}${configuration}`)
  const env = { ...process.env, TRUNKLINE_WEBSOCKET_PORT: '0', TRUNKLINE_RAWSOCKET_PORT: '0', ...more }
  // A worker speaks to the process that started it.
  const child = Child.node([...FROM_SOURCE, fileURLToPath(COMMAND), 'start', '--config', file], { env, hasChannel: true })
  // A worker waits until all are ready, which here it need not.
  if (more['TRUNKLINE_WORKER'] !== undefined) child.send({ kind: 'listen' })
  const close = async (): Promise<void> => {
    await child.end('SIGTERM')
    await rm(folder, { recursive: true })
  }
  const [, websocket = ''] = await child.shows(/"address":"(ws:[^"]+)"/, { withinMs: START_MS })
  const [, rawsocket = ''] = await child.shows(/"address":"(rs:[^"]+)"/)
  return { websocket, rawsocket, close }
}

/** Realms are the last part of the file. */
function configurationOf(example: string): string {
  const realms = ['strict', 'increasing', 'tolerant'].map(
    (rule) => `  ids.${rule}: { anonymous: { role: anonymous }, requestIds: ${rule}, roles: { anonymous: *everything } }\n`,
  )
  return `${example.replace(/publicKeys: \[(.*)\]/, `publicKeys: [$1, '${KEY_PAIR.publicKey}']`)}\n${realms.join('')}`
}

// The words that start this command again from the same place, for lines that people copy.

import { existsSync } from 'node:fs'
import { delimiter, join, relative, resolve } from 'node:path'

/** The facts about the start of a process. */
export interface Started {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The script that Node runs. */
  readonly script: string
  /** The program of the process: Node, or the single executable, which names itself as its script. */
  readonly program?: string
}

/** `trunkline` if that is on the path, otherwise `npx trunkline` if npm finds it, otherwise `node` with the script, or the executable itself. */
export function commandName({ env, cwd, script, program }: Started): string {
  if (env['npm_command'] === 'exec') return 'npx trunkline'
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '' && !folder.includes('node_modules'))
  if (folders.some((folder) => hasCommand(folder))) return 'trunkline'
  const home = env['INIT_CWD'] ?? cwd
  if (hasCommand(join(home, 'node_modules', '.bin'))) return 'npx trunkline'
  const path = relative(home, resolve(cwd, script))
  return script === program ? `./${path}` : `node ${path}`
}

function hasCommand(folder: string): boolean {
  return existsSync(join(folder, 'trunkline')) || existsSync(join(folder, 'trunkline.cmd'))
}

// Writes corpus/*.json from the tables in groups/. Never asks a router: what is expected stands in the tables.

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { corpus } from './groups/index.ts'

/** Writes and formats the files. @returns the exit code of the formatter */
export function generate(): number {
  const folder = new URL('corpus/', import.meta.url)
  for (const group of corpus()) writeFileSync(new URL(`${group.group}.json`, folder), `${JSON.stringify(group, null, 1)}\n`)
  return spawnSync('npx', ['oxfmt', fileURLToPath(folder)], { stdio: 'inherit' }).status ?? 1
}

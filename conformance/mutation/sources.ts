// Where the sources are into which faults are put.

import { readdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The sources of a package without tests, as paths from the root. */
export function sourcesOf(packageName: string): string[] {
  const folder = `packages/${packageName}/src`
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(
    (file) => `${folder}/${file.replaceAll(sep, '/')}`,
  )
  return files.filter((file) => file.endsWith('.ts') && !/\.test\.ts$|\.d\.ts$|\/testing\/|\/dashboard\//.test(file)).toSorted()
}

// The version of this package, from its manifest.

import { packageFolder } from './package-files.ts'

/** The version in package.json. */
export function readVersion(): string {
  const manifest = JSON.parse(packageFolder('').read('package.json').toString('utf8')) as { readonly version: string }
  return manifest.version
}

#!/usr/bin/env node
// Builds the published JavaScript of the package `trunkline` from its sources: the command with all packages of this repository in a few files,
// and the entry for programs, which imports them. Checks no types: `npm run check:types` does, and writes the declarations.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const PACKAGE = fileURLToPath(new URL('../packages/cli/', import.meta.url))
const SOURCES = join(PACKAGE, 'src')

/** @type {import('esbuild').BuildOptions} */
export const FOR_NODE = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  conditions: ['trunkline-source'],
  logLevel: 'warning',
}

/** The packages of others that `trunkline` depends on, or may use: its users install them, so that they can be audited and mended without us. */
export function foreignDependencies() {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'))
  return Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !name.startsWith('@trunkline/'))
}

/** @param {string} folder takes the place of `dist`: the folder above it has to hold the manifest, and modules are resolved from there */
export async function buildCommand(folder) {
  const built = await Promise.all([
    build({
      ...FOR_NODE,
      entryPoints: [join(SOURCES, 'bin.ts'), join(SOURCES, 'config/load-worker.ts')],
      entryNames: '[name]',
      splitting: true,
      external: foreignDependencies(),
      outdir: folder,
      sourcemap: true,
      sourcesContent: false,
      write: false,
    }),
    build({
      ...FOR_NODE,
      entryPoints: [join(SOURCES, 'index.ts')],
      packages: 'external',
      outdir: folder,
      sourcemap: true,
      sourcesContent: false,
      write: false,
    }),
  ])
  removeScripts(folder)
  for (const { path, text } of built.flatMap(({ outputFiles }) => outputFiles)) {
    writeFileSync(path, path.endsWith('.map') ? withInstalledSources(text) : text)
  }
}

/** A map that names the sources of the other packages where npm installs them: beside this package. @param {string} map */
function withInstalledSources(map) {
  return map.replace(/"\.\.\/\.\.\/(\w+)\/src\//g, '"../../@trunkline/$1/src/')
}

/** Names of parts carry hashes, so those of a build before would stay. @param {string} folder */
function removeScripts(folder) {
  mkdirSync(folder, { recursive: true })
  for (const file of readdirSync(folder)) if (/\.js(\.map)?$/.test(file)) rmSync(join(folder, file))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildCommand(join(PACKAGE, 'dist'))

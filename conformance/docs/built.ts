// Builds the command, the examples and the packages as plain JavaScript, which starts in a fraction of the time. Reads the
// sources, so that no build of the repository is needed; programs in the folder find the packages by their names.

import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { ROOT } from './blocks.ts'
import type { Run } from './commands.ts'

const PROGRAM = 'packages/cli/src/program'
const PACKAGES = ['protocol', 'contract', 'client', 'router', 'testing']

interface EntryPoint {
  readonly in: string
  readonly out: string
}

/**
 * Builds into a folder, which is inside the repository so that other packages are found from there.
 * @param files TypeScript besides the command and the packages, as paths from the root
 * @returns the command
 */
export async function buildInto(folder: string, files: readonly string[] = []): Promise<Run> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: [`${PROGRAM}.ts`, ...files]
      .map((file) => ({ in: file, out: file.replace(/\.ts$/, '') }))
      .concat(PACKAGES.flatMap(doorsOf)),
    outdir: folder,
    bundle: true,
    splitting: true,
    // What the command shares with its parts finds the manifest one folder above, as in the sources.
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    conditions: ['trunkline-source'],
    external: ['@nats-io/*', '@opentelemetry/*', 'commander', 'jiti', 'yaml', 'jose', 'hash-wasm'],
    logLevel: 'silent',
  })
  for (const name of PACKAGES) writeManifest(folder, name)
  // The command reads its version from the manifest above its folder; the programs are ES modules by this one.
  cpSync(join(ROOT, 'packages/cli/package.json'), join(folder, 'packages/cli/package.json'))
  cpSync(join(ROOT, 'packages/cli/package.json'), join(folder, 'package.json'))
  const { run } = (await import(pathToFileURL(join(folder, `${PROGRAM}.js`)).href)) as { run: Run }
  return run
}

/** What a package exports: its entry points, and the source of each. */
function exportsOf(name: string): [door: string, source: string][] {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'packages', name, 'package.json'), 'utf8')) as {
    exports: Record<string, { 'trunkline-source': string }>
  }
  return Object.entries(manifest.exports).map(([door, targets]) => [door, targets['trunkline-source']])
}

function doorsOf(name: string): EntryPoint[] {
  return exportsOf(name).map(([door, source]) => ({ in: join('packages', name, source), out: join(placeOf(name), door, 'index') }))
}

function writeManifest(folder: string, name: string): void {
  const doors = exportsOf(name).map(([door]) => [door, `${door}/index.js`])
  mkdirSync(join(folder, placeOf(name)), { recursive: true })
  writeFileSync(join(folder, placeOf(name), 'package.json'), JSON.stringify({ type: 'module', exports: Object.fromEntries(doors) }))
}

function placeOf(name: string): string {
  return `node_modules/@trunkline/${name}`
}

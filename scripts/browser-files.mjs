// Makes the client in one file, for pages without a bundler: an ES module, and a classic script that sets the global `trunkline`.
// Reads the sources, so that no build is needed. Usage: node scripts/browser-files.mjs, which writes into packages/client/dist.

import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const CLIENT = fileURLToPath(new URL('../packages/client/', import.meta.url))
const DOORS = ['@trunkline/client', '@trunkline/client/auth']

/** @typedef {{ name: string, text: string, integrity: string, octets: number }} BrowserFile */

/** The version of the client. */
export const version = String(JSON.parse(readFileSync(`${CLIENT}package.json`, 'utf8')).version)

/** The files: the same octets from the same sources, on every machine. */
export async function browserFiles() {
  const [asModule, asScript] = await Promise.all([
    browserFile('trunkline.min.js', { format: 'esm' }),
    browserFile('trunkline.global.min.js', { format: 'iife', globalName: 'trunkline' }),
  ])
  return { asModule, asScript }
}

/** @param {string} name @param {import('esbuild').BuildOptions} format @returns {Promise<BrowserFile>} */
async function browserFile(name, format) {
  const { outputFiles } = await build({
    ...format,
    stdin: { contents: DOORS.map((door) => `export * from '${door}'`).join('\n'), resolveDir: CLIENT },
    bundle: true,
    minify: true,
    platform: 'browser',
    target: ['es2022', 'chrome105', 'firefox105', 'safari15.4'],
    conditions: ['browser', 'trunkline-source'],
    banner: { js: `/*! @trunkline/client ${version}, MIT licence */` },
    write: false,
    logLevel: 'warning',
  })
  const text = outputFiles.map((file) => file.text).join('')
  return { name, text, integrity: `sha384-${createHash('sha384').update(text).digest('base64')}`, octets: Buffer.byteLength(text) }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(`${CLIENT}dist`, { recursive: true })
  for (const { name, text } of Object.values(await browserFiles())) writeFileSync(`${CLIENT}dist/${name}`, text)
}

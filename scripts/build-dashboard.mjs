#!/usr/bin/env node
// Builds the dashboard into packages/cli/dist/dashboard: its script bundled from the sources, the parts that few logins need in files of
// their own, the style minified, the rest copied. Checks no types: `npm run check:types` does. With --sizes it prints what a page loads.

import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const from = fileURLToPath(new URL('../packages/cli/src/dashboard/', import.meta.url))
const to = fileURLToPath(new URL('../packages/cli/dist/dashboard/', import.meta.url))

rmSync(to, { recursive: true, force: true })
mkdirSync(to, { recursive: true })
for (const file of ['index.html', 'favicon.svg']) copyFileSync(`${from}${file}`, `${to}${file}`)
await build({
  entryPoints: [
    { in: `${from}main.tsx`, out: 'dashboard' },
    { in: `${from}dashboard.css`, out: 'dashboard' },
  ],
  outdir: to,
  bundle: true,
  splitting: true,
  chunkNames: 'part-[name]-[hash]',
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: ['es2022', 'chrome105', 'firefox105', 'safari15.4'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  conditions: ['trunkline-source'],
  legalComments: 'none',
  logLevel: 'warning',
})
writeFileSync(`${to}licenses.txt`, licenses())
if (process.argv.includes('--sizes')) printSizes()

/** The licences of what is bundled ask to be shipped with it. */
function licenses() {
  const packages = ['preact', '@preact/signals', '@preact/signals-core', 'uplot', 'hash-wasm']
  return packages
    .map((name) => `${name}\n\n${readFileSync(new URL(`../node_modules/${name}/LICENSE`, import.meta.url), 'utf8')}`)
    .join('\n\n')
}

function printSizes() {
  const sizes = readdirSync(to)
    .filter((file) => file !== 'licenses.txt')
    .map((file) => ({ file, octets: gzipSync(readFileSync(`${to}${file}`), { level: 9 }).length }))
  for (const { file, octets } of sizes) console.log(`${String(octets).padStart(7)}  ${file}`)
  console.log(`${String(sizes.reduce((sum, { octets }) => sum + octets, 0)).padStart(7)}  in all, compressed`)
}

#!/usr/bin/env node
// Builds the start page of `trunkline dev`: the script bundled from its sources, the style minified, the rest copied, into
// packages/cli/dist/start-page. Checks no types: `npm run check:types` does.

import { copyFileSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const from = fileURLToPath(new URL('../packages/cli/src/start-page/', import.meta.url))
const to = fileURLToPath(new URL('../packages/cli/dist/start-page/', import.meta.url))

mkdirSync(to, { recursive: true })
for (const file of ['index.html', 'favicon.svg']) copyFileSync(`${from}${file}`, `${to}${file}`)
await build({
  entryPoints: [
    { in: `${from}main.ts`, out: 'start-page' },
    { in: `${from}start-page.css`, out: 'start-page' },
  ],
  outdir: to,
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: ['es2022', 'chrome105', 'firefox105', 'safari15.4'],
  conditions: ['trunkline-source'],
  logLevel: 'warning',
})

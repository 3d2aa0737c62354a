#!/usr/bin/env node
// Plain JavaScript and committed, because npm links no command whose file is missing at install.
import { existsSync } from 'node:fs'

const entry = new URL('../dist/bin.js', import.meta.url)
if (!existsSync(entry)) {
  console.error('trunkline is not built yet: run `npm run build` in the repository first')
  process.exit(2)
}
await import(entry.href)

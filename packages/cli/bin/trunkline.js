#!/usr/bin/env node
// Plain JavaScript and committed, because npm links no command whose file is missing at install. In the repository, where
// nothing is built at install, the first start builds.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const entry = new URL('../dist/bin.js', import.meta.url)
const repository = new URL('../../../', import.meta.url)
if (!existsSync(entry) && existsSync(new URL('tsconfig.base.json', repository))) {
  console.error('trunkline is not built yet; building it once')
  // Its words go to stderr: stdout belongs to the command.
  spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: fileURLToPath(repository),
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
}
if (!existsSync(entry)) {
  console.error('trunkline is not built: run `npm run build` in the repository first')
  process.exit(2)
}
await import(entry.href)

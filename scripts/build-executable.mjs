#!/usr/bin/env node
// Makes the single executable: the Node that runs this, with the command and the files that it serves inside (docs/adr/0051-single-executable.md).
// Usage: node scripts/build-executable.mjs [FILE], by default .cache/executable/trunkline. Needs a built tree.

import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { FOR_NODE } from './build-command.mjs'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const PACKAGE = join(ROOT, 'packages/cli/')
const FOLDER = join(ROOT, '.cache/executable')
const DASHBOARD = 'dist/dashboard/'
/** Where Node looks for what is inside of it. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

const target = resolve(process.argv[2] ?? join(FOLDER, 'trunkline'))
mkdirSync(FOLDER, { recursive: true })
await bundle()
writeFileSync(join(FOLDER, 'sea.json'), JSON.stringify(description()))
run('--experimental-sea-config', join(FOLDER, 'sea.json'))
mkdirSync(dirname(target), { recursive: true })
copyFileSync(process.execPath, target)
chmodSync(target, 0o755)
const postject = createRequire(import.meta.url).resolve('postject/dist/cli.js')
run(postject, target, 'NODE_SEA_BLOB', join(FOLDER, 'sea.blob'), '--sentinel-fuse', FUSE)
console.log(target)

/** Runs Node; what it prints matters only if it fails. @param {string[]} words */
function run(...words) {
  execFileSync(process.execPath, words, { stdio: 'pipe' })
}

/** Node 20 takes one script of CommonJS. Only what runs TypeScript stays outside. */
async function bundle() {
  await build({
    ...FOR_NODE,
    format: 'cjs',
    entryPoints: [join(PACKAGE, 'src/bin.ts'), join(PACKAGE, 'src/config/load-worker.ts')],
    entryNames: '[name]',
    outExtension: { '.js': '.cjs' },
    outdir: FOLDER,
    external: ['jiti'],
    define: { 'import.meta.url': 'here' },
    banner: { js: "const here = require('node:url').pathToFileURL(process.execPath).href" },
  })
}

function description() {
  const names = readdirSync(join(PACKAGE, DASHBOARD))
  writeFileSync(join(FOLDER, 'names.json'), JSON.stringify({ [DASHBOARD]: names }))
  const files = ['package.json', 'admin.contract.json', ...names.map((name) => DASHBOARD + name)]
  return {
    main: join(FOLDER, 'bin.cjs'),
    output: join(FOLDER, 'sea.blob'),
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    assets: {
      'names.json': join(FOLDER, 'names.json'),
      'load-worker.cjs': join(FOLDER, 'load-worker.cjs'),
      ...Object.fromEntries(files.map((file) => [file, join(PACKAGE, file)])),
    },
  }
}

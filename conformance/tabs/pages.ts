// Makes the scripts of a page and of its worker from the guide.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build as bundle } from 'esbuild'
import { fencedBlocks, ROOT } from '../docs/blocks.ts'

const GUIDE = 'docs/guide/browsers.md'

/**
 * The scripts by path, without `.js`.
 * @param folder for the files of the guide
 * @param port of the router, in place of 8080
 */
export async function scriptsOf(folder: string, port: string): Promise<ReadonlyMap<string, string>> {
  mkdirSync(folder, { recursive: true })
  for (const file of ['wamp-worker.js', 'wamp.js']) {
    const block = fencedBlocks(GUIDE).find(({ code }) => code.startsWith(`// ${file}`))
    if (block === undefined) throw new Error(`${GUIDE} has no ${file}`)
    writeFileSync(join(folder, file), block.code.replace(':8080/', `:${port}/`))
  }
  const page = `
import { client, shared } from './wamp.js'
import { startTab } from ${JSON.stringify(join(ROOT, 'conformance/tabs/tab.ts'))}
startTab(new URLSearchParams(location.search).get('name'), client, shared)
`
  writeFileSync(join(folder, 'page.ts'), page)
  const [worker, tab] = await Promise.all(['wamp-worker.js', 'page.ts'].map((file) => bundled(join(folder, file))))
  return new Map([
    ['/wamp-worker', worker ?? ''],
    ['/page', tab ?? ''],
  ])
}

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await bundle({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    conditions: ['browser', 'trunkline-source'],
    logLevel: 'warning',
  })
  return outputFiles[0]?.text ?? ''
}

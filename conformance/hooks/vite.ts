// Serves the components of docs/guide/pages.md by Vite, with all the files that the guide prints, as its reader does.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServer, defaultClientConditions } from 'vite'
import type { Block } from '../docs/blocks.ts'
import { fencedBlocks } from '../docs/blocks.ts'

const GUIDE = 'docs/guide/pages.md'

/** What is served, until it is closed. */
export interface Served {
  readonly url: string
  close(): Promise<void>
}

/**
 * @param language of the component: the extension of its file
 * @param folder for the files of the guide
 * @param port of the router, in place of 8080
 */
export async function servedByVite(language: string, folder: string, port: string): Promise<Served> {
  const blocks = fencedBlocks(GUIDE)
  const begin = blocks.findIndex(({ code }) => nameOf(code) === `app.${language}`)
  const main = language === 'tsx' ? 'main.tsx' : 'main.js'
  mkdirSync(folder, { recursive: true })
  const write = (block: Block | undefined): void => {
    if (block === undefined) throw new Error(`${GUIDE} lacks a file of app.${language}`)
    // `index.html` is printed once, for the entry of React.
    writeFileSync(join(folder, nameOf(block.code)), block.code.replace(':8080/', `:${port}/`).replace('main.tsx', main))
  }
  for (const name of ['shop.js', 'index.html', `app.${language}`]) write(blocks.find(({ code }) => nameOf(code) === name))
  // Those of React stand before its component, those of the others after theirs.
  write(blocks.find(({ code }, i) => nameOf(code) === main && (language === 'tsx' || i > begin)))
  if (language !== 'tsx') write(blocks.find(({ code }, i) => nameOf(code) === 'vite.config.js' && i > begin))
  const server = await createServer({
    root: folder,
    logLevel: 'warn',
    cacheDir: join(folder, '.vite'),
    resolve: { conditions: ['trunkline-source', ...defaultClientConditions] },
    server: { host: '127.0.0.1', port: 0 },
  })
  await server.listen()
  const [url] = server.resolvedUrls?.local ?? []
  if (url === undefined) throw new Error('Vite has no address')
  return { url, close: () => server.close() }
}

/** The name of the file in the first line of a block. */
function nameOf(code: string): string {
  return /^(?:\/\/|<!--) (\S+)/.exec(code)?.[1] ?? ''
}

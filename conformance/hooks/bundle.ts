// Makes pages of the components in docs/guide/pages.md, each with the framework that it is written for.

import { mkdirSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import { build as bundle } from 'esbuild'
import { compile, compileModule } from 'svelte/compiler'
import { compileScript, parse } from 'vue/compiler-sfc'
import type { Block } from '../docs/blocks.ts'
import { fencedBlocks, ROOT } from '../docs/blocks.ts'

/** A framework, and how its component comes into a page. */
interface Framework {
  /** The language of its block in the guide, which is the extension of its file. */
  readonly language: string
  readonly entry: string
}

export const FRAMEWORKS: Readonly<Record<string, Framework>> = {
  React: {
    language: 'tsx',
    entry: `
import { createElement, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
createRoot(document.body).render(createElement(StrictMode, null, createElement(App)))
`,
  },
  Vue: {
    language: 'vue',
    entry: `
import { createApp } from 'vue'
import App from './app.vue'
createApp(App).mount(document.body)
`,
  },
  Svelte: {
    language: 'svelte',
    entry: `
import { mount } from 'svelte'
import App from './app.svelte'
mount(App, { target: document.body })
`,
  },
}

/**
 * The script of a page with the component of the guide.
 * @param folder for the files of the guide
 * @param port of the router, in place of 8080
 */
export async function scriptOf({ language, entry }: Framework, folder: string, port: string): Promise<string> {
  const blocks = fencedBlocks('docs/guide/pages.md')
  const shop = blockOf(blocks, (block) => block.code.startsWith('// shop.js'))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'shop.js'), shop.code.replace(':8080/', `:${port}/`))
  writeFileSync(
    join(folder, `app.${language}`),
    blockOf(blocks, ({ code }) => code.split('\n', 1)[0]?.includes(`app.${language}`) === true).code,
  )
  writeFileSync(join(folder, 'entry.ts'), entry)
  const { outputFiles } = await bundle({
    absWorkingDir: ROOT,
    entryPoints: [join(folder, 'entry.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    conditions: ['browser', 'trunkline-source'],
    define: {
      'process.env.NODE_ENV': '"development"',
      __VUE_OPTIONS_API__: 'false',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    },
    plugins: [vue, svelte],
    logLevel: 'warning',
  })
  return outputFiles[0]?.text ?? ''
}

function blockOf(blocks: readonly Block[], is: (block: Block) => boolean): Block {
  const found = blocks.find(is)
  if (found === undefined) throw new Error('docs/guide/pages.md has no such block')
  return found
}

const vue: Plugin = {
  name: 'vue',
  setup(build) {
    build.onLoad({ filter: /\.vue$/ }, async ({ path }) => {
      const { descriptor, errors } = parse(await textOf(path))
      if (errors[0] !== undefined) throw errors[0]
      return { contents: compileScript(descriptor, { id: 'app', inlineTemplate: true }).content, loader: 'ts' }
    })
  },
}

const svelte: Plugin = {
  name: 'svelte',
  setup(build) {
    build.onLoad({ filter: /\.svelte$/ }, async ({ path }) => ({
      contents: compile(await textOf(path), { generate: 'client', dev: true, filename: path }).js.code,
    }))
    build.onLoad({ filter: /\.svelte\.js$/ }, async ({ path }) => ({
      contents: compileModule(await textOf(path), { filename: path }).js.code,
    }))
  },
}

function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8')
}

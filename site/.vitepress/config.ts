// The site made of docs/. Nothing in it comes from a server other than the one that serves it: search runs in the page.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vitepress'
import { defineConfig } from 'vitepress'
import { sidebarOf } from '../contents.ts'
import { githubAnchor, linkRepository } from '../markdown.ts'

const docs = fileURLToPath(new URL('../../docs', import.meta.url))
const { homepage, version } = JSON.parse(readFileSync(new URL('../../packages/cli/package.json', import.meta.url), 'utf8')) as {
  homepage: string
  version: string
}
const [repository = ''] = homepage.split('#')
const icon = readFileSync(new URL('../../packages/cli/src/dashboard/favicon.svg', import.meta.url), 'base64')

/** Long tables, which would fill the results of a search with rows. */
const NOT_SEARCHED = /^(conformance|adr\/.*|reference\/threats)\.md$/

/** What search finds of a page. A hit in the reference is a name, not one of its parameters. */
function searched(source: string, path: string): string {
  if (NOT_SEARCHED.test(path)) return ''
  return path.startsWith('api/') ? source.replaceAll(/^###+ (.*)$/gm, '**$1**') : source
}

/** The pages lie beside this package; what they become imports Vue, which is found from here. */
const vueOfThisPackage: Plugin = {
  name: 'vue-of-this-package',
  enforce: 'pre',
  resolveId(source, importer, options) {
    if (!/^vue(?:$|\/)/.test(source)) return undefined
    if (options.ssr === true) return { id: source, external: true }
    if (importer?.startsWith(docs) !== true) return undefined
    return this.resolve(source, fileURLToPath(import.meta.url), { ...options, skipSelf: true })
  },
}

export default defineConfig({
  title: 'Trunkline',
  description: 'A WAMP v2 router, client and command line in TypeScript',
  lang: 'en',
  head: [['link', { rel: 'icon', href: `data:image/svg+xml;base64,${icon}` }]],
  srcDir: '../docs',
  outDir: '../.cache/site',
  cacheDir: '../.cache/vitepress',
  rewrites: { 'README.md': 'index.md', 'adr/README.md': 'adr/index.md' },
  vite: { plugins: [vueOfThisPackage] },
  markdown: {
    anchor: { slugify: githubAnchor },
    config: (md) => linkRepository(md, docs, repository),
  },
  transformPageData: ({ relativePath }) =>
    relativePath.startsWith('api/') ? { frontmatter: { outline: 2, pageClass: 'reference' } } : undefined,
  themeConfig: {
    nav: [
      { text: version, link: `${repository}/blob/main/CHANGELOG.md` },
      { text: 'Repository', link: repository },
    ],
    sidebar: sidebarOf(docs, 'README.md', 'api/index.md'),
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        // The guides before the reference.
        miniSearch: { searchOptions: { boostDocument: (page: string) => (page.includes('/api/') ? 0.4 : 1) } },
        _render: (source, env, md) => md.render(searched(source, env.relativePath), env),
      },
    },
  },
})

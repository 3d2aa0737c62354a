// What the site does to the Markdown of docs/, which is written for GitHub: the same anchors, and links to files that are
// not pages lead to the repository.

import { dirname, join, relative } from 'node:path'
import type { MarkdownOptions } from 'vitepress'

type Renderer = Parameters<NonNullable<MarkdownOptions['config']>>[0]

/** The anchor that GitHub makes of a heading. */
export function githubAnchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
}

/** Links out of the folder of pages lead to that file in the repository; a README.md is the page of its folder. */
export function linkRepository(md: Renderer, pages: string, repository: string): void {
  md.core.ruler.push('link_repository', ({ tokens, env }: { tokens: MarkdownToken[]; env: { path: string; realPath?: string } }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.attrGet('href')
      if (token.type !== 'link_open' || href === null || /^[a-z]+:|^[/#]/.test(href)) continue
      const place = relative(pages, join(dirname(env.realPath ?? env.path), href))
      token.attrSet('href', href.replace(/README\.md$/, 'index.md'))
      if (place.startsWith('..')) token.attrSet('href', `${repository}/blob/main/${place.slice('../'.length)}`)
    }
  })
}

interface MarkdownToken {
  readonly type: string
  readonly children: MarkdownToken[] | null
  attrGet(name: string): string | null
  attrSet(name: string, value: string): void
}

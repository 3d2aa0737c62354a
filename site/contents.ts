// The order of the pages: the headings and links of docs/README.md, as the sidebar shows them.

import { readFileSync } from 'node:fs'

const HEADING = /^## (.+)$/
const LINK = /^- \[([^\]]+)\]\(([^)]+)\)/

/** Pages under one heading, as the sidebar takes them. */
interface Group {
  readonly text: string
  readonly items: { readonly text: string; readonly link: string }[]
}

/** The sidebar that a table of contents in Markdown describes: `## group`, below it `- [page](path.md)`. */
export function sidebarOf(file: string): Group[] {
  const groups: Group[] = []
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [, group] = HEADING.exec(line) ?? []
    if (group !== undefined) groups.push({ text: group, items: [] })
    const [, text, link] = LINK.exec(line) ?? []
    if (text !== undefined && link !== undefined) groups.at(-1)?.items.push({ text, link: `/${link.replace('README.md', '')}` })
  }
  return groups
}

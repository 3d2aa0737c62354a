// The order of the pages: the headings and links of docs/README.md and of the reference, as the sidebar shows them.

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const HEADING = /^## (.+)$/
const LINK = /^- \[([^\]]+)\]\(([^)]+)\)/

/** Pages under one heading, as the sidebar takes them. */
interface Group {
  readonly text: string
  readonly items: { readonly text: string; readonly link: string }[]
}

/** The sidebar that tables of contents in Markdown describe: `## group`, below it `- [page](path.md)`. */
export function sidebarOf(pages: string, ...contents: readonly string[]): Group[] {
  return contents.flatMap((file) => groupsOf(readFileSync(join(pages, file), 'utf8'), `/${dirname(file)}`))
}

function groupsOf(contents: string, folder: string): Group[] {
  const groups: Group[] = []
  for (const line of contents.split('\n')) {
    const [, group] = HEADING.exec(line) ?? []
    if (group !== undefined) groups.push({ text: group, items: [] })
    const [, text, link] = LINK.exec(line) ?? []
    if (text !== undefined && link !== undefined)
      groups.at(-1)?.items.push({ text, link: join(folder, link.replace(/(?:README|index)\.md$/, '')) })
  }
  return groups
}

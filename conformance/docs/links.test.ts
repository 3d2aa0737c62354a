// Shows that the links between the documents lead somewhere.

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { filesBelow, ROOT } from './blocks.ts'

const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g

/** The text of a document without its code. */
function proseOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
    .replaceAll(/^```[\s\S]*?^```$/gm, '')
    .replaceAll(/`[^`\n]*`/g, 'x')
}

/** The anchors that GitHub makes of a document's headings. */
function anchorsOf(file: string): string[] {
  const headings =
    readFileSync(join(ROOT, file), 'utf8')
      .replaceAll(/^```[\s\S]*?^```$/gm, '')
      .match(/^#+ .*$/gm) ?? []
  return headings.map((heading) =>
    heading
      .replace(/^#+ /, '')
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

/** What is wrong with a link; undefined when it leads somewhere. */
function fault(file: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? file : join(dirname(file), path)
  if (!existsSync(join(ROOT, target))) return `${file}: ${link} is not there`
  if (anchor !== undefined && !anchorsOf(target).includes(anchor)) return `${file}: ${link} names no heading`
  return undefined
}

describe('the documents', () => {
  it('link to files and headings that are there', () => {
    const faults = filesBelow('', '.md').flatMap((file) =>
      [...proseOf(file).matchAll(LINK)]
        .map(([, link]) => link ?? '')
        .filter((link) => !/^[a-z]+:/.test(link))
        .flatMap((link) => fault(file, link) ?? []),
    )
    expect(faults).toEqual([])
  })

  it('are all in the contents, of which the site makes its sidebar', () => {
    const contents = [...proseOf('docs/README.md').matchAll(LINK)].map(([, link]) => `docs/${link}`)
    const pages = filesBelow('docs', '.md').filter((file) => file !== 'docs/README.md' && !/^docs\/adr\/\d/.test(file))
    expect(contents.filter((link) => link.endsWith('.md')).toSorted()).toEqual(pages.toSorted())
  })
})

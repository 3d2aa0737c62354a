// Shows that the tests which docs/reference/threats.md names are there.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from './blocks.ts'

const FILE = /`((?:packages|conformance)\/[^`]+)`/
const TITLE = /"([^"]+)"/g

/** The files of a cell with the titles behind each. */
function namedIn(row: string): { file: string; titles: string[] }[] {
  const cell = row.split(' | ').at(-1) ?? ''
  return cell.split('<br>').map((part) => ({
    file: FILE.exec(part)?.[1] ?? '',
    titles: [...part.matchAll(TITLE)].map(([, title = '']) => title),
  }))
}

describe('docs/reference/threats.md', () => {
  const page = readFileSync(join(ROOT, 'docs/reference/threats.md'), 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| threat'))

  it('names for each threat tests that are there', () => {
    expect(rows.length).toBeGreaterThan(40)
    const missing = rows.flatMap(namedIn).flatMap(({ file, titles }) => {
      const text = readFileSync(join(ROOT, file), 'utf8')
      return titles.filter((title) => !text.includes(title)).map((title) => `${file}: ${title}`)
    })
    expect(missing).toEqual([])
  })
})

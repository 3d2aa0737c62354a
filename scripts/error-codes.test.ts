import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const CODE = /\bTL_[A-Z_]+\b/g

/** All codes in a text. */
function codesIn(text: string): string[] {
  return text.match(CODE) ?? []
}

function sourcesBelow(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts')).map((file) => join(folder, file))
}

it('the page of error codes lists exactly the codes in the sources', () => {
  const sources = ['protocol', 'contract', 'client', 'router', 'testing', 'cli'].flatMap((name) => sourcesBelow(`packages/${name}/src`))
  const used = new Set(sources.flatMap((file) => codesIn(readFileSync(file, 'utf8'))))
  const rows = readFileSync('docs/reference/error-codes.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `TL_'))
  expect(rows.map((row) => codesIn(row)[0]).toSorted()).toEqual([...used].toSorted())
})

// Reads docs/protocol-tables.md, for the tests that check its cells. Judges nothing.

import { readFileSync } from 'node:fs'

export interface ProtocolTable {
  readonly columns: readonly string[]
  readonly rows: readonly { readonly name: string; readonly cells: readonly string[] }[]
}

/** The table under a heading: its columns, and its rows with the cells by column. */
export function readTable(heading: string): ProtocolTable {
  const page = readFileSync(new URL('../../../docs/protocol-tables.md', import.meta.url), 'utf8')
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const lines = section.split('\n').filter((line) => line.startsWith('|'))
  const [head = [], , ...body] = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  return { columns: head.slice(1), rows: body.map(([name = '', ...cells]) => ({ name, cells })) }
}

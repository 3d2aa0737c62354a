// docs/reference/interop.md, whose sections several commands write. Leaves the other sections as they are.

import { readFile, writeFile } from 'node:fs/promises'

const PAGE = new URL('../../../docs/reference/interop.md', import.meta.url)

/** Replaces the text between the two marks of a section. */
export async function writeSection(name: string, text: string): Promise<void> {
  const page = await readFile(PAGE, 'utf8')
  const [begin, end] = [`<!-- ${name} begins -->\n`, `<!-- ${name} ends -->\n`]
  const [before, rest = ''] = page.split(begin)
  const after = rest.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`${PAGE.pathname} has no section ${name}`)
  await writeFile(PAGE, `${before}${begin}\n${text}\n${end}${after}`)
}

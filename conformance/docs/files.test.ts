// Shows that a file of the examples that a guide prints is printed as it is.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fencedBlocks, ROOT } from './blocks.ts'

const FOLDER = join(ROOT, 'examples/deploy')

it('prints the files for proxies whole', () => {
  const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''
  const files = new Map(
    readdirSync(FOLDER).map((name) => {
      const text = readFileSync(join(FOLDER, name), 'utf8')
      return [firstLine(text), { name, text }]
    }),
  )
  const printed = fencedBlocks('docs/guide/deploying.md').flatMap(({ code }) => {
    const file = files.get(firstLine(code))
    return file === undefined ? [] : [{ ...file, code }]
  })
  expect(printed.map(({ name }) => name)).toEqual(['behind-proxy.yaml', 'haproxy.cfg', 'nginx.conf'])
  for (const { text, code } of printed) expect(`${code.trimEnd()}\n`).toBe(text)
})

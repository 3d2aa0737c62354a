// Shows that what is published carries what people look for in a package: readme, licence, and where it comes from.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from './blocks.ts'

const folders = readdirSync(join(ROOT, 'packages'))
const published = folders.filter((folder) => manifestOf(folder)['private'] !== true)

function manifestOf(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(ROOT, 'packages', folder, 'package.json'), 'utf8')) as Record<string, unknown>
}

describe('the dashboard of the router', () => {
  it('links to the documentation in the repository that the packages name', () => {
    const [, link = ''] =
      /href="([^"]+)">Documentation</.exec(readFileSync(join(ROOT, 'packages/cli/src/dashboard/pages/demo/demo-code.tsx'), 'utf8')) ?? []
    const [repository, page = ''] = link.split('/blob/main/')
    expect(repository).toBe(String(manifestOf('cli')['homepage']).split('#')[0])
    expect(existsSync(join(ROOT, page))).toBe(true)
  })
})

describe('a published package', () => {
  it.each(published)('%s has a readme, the licence, and says where it comes from', (folder) => {
    const { name, homepage, repository } = manifestOf(folder)
    const read = (file: string): string => readFileSync(join(ROOT, 'packages', folder, file), 'utf8')
    expect(read('README.md').startsWith(`# ${String(name)}\n`)).toBe(true)
    expect(read('LICENSE')).toBe(readFileSync(join(ROOT, 'LICENSE'), 'utf8'))
    expect(homepage).toMatch(/^https:/)
    expect(repository).toMatchObject({ type: 'git', directory: `packages/${folder}` })
  })
})

describe('the todo list of the examples', () => {
  it('is at most 250 lines of code: contract, services, page and the caller in Python', () => {
    const files = ['.', 'page'].flatMap((folder) =>
      readdirSync(join(ROOT, 'examples/todo', folder))
        .filter((file) => /\.(ts|tsx|html|py)$/.test(file))
        .map((file) => join(ROOT, 'examples/todo', folder, file)),
    )
    const lines = files.flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    const code = lines.filter((line) => !/^\s*($|\/\/|\/?\*|#)/.test(line))
    expect(files.length).toBeGreaterThan(6)
    expect(code.length).toBeLessThanOrEqual(250)
  })
})

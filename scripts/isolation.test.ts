import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const MOCKING = /\bvi\.(?:mock|doMock|resetModules)\(/

it('a test that mocks modules says so in its name, since others share the modules of their process', () => {
  const tests = ['packages', 'conformance', 'scripts', 'bench'].flatMap(testsBelow)
  const unnamed = tests.filter((file) => !file.endsWith('.isolated.test.ts') && MOCKING.test(readFileSync(file, 'utf8')))
  expect(tests.length).toBeGreaterThan(100)
  expect(unnamed).toEqual([])
})

function testsBelow(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files.filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules')).map((file) => join(folder, file))
}

// Shows that a pid file belongs to the process that wrote it last.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '@trunkline/client'
import { afterAll, expect, it } from 'vitest'
import { writePidFile } from './pid-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-pid-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('is taken away by who wrote it', () => {
  const file = join(folder, 'a.pid')
  const remove = writePidFile(file)
  expect(readFileSync(file, 'utf8')).toBe(`${process.pid}\n`)
  remove()
  expect(existsSync(file)).toBe(false)
  remove()
})

it('is left alone when another process has put its own there', () => {
  const file = join(folder, 'b.pid')
  const remove = writePidFile(file)
  writeFileSync(file, '1\n')
  remove()
  expect(readFileSync(file, 'utf8')).toBe('1\n')
})

it('cannot be written where there is no folder', () => {
  expect(() => writePidFile(join(folder, 'none', 'c.pid'))).toThrow(UsageError)
})

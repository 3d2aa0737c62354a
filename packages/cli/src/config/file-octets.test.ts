// Shows that what a configuration is read from may be of any kind of file, and has an end.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { References } from './references.ts'
import { fileOctets } from './file-octets.ts'
import { readSource } from './source.ts'
import { afterAll, describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-octets-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('a file that a configuration is read from', () => {
  it.runIf(process.platform !== 'win32')('is read whole, be it an ordinary one or a pipe', () => {
    const file = join(folder, 'plain')
    writeFileSync(file, 'x'.repeat(200_000))
    expect(fileOctets(file).length).toBe(200_000)
    const pipe = join(folder, 'pipe')
    execFileSync('sh', ['-c', `mkfifo ${pipe}; cat ${file} > ${pipe} &`], { stdio: 'ignore' })
    expect(fileOctets(pipe).equals(fileOctets(file))).toBe(true)
  })

  it.runIf(process.platform === 'linux')('is refused when it has no end, in place of filling the memory', async () => {
    expect(() => fileOctets('/dev/zero')).toThrow('not a regular file')
    await expect(readSource('/dev/zero')).rejects.toThrow('cannot read the configuration /dev/zero: EFBIG')
    expect(new References(folder, {}).read('/dev/zero')).toEqual({
      fault: expect.stringContaining('cannot read this file (EFBIG)') as unknown,
    })
  })

  it('is refused when it is a folder', () => {
    expect(() => fileOctets(folder)).toThrow('EISDIR')
  })
})

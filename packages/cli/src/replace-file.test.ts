// Shows that a file is replaced as a whole, keeps what it was, and that a change that fails leaves nothing behind.

import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { replaceFile } from './replace-file.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-'))
  file = join(folder, 'users.jsonl')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('replaceFile', () => {
  it('makes a file with a mode, and keeps the mode of one that is there', async () => {
    await replaceFile(file, (text) => `${text}one\n`, { mode: 0o600 })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    chmodSync(file, 0o644)
    await replaceFile(file, (text) => `${text}two\n`, { mode: 0o600 })
    expect(statSync(file).mode & 0o777).toBe(0o644)
    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n')
    expect(readdirSync(folder)).toEqual(['users.jsonl'])
  })

  it('keeps a symbolic link and changes the file behind it', async () => {
    const target = join(folder, 'target')
    writeFileSync(target, 'a')
    symlinkSync(target, file)
    await replaceFile(file, () => 'b', { mode: 0o600 })
    expect([readlinkSync(file), readFileSync(target, 'utf8')]).toEqual([target, 'b'])
  })

  it('leaves the file as it was when the change fails', async () => {
    writeFileSync(file, 'a')
    const failing = replaceFile(
      file,
      () => {
        throw new RangeError('no')
      },
      { mode: 0o600 },
    )
    await expect(failing).rejects.toThrow(RangeError)
    expect([readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual(['a', ['users.jsonl']])
  })

  it('loses none of many changes at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => replaceFile(file, (text) => `${text}x`, { mode: 0o600 })))
    expect(readFileSync(file, 'utf8')).toBe('x'.repeat(20))
  })

  it('names the lock that another change has left', async () => {
    writeFileSync(`${file}.lock`, '')
    await expect(replaceFile(file, () => '', { mode: 0o600, patienceMs: 0 })).rejects.toThrow(`remove ${file}.lock`)
    expect(readdirSync(folder)).toEqual(['users.jsonl.lock'])
  })
})

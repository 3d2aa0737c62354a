// Shows that what a command prints is written, or is an error.

import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { OutputError, PrintedOutput } from './printed-output.ts'

function outputThatFailsWith(code: string): { output: PrintedOutput; isUnread: () => boolean } {
  let isUnread = false
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(`${code}: no`), { code })) })
  return { output: new PrintedOutput(stream, () => (isUnread = true)), isUnread: () => isUnread }
}

describe('what a command prints', () => {
  it('that cannot be written is an error, and the command learns that it prints in vain', async () => {
    const { output, isUnread } = outputThatFailsWith('ENOSPC')
    output.print('5\n')
    await expect(output.printed()).rejects.toThrow(new OutputError('cannot write to stdout: ENOSPC: no'))
    expect(isUnread()).toBe(true)
  })

  it('to a reader that went away is no error', async () => {
    const { output, isUnread } = outputThatFailsWith('EPIPE')
    output.print('5\n')
    await output.printed()
    expect(isUnread()).toBe(true)
  })

  it('is waited for', async () => {
    let written = ''
    const stream = new Writable({
      write(chunk, _encoding, done) {
        setImmediate(() => {
          written += String(chunk)
          done()
        })
      },
    })
    const output = new PrintedOutput(stream, () => {})
    output.print('5\n')
    await output.printed()
    expect(written).toBe('5\n')
  })
})

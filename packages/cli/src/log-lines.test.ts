// Shows what becomes of a log whose disk is full, whose reader stands still, or that comes back.

import { Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LogLines } from './log-lines.ts'

/** A stream that takes, refuses or holds what it is given, and is never ended by an error, as process.stdout. */
class Disk extends Writable {
  written = ''
  state: 'takes' | 'is full' | 'stands still' = 'takes'
  #held: (() => void) | undefined

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (this.state === 'stands still') this.#held = () => this._write(chunk, 'utf8', done)
    else if (this.state === 'is full') done(new Error('ENOSPC'))
    else {
      this.written += String(chunk)
      done()
    }
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    done(error)
    ;(this as unknown as { _undestroy(): void })._undestroy()
  }

  goOn(): void {
    this.state = 'takes'
    this.#held?.()
  }
}

const lost = (lines: number): string => `lost ${lines}\n`

describe('lines of a log', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
  afterEach(() => vi.useRealTimers())

  async function logOn(disk: Disk): Promise<LogLines> {
    disk.on('error', () => {})
    const lines = new LogLines(disk, lost)
    lines.write('first\n')
    await settled()
    return lines
  }

  const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

  it('are dropped while the disk is full, counted, and told when it takes lines again, also without another line', async () => {
    const disk = new Disk()
    const lines = await logOn(disk)
    disk.state = 'is full'
    for (const line of ['second\n', 'third\n', 'fourth\n']) {
      lines.write(line)
      await settled()
    }
    await vi.advanceTimersByTimeAsync(1_000)
    await settled()
    expect(disk.written).toBe('first\n')
    disk.state = 'takes'
    await vi.advanceTimersByTimeAsync(1_000)
    await settled()
    lines.write('fifth\n')
    expect(disk.written).toBe('first\n\nlost 3\nfifth\n')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('wait for a reader that stands still up to a bound, and are told as soon as it reads', async () => {
    const disk = new Disk()
    const lines = await logOn(disk)
    disk.state = 'stands still'
    const line = `${'x'.repeat(999)}\n`
    for (let i = 0; i < 100; i++) lines.write(line)
    expect(disk.writableLength).toBeLessThanOrEqual(65_536)
    disk.goOn()
    await settled()
    await settled()
    expect(disk.written).toBe(`first\n${line.repeat(65)}lost 35\n`)
  })
})

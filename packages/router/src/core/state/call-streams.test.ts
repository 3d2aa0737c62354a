// Shows how many request ids of progressive calls a session keeps, and what an arrival costs.

import { describe, expect, it } from 'vitest'
import { CallStreams } from './call-streams.ts'

/** Open calls, and how often one was looked for. */
class Open extends Map<number, unknown> {
  looks = 0

  override has(request: number): boolean {
    this.looks++
    return super.has(request)
  }
}

describe('the progressive calls of a session', () => {
  it('are forgotten after their end, beyond a thousand, with few looks at each arrival however many stay open before them', () => {
    const [streams, open] = [new CallStreams(), new Open()]
    let request = 0
    const begin = (): void => {
      streams.arrived(++request, open)
      streams.goesOn(request, true)
    }
    for (let i = 0; i < 5_000; i++) {
      begin()
      open.set(request, true)
    }
    let mostLooks = 0
    for (let i = 0; i < 3_000; i++) {
      open.looks = 0
      begin()
      mostLooks = Math.max(mostLooks, open.looks)
      expect(streams.size).toBeLessThan(1_000 + 5_000 + 5_000 / 15)
    }
    expect(mostLooks).toBeLessThanOrEqual(16)
    expect([streams.has(1), streams.has(5_000), streams.has(5_001), streams.has(request)]).toEqual([true, true, false, true])
  })
})

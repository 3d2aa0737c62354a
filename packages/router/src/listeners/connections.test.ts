// The sweep: one timer, only while there are connections.

import { describe, expect, it, vi } from 'vitest'

import { Connections } from './connections.ts'

function makeConnection(): { ticks: number; isDestroyed: boolean; onTick(): void; destroy(): void } {
  return {
    ticks: 0,
    isDestroyed: false,
    onTick() {
      this.ticks += 1
    },
    destroy() {
      this.isDestroyed = true
    },
  }
}

describe('Connections', () => {
  it('counts durations in ticks of a quarter of the shortest, at most a second', () => {
    const quick = new Connections([100, 2_000])
    expect([quick.ticks(100), quick.ticks(2_000), quick.ticks(1), quick.ticks(26)]).toEqual([4, 80, 1, 2])
    const slow = new Connections([30_000, 15_000])
    expect([slow.ticks(15_000), slow.ticks(30_000)]).toEqual([15, 30])
    expect(new Connections([]).ticks(3_000)).toBe(3)
  })

  it('ticks every open connection by one timer, which is there only while it is needed', () => {
    vi.useFakeTimers()
    try {
      const connections = new Connections([400])
      const [one, two] = [makeConnection(), makeConnection()]
      expect(vi.getTimerCount()).toBe(0)
      connections.add(one)
      connections.add(two)
      expect(vi.getTimerCount()).toBe(1)
      vi.advanceTimersByTime(200)
      connections.remove(one)
      vi.advanceTimersByTime(100)
      expect([one.ticks, two.ticks, connections.size]).toEqual([2, 3, 1])
      connections.destroyAll()
      expect([one.isDestroyed, two.isDestroyed]).toEqual([false, true])
      connections.remove(two)
      expect(vi.getTimerCount()).toBe(0)
      connections.add(two)
      vi.advanceTimersByTime(100)
      expect(two.ticks).toBe(4)
      connections.remove(two)
    } finally {
      vi.useRealTimers()
    }
  })
})

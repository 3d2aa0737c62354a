import { describe, expect, it } from 'vitest'
import type { Droppable } from './recently-used.ts'
import { RecentlyUsed } from './recently-used.ts'

describe('what all realms keep to give it again', () => {
  it('takes no more octets than all may: what was used longest ago is dropped, whichever realm has it', () => {
    const all = new RecentlyUsed(100)
    const dropped: string[] = []
    const kept = (name: string): Droppable & { octets: number } => ({ octets: 40, drop: () => void dropped.push(name) })
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(kept) as [Droppable, Droppable & { octets: number }, Droppable, Droppable]
    for (const each of [a, b, a, c]) all.use(each)
    expect([dropped, all.octets]).toEqual([['b'], 80])
    all.forget(c)
    all.use(b)
    b.octets = 70
    all.use(d)
    expect([dropped, all.octets]).toEqual([['b', 'a', 'b'], 40])
  })
})

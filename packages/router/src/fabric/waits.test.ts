// Shows when what was sent counts as known to all nodes.

import { describe, expect, it } from 'vitest'
import { Deadlines } from '../core/index.ts'
import type { NodeLink } from './node-links.ts'
import { Waits } from './waits.ts'

/** A link whose acknowledgement a test gives. */
class TestLink implements NodeLink {
  readonly node: string
  readonly queuedBytes = 0
  readonly #waiting: (() => void)[] = []

  constructor(node: string) {
    this.node = node
  }

  send(): boolean {
    return true
  }

  fault(): void {
    throw new Error('no fault was expected')
  }

  pace(): void {}

  settle(done: () => void): void {
    this.#waiting.push(done)
  }

  acknowledge(): void {
    for (const done of this.#waiting.splice(0)) done()
  }
}

function scene() {
  const deadlines = new Deadlines({ set() {} })
  const late: string[] = []
  const waits = new Waits({ deadlines, now: () => 0, guard: (task) => task(), onLate: () => late.push('late') })
  const [a, b] = [new TestLink('a'), new TestLink('b')]
  const known: string[] = []
  return {
    deadlines,
    late,
    waits,
    a,
    b,
    known,
    wait: (name: string, mostMs?: number) => waits.wait([a, b], () => known.push(name), mostMs),
  }
}

describe('what other nodes are told', () => {
  it('is known when each of them has taken it in', () => {
    const { a, b, known, wait, waits } = scene()
    wait('first')
    a.acknowledge()
    wait('second')
    b.acknowledge()
    expect(known).toEqual(['first'])
    a.acknowledge()
    expect(known).toEqual(['first', 'second'])
    expect(waits.size).toBe(0)
  })

  it('is known at once where there are none', () => {
    const { waits, known } = scene()
    waits.wait([], () => known.push('alone'))
    expect(known).toEqual(['alone'])
  })

  it('is not known before a node that came meanwhile has taken it in', () => {
    const { a, b, known, wait, waits } = scene()
    wait('first')
    const c = new TestLink('c')
    waits.extend(c)
    for (const link of [a, b]) link.acknowledge()
    expect(known).toEqual([])
    c.acknowledge()
    expect(known).toEqual(['first'])
  })

  it('is not known by an older acknowledgement of a node that came again', () => {
    const { a, b, known, wait, waits } = scene()
    wait('first')
    waits.extend(a)
    b.acknowledge()
    expect(known).toEqual([])
    a.acknowledge()
    expect(known).toEqual(['first'])
  })

  it('is answered for after a time limit all the same, once, and that is counted', () => {
    const { a, b, known, wait, deadlines, late } = scene()
    wait('subscribed', 1_000)
    deadlines.run(999)
    expect(known).toEqual([])
    deadlines.run(1_000)
    for (const link of [a, b]) link.acknowledge()
    expect([known, late, deadlines.size]).toEqual([['subscribed'], ['late'], 0])
  })

  it('keeps no time limit once it is known', () => {
    const { a, b, known, wait, deadlines, late } = scene()
    wait('subscribed', 1_000)
    for (const link of [a, b]) link.acknowledge()
    deadlines.run(2_000)
    expect([known, late, deadlines.size]).toEqual([['subscribed'], [], 0])
  })
})

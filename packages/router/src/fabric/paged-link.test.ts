// Shows that the state of a node goes out page by page, and what waits for it.

import { describe, expect, it } from 'vitest'
import type { Frame } from './frames.ts'
import type { NodeLink } from './node-links.ts'
import type { FrameGroup } from './paged-link.ts'
import { PagedLink } from './paged-link.ts'

/** A link whose acknowledgements a test gives. */
class TestLink implements NodeLink {
  readonly node = 'b'
  readonly sent: number[] = []
  queuedBytes = 0
  isFull = false
  #waiting: (() => void)[] = []

  send(frame: Frame): boolean {
    if (!this.isFull) this.sent.push(frame.realm)
    return !this.isFull
  }

  pace(): void {}

  settle(done: () => void): void {
    this.#waiting.push(done)
  }

  fault(): void {}

  acknowledge(): void {
    for (const done of this.#waiting.splice(0)) done()
  }
}

/** One frame for each number, as many in a group as asked for. */
function* numbered(from: number, to: number, groupOf = 1): Generator<FrameGroup> {
  for (let i = from; i < to; i += groupOf) yield Array.from({ length: groupOf }, (_, k) => ({ type: 'synced', realm: i + k }))
}

const upTo = (end: number): number[] => Array.from({ length: end }, (_, i) => i)

function scene() {
  const link = new TestLink()
  const paged = new PagedLink(link)
  const settled: string[] = []
  return { link, paged, settled, settle: (name: string) => paged.settle(() => settled.push(name)) }
}

describe('a state', () => {
  it('of few frames goes out at once', () => {
    const { link, paged } = scene()
    paged.tell(numbered(0, 10))
    expect(link.sent).toEqual(upTo(10))
  })

  it('of many frames goes out page by page, the next one when the last was taken in', () => {
    const { link, paged } = scene()
    paged.tell(numbered(0, 2_500))
    expect(link.sent).toHaveLength(1_000)
    link.acknowledge()
    expect(link.sent).toHaveLength(2_000)
    link.acknowledge()
    expect(link.sent).toEqual(upTo(2_500))
  })

  it('follows the state before it, and what happens meanwhile overtakes both', () => {
    const { link, paged } = scene()
    paged.tell(numbered(0, 1_500))
    paged.tell(numbered(1_500, 1_600))
    paged.send({ type: 'synced', realm: -1 })
    link.acknowledge()
    expect(link.sent).toEqual([...upTo(1_000), -1, ...upTo(1_600).slice(1_000)])
  })

  it('is never cut within a group', () => {
    const { link, paged } = scene()
    paged.tell(numbered(0, 3_000, 1_500))
    expect(link.sent).toHaveLength(1_500)
  })

  it('is made as it is sent', () => {
    const { link, paged } = scene()
    const sessions = new Set(upTo(1_500))
    paged.tell(
      (function* () {
        for (const realm of sessions) yield [{ type: 'synced' as const, realm }]
      })(),
    )
    sessions.delete(1_200)
    link.acknowledge()
    expect(link.sent).not.toContain(1_200)
  })

  it('waits while much is queued, and sends again what had no room', () => {
    const { link, paged } = scene()
    link.queuedBytes = 60 << 20
    link.isFull = true
    paged.tell(numbered(0, 3, 3))
    expect(link.sent).toEqual([])
    link.isFull = false
    link.queuedBytes = 0
    link.acknowledge()
    expect(link.sent).toEqual([0, 1, 2])
  })

  it('goes on behind what is refused although there is room: it cannot be written', () => {
    const { link, paged, settled, settle } = scene()
    link.isFull = true
    paged.tell(numbered(0, 3))
    paged.known()
    settle('all')
    link.acknowledge()
    expect([link.sent, settled]).toEqual([[], ['all']])
  })

  it('ends with the link', () => {
    const { link, paged } = scene()
    paged.tell(numbered(0, 2_500))
    paged.end()
    link.acknowledge()
    expect(link.sent).toHaveLength(1_000)
  })
})

describe('settle', () => {
  it('waits for all pages, and for those of the other node', () => {
    const { link, paged, settled, settle } = scene()
    paged.tell(numbered(0, 1_500))
    settle('subscription')
    link.acknowledge()
    link.acknowledge()
    expect(settled).toEqual([])
    paged.known()
    expect(settled).toEqual([])
    link.acknowledge()
    expect(settled).toEqual(['subscription'])
  })

  it('calls back when the link is down', () => {
    const { link, paged, settled, settle } = scene()
    paged.tell(numbered(0, 1_500))
    settle('subscription')
    paged.end()
    link.acknowledge()
    expect(settled).toEqual(['subscription'])
  })
})

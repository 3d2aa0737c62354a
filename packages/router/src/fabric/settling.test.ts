// When a link calls back because the other node has taken in what was sent.

import { describe, expect, it } from 'vitest'
import type { LinkEnd } from '../testing/link-ends.ts'
import { headOf } from '../testing/link-ends.ts'
import { carry, linked, sayEach, tickAfter } from '../testing/link-pair.ts'
import { ACK, ASK } from './packet.ts'

/** Says something that has to settle. @returns what the node knows when it has settled */
function claimBy({ link, events }: LinkEnd): { readonly known: readonly string[] | undefined } {
  const claim: { known: readonly string[] | undefined } = { known: undefined }
  link.send(Buffer.from('claim'))
  link.settle(() => (claim.known = [...events]))
  return claim
}

describe('settle', () => {
  it('calls back when all that was sent before was taken in, and asks for that', () => {
    const { a, b } = linked()
    const settled: string[] = []
    a.say('one')
    a.link.settle(() => settled.push('one'))
    a.say('two')
    a.endTurn()
    sayEach(a, 'three')
    a.link.settle(() => settled.push('three'))
    a.endTurn()
    expect(a.sent.map((packet) => headOf(packet).flags)).toEqual([ASK, 0, ASK])
    const [first] = a.sent.splice(0) as [Uint8Array]
    b.receive(first)
    carry(b, a)
    expect(settled).toEqual(['one'])
  })

  it('does not cut the packet of its turn', () => {
    const { a } = linked()
    for (let i = 0; i < 5; i++) {
      a.say('frame')
      a.link.settle(() => {})
    }
    a.endTurn()
    expect(a.sent).toHaveLength(1)
  })

  it('calls back at once when everything was taken in, or nothing was sent', () => {
    const { a, b } = linked()
    let count = 0
    const settle = (): void => a.link.settle(() => count++)
    settle()
    sayEach(a, 'one')
    carry(a, b)
    carry(b, a)
    settle()
    expect(count).toBe(2)
  })

  it('waits for what the other node said before it took that in: what waits in its queue', () => {
    const pair = linked({ window: 1 })
    const { a, b } = pair
    sayEach(b, 'b1', 'b2')
    b.sent = []
    const claim = claimBy(a)
    a.endTurn()
    carry(a, b)
    expect(b.sent.map(headOf)).toMatchObject([{ kind: ACK, seq: 1, ack: 1, behind: 1 }])
    carry(b, a)
    expect(claim.known).toBeUndefined()
    tickAfter(pair, 500)
    for (let i = 0; i < 4; i++) {
      carry(b, a)
      tickAfter(pair, 5)
      carry(a, b)
    }
    expect(claim.known).toEqual(['b1', 'b2'])
  })

  it('waits for what the other node said before: what was lost', () => {
    const pair = linked()
    const { a, b } = pair
    sayEach(b, 'lost')
    b.sent = []
    const claim = claimBy(a)
    a.endTurn()
    carry(a, b)
    sayEach(b, 'later')
    carry(b, a)
    expect([a.link.windowBytes, claim.known]).toEqual([0, undefined])
    carry(a, b)
    carry(b, a)
    expect([claim.known, a.take()]).toEqual([['lost'], ['lost', 'later']])
  })

  it('knows what came in the packet that settles', () => {
    const { a, b } = linked()
    b.say('said before')
    const claim = claimBy(a)
    a.endTurn()
    carry(a, b)
    carry(b, a)
    expect(claim.known).toEqual(['said before'])
  })

  it('calls back when the link goes down, after the owner knows', () => {
    const { a } = linked()
    const settled: string[] = []
    a.say('one')
    a.link.settle(() => settled.push(a.events.join()))
    a.link.gone()
    expect(settled).toEqual(['down lost'])
  })
})

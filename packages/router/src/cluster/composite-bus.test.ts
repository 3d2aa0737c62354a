// Shows two buses of one node: processes of this machine by the near one, all others by the far one.

import { describe, expect, it } from 'vitest'
import type { Bus, BusOwner } from '../core/ports/index.ts'
import { CompositeBus } from './composite-bus.ts'

function busOf(name: string, maxPacketBytes: number, sent: string[], nameMs?: number) {
  let owner: BusOwner | undefined
  const bus: Bus = {
    node: 'a',
    maxPacketBytes,
    ...(nameMs !== undefined && { nameMs }),
    start: (given) => void (owner = given),
    send: (to) => void sent.push(`${name} ${to}`),
    announce: () => void sent.push(`${name} hello`),
  }
  return { bus, owner: () => owner }
}

describe('a composite bus', () => {
  it('sends to a node by the near bus as long as that reaches it, and hears of both', () => {
    const [sent, told]: [string[], string[]] = [[], []]
    const reached = new Set(['b'])
    const [near, far] = [busOf('near', 1 << 20, sent), busOf('far', 256 << 10, sent, 2_000)]
    const bus = new CompositeBus({ ...near.bus, reaches: (node) => reached.has(node) }, far.bus)
    bus.start({ onPacket: (from) => told.push(from), onHello: () => {}, onGone: () => {}, onStatus: () => {} })
    bus.send('b', new Uint8Array(1))
    bus.send('c', new Uint8Array(1))
    reached.delete('b')
    bus.send('b', new Uint8Array(1))
    bus.announce(new Uint8Array(1))
    expect(sent).toEqual(['near b', 'far c', 'far b', 'near hello', 'far hello'])
    near.owner()?.onPacket('b', new Uint8Array(1))
    far.owner()?.onPacket('c', new Uint8Array(1))
    expect(told).toEqual(['b', 'c'])
    expect([bus.node, bus.maxPacketBytes, bus.nameMs]).toEqual(['a', 256 << 10, 2_000])
  })
})

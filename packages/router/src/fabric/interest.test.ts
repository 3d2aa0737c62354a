// Shows which nodes a publication goes to, and what is known of the subscriptions of other nodes.

import type { MatchPolicy } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { Interest } from './interest.ts'

const [a, b, c] = [{ name: 'a' }, { name: 'b' }, { name: 'c' }]
type Node = typeof a

let lastId = 0

function interestIn(...told: readonly (readonly [MatchPolicy, string, Node, ...number[]])[]): Interest<Node> {
  const interest = new Interest<Node>()
  for (const [match, uri, node, ...hashes] of told) {
    const sharers = hashes.map((hash, i) => ({ session: hash * 10 + i, node: hash }))
    interest.add({ id: ++lastId, match, uri, node, created: 0, sharers })
  }
  return interest
}

const names = (nodes: readonly Node[]): string => nodes.map(({ name }) => name).join('')

describe('the subscriptions of other nodes', () => {
  it('name each node once, whatever the number of patterns that match', () => {
    const interest = interestIn(['exact', 'com.x', a], ['prefix', 'com', a], ['wildcard', '.x', b], ['exact', 'com.y', c])
    expect(names(interest.nodesFor('com.x'))).toBe('ab')
    expect(names(interest.nodesFor('com.y'))).toBe('ac')
    expect(interest.nodesFor('net')).toEqual([])
  })

  it('share a list where they have the same nodes', () => {
    const interest = interestIn(['exact', 'x', a], ['exact', 'x', b], ['exact', 'y', b], ['exact', 'y', a])
    expect(interest.nodesFor('x')).toBe(interest.nodesFor('y'))
    expect(interest.nodesWith('exact', 'x')).toBe(interest.nodesWith('exact', 'y'))
  })

  it('get events of the router only where they name them', () => {
    const interest = interestIn(['prefix', '', a], ['prefix', 'wamp.session', b], ['exact', 'wamp.session.on_join', c])
    expect(names(interest.nodesFor('wamp.session.on_join'))).toBe('bc')
    expect(interest.nodesFor('wamp.session.on_leave')).toEqual([b])
    expect(interest.matching('wamp.session.on_leave').map(({ uri }) => uri)).toEqual(['wamp.session'])
  })

  it('end with the last node that has them', () => {
    const interest = interestIn(['exact', 'x', a], ['exact', 'x', b], ['prefix', 'wamp.', b])
    interest.remove('exact', 'x', a)
    expect(interest.nodesWith('exact', 'x')).toEqual([b])
    interest.remove('exact', 'x', b)
    interest.remove('exact', 'x', c)
    expect(interest.nodesWith('exact', 'x')).toEqual([])
    expect(interest.size).toBe(1)
    interest.remove('prefix', 'wamp.', b)
    expect(interest.nodesFor('wamp.session.on_join')).toEqual([])
    expect(interest.size).toBe(0)
  })

  it('are found by id, before and after they have come and gone', () => {
    const interest = interestIn(['exact', 'x', a])
    const [{ id } = { id: 0 }] = interest.all()
    expect(interest.byId(id)?.uri).toBe('x')
    interest.add({ id: 77, match: 'prefix', uri: 'y', node: a, created: 0, sharers: [] })
    expect(interest.byId(77)?.uri).toBe('y')
    interest.remove('exact', 'x', a)
    expect(interest.byId(id)).toBeUndefined()
  })

  it('are forgotten with their node: those that only it had are told', () => {
    const interest = interestIn(['exact', 'x', a], ['exact', 'x', b], ['wildcard', 'y.', a], ['prefix', 'z', b])
    expect(interest.forget(a).map(({ uri }) => uri)).toEqual(['y.'])
    expect([...interest.all()].map(({ uri }) => uri)).toEqual(['x', 'z'])
    expect(interest.nodesFor('x')).toEqual([b])
  })

  it('know the subscribers that share events, as their nodes told last', () => {
    const interest = interestIn(['exact', 'x', a, 1, 2], ['exact', 'x', b, 2, 3], ['exact', 'x', c])
    const sharers = (): unknown => Array.from(interest.sharers('exact', 'x'), ([session, node]) => `${session}: ${node}`)
    expect(sharers()).toEqual(['10: 1', '21: 2', '20: 2', '31: 3'])
    interest.add({ id: 1, match: 'exact', uri: 'x', node: a, created: 0, sharers: [] })
    expect(sharers()).toEqual(['20: 2', '31: 3'])
    for (const [session, node] of [
      [20, undefined],
      [40, 4],
    ] as const)
      interest.shares({ match: 'exact', uri: 'x', session, node }, b)
    expect(sharers()).toEqual(['31: 3', '40: 4'])
    interest.remove('exact', 'x', b)
    interest.shares({ match: 'exact', uri: 'x', session: 50, node: 5 }, b)
    expect(sharers()).toEqual([])
  })

  it('change their version when one comes or goes, and not when it has another node', () => {
    const interest = interestIn(['exact', 'x', a])
    const before = interest.version
    interest.add({ id: 1, match: 'exact', uri: 'x', node: b, created: 0, sharers: [] })
    expect(interest.version).toBe(before)
    interest.forget(a)
    expect(interest.version).toBe(before)
    interest.forget(b)
    expect(interest.version).toBeGreaterThan(before)
  })
})

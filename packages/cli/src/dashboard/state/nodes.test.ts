// Shows which nodes the page has, and of what it warns.

import { expect, it } from 'vitest'
import type { NodeLink, Status } from './admin.ts'
import { nodeViews } from './nodes.ts'

const told = (node: string, more: object = {}): Status['nodes'][number] => {
  const row: unknown = { node, host: `host of ${node}`, version: '1.0.0', state: 'running', ...more }
  return row as Status['nodes'][number]
}
const link = (node: string, more: Partial<NodeLink> = {}): NodeLink => ({
  node,
  host: `host of ${node}`,
  state: 'up',
  queued_bytes: 0,
  packets_resent: 0,
  round_trip_ms: 1,
  clock_ahead_ms: 0,
  other_settings: [],
  ...more,
})
const views = (nodes: Status['nodes'], missing: readonly string[], links: readonly NodeLink[]) =>
  nodeViews({ nodes, missing, version: '1.0.0' }, links).map(({ node, state, isWell, warnings }) => [node, state, isWell, ...warnings])

it('all nodes are there by name: those that answered, those that did not, and those that left', () => {
  const links = [link('b10'), link('b9', { state: 'lost' }), link('c', { state: 'left' }), link('d', { state: 'incompatible' })]
  expect(views([told('a'), told('b10', { state: 'draining' })], ['b9', 'd', 'e'], links)).toEqual([
    ['a', 'running', true],
    ['b9', 'lost', false],
    ['b10', 'draining', false],
    ['c', 'left', true],
    ['d', 'incompatible', false],
    ['e', 'no answer', false],
  ])
})

it('a linked node that does not answer is no running one', () => {
  expect(views([told('a')], ['b'], [link('b')])).toContainEqual(['b', 'no answer', false])
})

it('other settings, another clock and another version are said', () => {
  const links = [link('b', { other_settings: ['x', 'y'], clock_ahead_ms: -6_040 }), link('c', { clock_ahead_ms: 60_000, state: 'left' })]
  expect(views([told('a'), told('b', { version: '0.9.0' })], [], links)).toEqual([
    ['a', 'running', true],
    ['b', 'running', true, 'other settings for x, y', 'its clock is 6.0 s behind', 'Trunkline 0.9.0, and this node 1.0.0'],
    ['c', 'left', true],
  ])
})

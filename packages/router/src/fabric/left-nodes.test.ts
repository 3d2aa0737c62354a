// Shows what becomes of calls to a node that stops: those that it has not taken in go to other callees, or are refused.

import type { TestPeer } from '@trunkline/testkit'
import { describe, expect, it } from 'vitest'
import { NodeWorlds } from '../testing/node-worlds.ts'

const PROCEDURE = 'com.example.procedure'

interface Scene {
  readonly nodes: NodeWorlds
  readonly caller: TestPeer
  readonly callees: readonly TestPeer[]
  /** The node of the first callee stops. */
  readonly stop: () => void
}

/** A caller, and callees on as many other nodes. */
function sceneWith(callees: number, invoke: string): Scene {
  const nodes = new NodeWorlds(callees + 1)
  const [caller, ...others] = nodes.worlds.map((world) => world.join())
  if (caller === undefined) throw new Error('a node is missing')
  for (const callee of others) {
    callee.say(64, callee.nextRequest, { invoke }, PROCEDURE)
    nodes.deliver()
    expect(callee.takeOne()[0]).toBe(65)
  }
  const stop = (): void => {
    const [here, leaving, ...rest] = nodes.worlds
    if (here === undefined || leaving === undefined) return
    for (const other of [here, ...rest]) nodes.cut(other, leaving, 'left')
    nodes.deliver()
  }
  return { nodes, caller, callees: others, stop }
}

describe('a call to a node that stops', () => {
  it('goes to another callee when the node has not taken it in', () => {
    const { nodes, caller, callees, stop } = sceneWith(2, 'first')
    caller.say(48, 1, {}, PROCEDURE, ['question'])
    stop()
    const invocation = callees[1]?.takeOne()
    expect([callees[0]?.take(), invocation?.[0], invocation?.[4]]).toEqual([[], 68, ['question']])
    callees[1]?.say(70, invocation?.[1], {}, ['answer'])
    nodes.deliver()
    expect(caller.takeOne()).toEqual([50, 1, {}, ['answer']])
  })

  it('is refused when the node has not taken it in, and there is no other callee: it was not carried out', () => {
    const { caller, callees, stop } = sceneWith(1, 'single')
    caller.say(48, 1, {}, PROCEDURE)
    stop()
    expect([callees[0]?.take(), caller.takeOne().slice(0, 5)]).toEqual([[], [8, 48, 1, { callees: 0 }, 'wamp.error.no_such_procedure']])
  })

  it('may have been carried out when the node has taken it in', () => {
    const { nodes, caller, callees, stop } = sceneWith(2, 'first')
    caller.say(48, 1, {}, PROCEDURE)
    while (callees[0]?.take().length === 0) expect(nodes.step()).toBe(true)
    stop()
    expect(caller.takeOne()[4]).toBe('wamp.error.network_failure')
    expect(callees[1]?.take()).toEqual([])
  })
})

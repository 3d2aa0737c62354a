// Shows what becomes of calls and answers for which a link has no room: each has one end, and the link stays up for all others.

import { uris } from '@trunkline/protocol'
import type { TestPeer, World } from '@trunkline/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { NodeWorlds } from '../testing/node-worlds.ts'

const PROCEDURE = 'com.example.procedure'
const [CALL, RESULT, ERROR, INVOCATION, YIELD] = [48, 50, 8, 68, 70]

let nodes: NodeWorlds
let one: World
let two: World
let caller: TestPeer
let callee: TestPeer

beforeEach(() => {
  nodes = new NodeWorlds(2)
  ;[one, two] = nodes.worlds as [World, World]
  caller = one.join()
  callee = two.join()
  nodes.deliver()
})

/** All leave; nothing remains. */
function finish(): void {
  nodes.fill(one, two, false)
  callee.drop()
  nodes.deliver()
  nodes.end()
}

function register(peer: TestPeer, options: Record<string, unknown> = {}): void {
  peer.say(64, peer.nextRequest, options, PROCEDURE)
  nodes.deliver()
  expect(peer.take().at(-1)?.[0]).toBe(65)
}

function call(): void {
  caller.say(CALL, caller.nextRequest, {}, PROCEDURE, ['x'])
}

/** What came: an error with its URI, anything else with its arguments. */
function seen(peer: TestPeer): unknown[] {
  nodes.deliver()
  return peer
    .take()
    .map(([type, , , fourth, fifth]) => (type === ERROR ? [type, fifth === undefined ? undefined : fourth, fifth] : [type, fourth]))
}

/** @returns the id of the only INVOCATION */
function invoked(): unknown {
  nodes.deliver()
  const [message] = callee.take()
  expect(message?.[0]).toBe(INVOCATION)
  return message?.[1]
}

const errorOf = (peer: TestPeer): unknown => {
  nodes.deliver()
  return peer.take().find(([type]) => type === ERROR)?.[4]
}

describe('where a link has no room', () => {
  it('a call does not reach its callee, and its caller may try again', () => {
    register(callee)
    nodes.fill(one, two, true)
    call()
    expect(errorOf(caller)).toBe(uris.UNAVAILABLE)
    nodes.fill(one, two, false)
    call()
    callee.say(YIELD, invoked(), {}, ['answer'])
    expect(seen(caller)).toEqual([[RESULT, ['answer']]])
    finish()
  })

  it('another callee of the procedure gets the call', () => {
    register(callee, { invoke: 'first' })
    const own = one.join()
    register(own, { invoke: 'first' })
    nodes.fill(one, two, true)
    call()
    expect(own.take().at(-1)?.[0]).toBe(INVOCATION)
    own.drop()
    finish()
  })

  it('a result is dropped, and the caller gets an error', () => {
    register(callee)
    call()
    const invocation = invoked()
    nodes.fill(one, two, true)
    callee.say(YIELD, invocation, {}, ['long'])
    expect(errorOf(caller)).toBe(uris.LIMIT_EXCEEDED)
    finish()
  })

  it('an error of the callee loses what it holds, and stays an error', () => {
    register(callee)
    call()
    const invocation = invoked()
    nodes.fill(one, two, true)
    callee.say(ERROR, INVOCATION, invocation, {}, 'com.example.failed', ['long'])
    expect(errorOf(caller)).toBe(uris.LIMIT_EXCEEDED)
    finish()
  })

  it('a call that is given back ends, since no other callee could get it', () => {
    register(callee)
    call()
    callee.drop()
    nodes.fill(one, two, true)
    expect(errorOf(caller)).toBe(uris.UNAVAILABLE)
    finish()
  })
})

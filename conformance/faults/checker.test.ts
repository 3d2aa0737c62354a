// Shows that the checker finds what it is there for: records with one thing wrong each.

import { beforeEach, describe, expect, it } from 'vitest'
import { Checker } from './checker.ts'
import type { Expectation } from './checker.ts'
import { PROCEDURE } from './parts/words.ts'
import type { Line } from './record.ts'

const TOPIC = 'faults.topic.a'
const OTHER = 'faults.topic.b'
const NO_ERRORS: Expectation = { errors: [] }

let checker: Checker
let at: number
beforeEach(() => {
  checker = new Checker()
  at = 1000
  add('source', got(2, 1, {}))
  add('subscriber', got(2, 2, {}), sent(32, 1, {}, TOPIC), got(33, 1, 7), sent(32, 2, {}, OTHER), got(33, 2, 8))
  add('callee', got(2, 3, {}), sent(64, 1, {}, PROCEDURE), got(65, 1, 9))
})

function got(...message: unknown[]): Line {
  return [at++, '<', message]
}

function sent(...message: unknown[]): Line {
  return [at++, '>', message]
}

function add(part: string, ...lines: Line[]): void {
  checker.ledger(part).add(lines)
}

function publish(number: number, topic = TOPIC): Line {
  return sent(16, number, {}, topic, ['source', number])
}

function event(number: number, subscription = 7, details = {}): Line {
  return got(36, subscription, 1000 + number, details, ['source', number])
}

function settle(expectation = NO_ERRORS): string[] {
  return checker.settle(expectation)
}

describe('deliveries', () => {
  it('are right when all events came once, in order, on each subscription', () => {
    add('source', publish(1), publish(2, OTHER), publish(3))
    add('subscriber', event(1), event(2, 8), event(3))
    expect(settle()).toEqual([])
    add('source', publish(4))
    add('subscriber', event(4))
    expect(settle()).toEqual([])
  })

  it('L1: a publication that comes twice is found', () => {
    add('source', publish(1))
    add('subscriber', event(1), event(1))
    expect(settle()).toContainEqual(expect.stringMatching(/^L1: subscriber: publication 1001 came twice/))
  })

  it('L1: an event that nobody published is found', () => {
    add('source', publish(1))
    add('subscriber', event(1), event(2))
    expect(settle()).toEqual([expect.stringMatching(/^L1: .*was not published/)])
  })

  it('L2: events out of order are found, also over several topics', () => {
    add('source', publish(1), publish(2), publish(3))
    add('subscriber', event(2), event(1), event(3))
    expect(settle()).toContainEqual(expect.stringMatching(/^L2/))
    add('source', publish(4), publish(5, OTHER))
    add('subscriber', event(5, 8), event(4))
    expect(settle()).toEqual([expect.stringMatching(/^L2: .*several topics/)])
  })

  it('L3: events missing in the middle, at the begin or at the end are found', () => {
    add('source', publish(1), publish(2), publish(3))
    add('subscriber', event(1), event(3))
    expect(settle()).toEqual([expect.stringMatching(/^L3: .*events before 3 are missing/)])
    add('source', publish(4), publish(5))
    add('subscriber', event(5))
    expect(settle()).toEqual([expect.stringMatching(/^L3: .*the first event is 5/)])
    add('source', publish(6), publish(7))
    add('subscriber', event(6))
    expect(settle()).toEqual([expect.stringMatching(/^L3: .*the last event is 6/)])
  })

  it('L3: a gap that the router tells of is none, nor what a session that ended did not get', () => {
    add('source', publish(1), publish(2), publish(3))
    add('subscriber', event(1), event(3, 7, { _gap: 1 }))
    expect(settle()).toEqual([])
    add('source', publish(4), publish(5))
    add('subscriber', event(4), [at++, 'end'])
    expect(settle()).toEqual([])
  })

  it('L4: an event of a subscription that is not held is found', () => {
    add('source', publish(1))
    add('subscriber', event(1), sent(34, 3, 7), got(35, 3), event(2))
    expect(settle()).toContainEqual('L4: subscriber: EVENT of subscription 7, which is not held')
  })

  it('L5: what was acknowledged to a session that ended must come, other things need not', () => {
    add('source', sent(16, 1, { acknowledge: true }, TOPIC, ['source', 1]), got(17, 1, 1001), publish(2), [at++, 'end'])
    expect(settle()).toEqual([expect.stringMatching(/1 was published and acknowledged$/)])
  })
})

describe('calls', () => {
  const call = (request: number): Line => sent(48, request, {}, PROCEDURE, ['source', request])
  const invocation = (request: number): Line => got(68, 100 + request, 9, {}, ['source', request])
  const result = (request: number): Line => got(50, request, {}, [['source', request]])
  const error = (request: number, uri: string): Line => got(8, 48, request, {}, uri)

  it('are right with one execution and one end each', () => {
    add('source', call(1))
    add('callee', invocation(1))
    add('source', result(1))
    expect(settle()).toEqual([])
  })

  it('R1: one without an end is found, unless its session ended', () => {
    add('source', call(1))
    expect(settle()).toEqual(['R1: call 1 of source has no end'])
    add('source', [at++, 'end'])
    expect(settle()).toEqual([])
  })

  it('R2: a second execution is found', () => {
    add('source', call(1), result(1))
    add('callee', invocation(1), invocation(1))
    expect(settle()).toEqual(['R2: call 1 of source was executed twice'])
  })

  it('R3: an error that this fault does not cause is found', () => {
    add('source', call(1), error(1, 'wamp.error.timeout'), call(2), error(2, 'wamp.error.canceled'))
    expect(settle({ errors: ['wamp.error.canceled'] })).toEqual(['R3: call 1 of source ended with wamp.error.timeout'])
  })

  it('R4: the answer of another call is found, and one that no callee gave', () => {
    add('source', call(1), got(50, 1, {}, [['source', 2]]))
    expect(settle()).toEqual(['R4: source: call 1 got the answer of another', 'R4: call 1 of source has a result, but no callee got it'])
  })

  it('R5: a second end is found', () => {
    add('callee', invocation(1))
    add('source', call(1), result(1), result(1))
    expect(settle()).toEqual(['R5: source: message of type 50 for request 1, which is not open'])
  })

  it('N3: one that a callee had before the router was told to stop must have a result', () => {
    add('source', call(1))
    add('callee', invocation(1))
    add('source', error(1, 'wamp.error.canceled'))
    expect(settle({ errors: ['wamp.error.canceled'], acceptedBefore: at })).toEqual([
      'N3: call 1 of source was under way and ended with wamp.error.canceled',
    ])
  })
})

// Shows which messages may arrive on an open session, and how request ids are checked.

import { describe, expect, it } from 'vitest'
import { messageFromArray } from './codec.ts'
import { ProtocolError } from './errors.ts'
import { MESSAGES } from './message-table.ts'
import type { RequestIdRule, Side } from './session-rules.ts'
import { checkOpen, nameOf, RequestSequence } from './session-rules.ts'

const FROM_CLIENT = [
  'ABORT',
  'GOODBYE',
  'ERROR',
  'PUBLISH',
  'SUBSCRIBE',
  'UNSUBSCRIBE',
  'CALL',
  'CANCEL',
  'REGISTER',
  'UNREGISTER',
  'YIELD',
  'EVENT_RECEIVED',
]
const FROM_ROUTER = [
  'ABORT',
  'GOODBYE',
  'ERROR',
  'PUBLISHED',
  'SUBSCRIBED',
  'UNSUBSCRIBED',
  'EVENT',
  'RESULT',
  'REGISTERED',
  'UNREGISTERED',
  'INVOCATION',
  'INTERRUPT',
]

describe('checkOpen', () => {
  it.each([
    ['router', FROM_CLIENT],
    ['client', FROM_ROUTER],
  ] as [Side, string[]][])('lets arrive at a %s only %j [BP-PERR-05 BP-PERR-19 BP-PERR-20]', (side, allowed) => {
    for (const { code, name } of MESSAGES) {
      if (allowed.includes(name)) checkOpen(side, code)
      else expect(() => checkOpen(side, code)).toThrow(new ProtocolError(`${name} may not arrive at a ${side} on an open session`))
    }
  })

  it('refuses codes that are no message, and names them by number', () => {
    for (const code of [0, 7, 999, -1]) expect(() => checkOpen('router', code)).toThrow(`message ${code} may not arrive`)
    expect([nameOf(48), nameOf(7)]).toEqual(['CALL', 'message 7'])
  })
})

describe('RequestSequence', () => {
  const request = (id: number, type = 48): ReturnType<typeof messageFromArray> =>
    messageFromArray(type === 34 || type === 66 ? [type, id, 1] : [type, id, {}, 'com.example'])

  /** Whether each of the ids in turn is taken; looks no further than the first refusal. */
  function taken(rule: RequestIdRule, ...ids: number[]): boolean[] {
    const sequence = new RequestSequence(rule)
    return ids.map((id) => {
      try {
        sequence.check(request(id))
        return true
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error
        return false
      }
    })
  }

  it('counts all six request types with one counter from 1 [BP-PERR-16]', () => {
    const sequence = new RequestSequence('strict')
    for (const [i, type] of [48, 16, 32, 34, 64, 66, 48].entries()) sequence.check(request(i + 1, type))
    for (const type of [16, 32, 34, 48, 64, 66]) expect(() => sequence.check(request(9, type))).toThrow(/request id 9, expected 8/)
    sequence.check(request(8))
  })

  it('pays no heed to ids of other messages [BP-PERR-16]', () => {
    const sequence = new RequestSequence('strict')
    for (const other of [
      [70, 99, {}],
      [49, 99, {}],
      [8, 68, 99, {}, 'com.example.error'],
      [6, {}, 'com.example.reason'],
    ])
      sequence.check(messageFromArray(other))
    sequence.check(request(1))
    expect(() => sequence.check(request(1))).toThrow(ProtocolError)
  })

  it.each([
    ['strict', [1, 2, 2], [true, true, false]],
    ['strict', [2], [false]],
    ['strict', [1, 3], [true, false]],
    ['increasing', [5, 4711, 4711], [true, true, false]],
    ['increasing', [5, 4], [true, false]],
    ['increasing', [2 ** 53, 2 ** 53], [true, false]],
    ['tolerant', [5, 5, 1, 2 ** 53, 2 ** 53, 1], [true, true, true, true, true, true]],
  ] as [RequestIdRule, number[], boolean[]][])('%s: %j is taken as %j [BP-PERR-16 BP-ID-10]', (rule, ids, expected) => {
    expect(taken(rule, ...ids)).toEqual(expected)
  })

  it.each([
    ['strict', [1, 3], "SUBSCRIBE has request id 3, expected 2: requestIds of the realm is 'strict'"],
    ['increasing', [7, 4], "SUBSCRIBE has request id 4, expected 8 or more: requestIds of the realm is 'increasing'"],
  ] as [RequestIdRule, number[], string][])('names the setting in its refusal: %s', (rule, ids, text) => {
    const sequence = new RequestSequence(rule)
    expect(() => {
      for (const id of ids) sequence.check(request(id, 32))
    }).toThrow(text)
  })

  it.each([
    [[1, 2, 3], 0, 0],
    [[1, 3, 2, 4], 1, 1],
    [[9, 9, 10, 1], 1, 2],
    [[2 ** 53, 1, 2], 1, 0],
    [[2 ** 53 - 1, 2 ** 53, 5], 1, 1],
  ])('tolerates %j: %d gaps, %d in disorder [BP-ID-10]', (ids, gaps, disorder) => {
    const seen = { gaps: 0, disorder: 0 }
    const sequence = new RequestSequence('tolerant', { gap: () => void seen.gaps++, disorder: () => void seen.disorder++ })
    for (const id of ids) sequence.check(request(id))
    expect(seen).toEqual({ gaps, disorder })
  })

  it('goes on with 1 after 2^53 [BP-ID-07]', () => {
    expect(taken('increasing', 2 ** 53 - 1, 2 ** 53, 1, 2, 2)).toEqual([true, true, true, true, false])
  })
})

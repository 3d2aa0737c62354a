import { CALL, EMPTY_DICT } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { PendingInput } from './pending-input.ts'

describe('pending messages', () => {
  it('are weighed once when they come and once when they go, not again at each answer', () => {
    const pending = new PendingInput()
    let looks = 0
    const message = (request: number) => ({ type: CALL, request, procedure: 'a', payload: undefined, options: EMPTY_DICT }) as const
    for (let request = 1; request <= 200; request++) {
      const options = { enumerable: true, get: () => (looks++, EMPTY_DICT) }
      pending.add(Object.defineProperty(message(request), 'options', options))
    }
    const [came, octets] = [looks, pending.octets]
    expect([pending.length, octets > 200 * 16]).toEqual([200, true])
    expect(pending.take()).toMatchObject({ request: 1 })
    expect(pending.octets).toBeLessThan(octets)
    while (pending.take() !== undefined);
    expect([pending.length, pending.octets]).toEqual([0, 0])
    // The two looks of toMatchObject's request aside, as many as when they came.
    expect(looks).toBeLessThanOrEqual(came * 2 + 2)
  })
})

import { CALL, EMPTY_DICT } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { OwnerTotal } from './owner-total.ts'
import { PendingInput } from './pending-input.ts'

describe('pending messages', () => {
  it('are weighed once when they come and once when they go, not again at each answer', () => {
    const pending = new PendingInput('user a', new OwnerTotal())
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

  it('are counted for their owner, with the request that is asked about, until they are taken, dropped or asked about with others', () => {
    const total = new OwnerTotal()
    const message = (octets: number) =>
      ({ type: CALL, request: 1, procedure: 'x'.repeat(octets), payload: undefined, options: EMPTY_DICT }) as const
    const [first, second] = [new PendingInput('user a', total), new PendingInput('user a', total)]
    first.holdAsked(message(1_000))
    first.add(message(2_000))
    second.holdAsked(message(4_000))
    second.takeOver(first)
    expect([first.octets > 2_000, total.octets > 7_000]).toEqual([true, true])
    first.drop()
    expect(total.octets > 5_000).toBe(true)
    second.settle()
    expect([total.octets, total.owners]).toEqual([0, 0])
  })
})

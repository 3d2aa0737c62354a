// Shows how the options of requests are named: in camel case here, as WAMP names them on the wire.

import { CALL, messageRow, PUBLISH, REGISTER, SUBSCRIBE, UsageError, YIELD } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { calls } from './calls/calls.ts'
import { camelCase } from './checks.ts'
import { wireOptions } from './options.ts'
import { failureOf } from './testing/failure-of.ts'
import { openNetwork } from './testing/scripted-network.ts'
import { openScripted } from './testing/scripted-router.ts'

/** What the client sets itself. */
const OWN = ['receive_progress', 'progress', 'forward_for']

describe('the options of WAMP', () => {
  const OPTIONS = [CALL, PUBLISH, REGISTER, SUBSCRIBE, YIELD].flatMap((type) =>
    [...(messageRow(type)?.keys.keys() ?? [])].filter((wire) => !OWN.includes(wire)).map((wire): [number, string] => [type, wire]),
  )

  it.each(OPTIONS)('of message %i have the name of %s in camel case, and no other', (type, wire) => {
    const name = camelCase(wire)
    expect(wireOptions(type, { [name]: 1 })).toEqual({ [wire]: 1 })
    if (name !== wire) expect(() => wireOptions(type, { [wire]: 1 })).toThrow(`unknown option '${wire}'; did you mean '${name}'?`)
  })

  it.each(OWN)('do not include %s, which the client sets itself', (wire) => {
    expect(() => wireOptions(CALL, { [camelCase(wire)]: true })).toThrow('unknown option')
  })

  it('leave out what is absent, and attributes of implementations as they are', () => {
    expect(wireOptions(CALL, { discloseMe: undefined, runmode: null, _my_own: 1, _myOwn: 2 })).toEqual({ _my_own: 1, _myOwn: 2 })
  })
})

describe('what is neither', () => {
  const REQUESTS = ['call', 'callResult', 'publish'] as const

  it.each(REQUESTS)('is refused by %s: keyword arguments in the place of options, and a further argument', async (name) => {
    const { session, router } = await openScripted()
    const { client, router: other } = await openNetwork()
    for (const each of [session, client]) {
      const request = each[name].bind(each) as (...given: unknown[]) => Promise<unknown>
      const refusals = [
        await failureOf(request('com.example.a', [1], { unit: 'C' })),
        await failureOf(request('com.example.a', [1], { unit: 'C' }, { timeout: 5 })),
        await failureOf(request('com.example.a', [1], {}, {})),
      ]
      for (const refusal of refusals) expect(refusal).toBeInstanceOf(UsageError)
      expect(String(refusals[0])).toMatch(/unknown option 'unit'/)
      expect(String(refusals[1])).toMatch(/keyword arguments are an option/)
    }
    expect([router.take(), other.take()]).toEqual([[], []])
  })

  it('is refused in a chunk of a call too', async () => {
    const { session, router } = await openScripted({ calls: calls() })
    const call = session.openCall('com.example.a')
    call.send([1])
    expect(() => call.send([2], { unit: 'C' } as never)).toThrow("unknown option 'unit'; did you mean 'kwargs'?")
    expect(router.take()).toHaveLength(1)
  })
})

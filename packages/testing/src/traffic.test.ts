// Shows what a test router records, and how that reads.

import { afterEach, describe, expect, it } from 'vitest'
import { ApplicationError } from '@trunkline/client'
import { cbor } from '@trunkline/client/cbor'
import { createTestRouter } from './index.ts'

const router = createTestRouter()
afterEach(() => router.stop())

describe('the traffic of a test router', () => {
  it('is plain data with the URI of each message, and reads as text', async () => {
    const service = await router.connect({ name: 'service', serializer: cbor() })
    const registration = await service.register('com.example.add', ({ args: [a, b] }) => {
      if (a === 0) throw new ApplicationError('com.example.zero', ['not that'])
      return Number(a) + Number(b)
    })
    const page = await router.connect({ name: 'page' })
    const subscription = await page.subscribe('com.example.news', () => undefined)
    await page.call('com.example.add', [2, 3])
    await page.call('com.example.add', [0]).catch(() => undefined)
    await service.publish('com.example.news', [], { kwargs: { text: 'hello' }, acknowledge: true })
    await router.clock.advance(250)
    await subscription.unsubscribe()
    await registration.unregister()

    expect(router.transcript()).toBe(
      `      0 ms  service -> HELLO realm1
      0 ms  service <- WELCOME realm1
      0 ms  service -> REGISTER com.example.add
      0 ms  service <- REGISTERED com.example.add
      0 ms  page -> HELLO realm1
      0 ms  page <- WELCOME realm1
      0 ms  page -> SUBSCRIBE com.example.news
      0 ms  page <- SUBSCRIBED com.example.news
      0 ms  page -> CALL com.example.add [ 2, 3 ]
      0 ms  service <- INVOCATION com.example.add [ 2, 3 ]
      0 ms  service -> YIELD com.example.add [ 5 ]
      0 ms  page <- RESULT com.example.add [ 5 ]
      0 ms  page -> CALL com.example.add [ 0 ]
      0 ms  service <- INVOCATION com.example.add [ 0 ]
      0 ms  service -> ERROR com.example.add com.example.zero [ 'not that' ]
      0 ms  page <- ERROR com.example.add com.example.zero [ 'not that' ]
      0 ms  service -> PUBLISH com.example.news [] { text: 'hello' }
      0 ms  service <- PUBLISHED com.example.news
      0 ms  page <- EVENT com.example.news [] { text: 'hello' }
    250 ms  page -> UNSUBSCRIBE com.example.news
    250 ms  page <- UNSUBSCRIBED com.example.news
    250 ms  service -> UNREGISTER com.example.add
    250 ms  service <- UNREGISTERED com.example.add`,
    )
    expect(router.sent('CALL', 'com.example.add', 'page')[0]).toStrictEqual({
      at: 0,
      peer: 'page',
      from: 'client',
      type: 'CALL',
      uri: 'com.example.add',
      args: [2, 3],
      kwargs: {},
      message: [48, 2, {}, 'com.example.add', [2, 3]],
      fate: 'delivered',
    })
  })

  it('refuses to look for what WAMP has not', () => {
    expect(() => router.sent('CALLS' as 'CALL')).toThrow("WAMP has no message 'CALLS'")
  })
})

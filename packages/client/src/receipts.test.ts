// Shows receipts of events against our router, with all that an application does.

import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSession } from './open-session.ts'
import { acknowledging } from './receipts.ts'
import type { Session } from './session.ts'

let router: Router
beforeEach(() => {
  const allow = ['call', 'register', 'publish', 'subscribe'] as const
  router = createRouter({ realms: { realm1: { anonymousRole: 'anonymous', roles: { anonymous: [{ uri: '**', allow }] } } } })
})
afterEach(() => router.close())

function open(isAcknowledging: boolean): Promise<Session> {
  const transport = router.openLocal()
  return openSession({ transport: isAcknowledging ? acknowledging(transport) : transport, realm: 'realm1' })
}

/** Behind it everything that the session sent before was handled. */
async function handled(session: Session): Promise<void> {
  await session.publish('com.example.marker', [], { acknowledge: true })
}

describe('receipts', () => {
  it('are asked of those who announced them, and given once for each publication, after its handler [AP-PS-ACK-02 AP-PS-ACK-03]', async () => {
    const [subscriber, publisher] = [await open(true), await open(false)]
    const seen: unknown[] = []
    const note = ({ args, details }: { args: readonly unknown[]; details: object }): void => void seen.push([args[0], details])
    await subscriber.subscribe('com.example.topic', note)
    await subscriber.subscribe('com.example.', note, { match: 'prefix' })
    for (const number of [1, 2]) await publisher.publish('com.example.topic', [number], { acknowledge: true })
    await handled(subscriber)
    const asked = { x_acknowledged_delivery: true }
    const byPattern = { ...asked, topic: 'com.example.topic' }
    expect(seen).toEqual([
      [1, asked],
      [1, byPattern],
      [2, asked],
      [2, byPattern],
    ])
    expect(router.counters.eventsAcknowledged).toBe(2)
  })

  it('are neither asked of others nor given by them', async () => {
    const [subscriber, publisher] = [await open(false), await open(false)]
    let details: unknown
    await subscriber.subscribe('com.example.topic', (event) => void (details = event.details))
    await publisher.publish('com.example.topic', [], { acknowledge: true })
    await handled(subscriber)
    expect([details, router.counters.eventsAcknowledged]).toEqual([{}, 0])
  })
})

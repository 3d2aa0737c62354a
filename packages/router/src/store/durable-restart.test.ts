// Shows a durable subscription over a restart of the router with a store on the disk.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RecordingLog } from '@trunkline/testing/ports'
import type { TestPeer } from '@trunkline/testkit'
import { OPEN_REALM, World } from '@trunkline/testkit'
import { expect, it } from 'vitest'
import { LmdbEventStore } from './lmdb-event-store.ts'

const TOPIC = 'com.shop.orders'

/** Settles until so many messages have come. */
async function messages(world: World, peer: TestPeer, count: number): Promise<unknown[][]> {
  const all: unknown[][] = []
  await expect
    .poll(
      () => {
        world.settle()
        all.push(...peer.take())
        return all.length
      },
      { timeout: 60_000 },
    )
    .toBe(count)
  return all
}

it('a durable subscription goes on after a restart where it was', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-store-'))
  const opened = async (): Promise<{ store: LmdbEventStore; world: World; peer: TestPeer }> => {
    const store = await LmdbEventStore.open({ folder, log: new RecordingLog() })
    const world = new World({ store, realms: { realm1: { ...OPEN_REALM, topics: [{ uri: TOPIC, durable: {} }] } } })
    const peer = world.join()
    peer.say(32, peer.nextRequest, { _durable: { name: 'invoices', attempts: 5 } }, TOPIC)
    return { store, world, peer }
  }
  try {
    const first = await opened()
    const [subscribed] = await messages(first.world, first.peer, 1)
    expect(subscribed?.[3]).toMatchObject({ _durable: { name: 'invoices', created: true } })
    for (let i = 1; i <= 3; i++) first.peer.say(16, first.peer.nextRequest, { exclude_me: false }, TOPIC, [i])
    const events = await messages(first.world, first.peer, 3)
    first.peer.say(337, events[1]?.[2])
    first.peer.drop()
    first.world.settle()
    await first.store.close()

    const again = await opened()
    const [answer, ...rest] = await messages(again.world, again.peer, 3)
    expect(answer?.[3]).toMatchObject({ _durable: { name: 'invoices' }, _position: 0 })
    expect(rest.map(([, , , details, args]) => [args, (details as Record<string, unknown>)['_redelivered']])).toEqual([
      [[1], 1],
      [[3], 1],
    ])
    await again.store.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

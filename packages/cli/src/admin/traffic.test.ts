// Shows that what looks at live traffic send holds no other session up, however many there are and however much they see.

import type { Actor, Router } from '@trunkline/router'
import { expect, it } from 'vitest'
import type { Picture } from './graph.ts'
import { Graph } from './graph.ts'
import type { Look } from './traffic.ts'
import { TICKS_A_SECOND, Traffic } from './traffic.ts'

const ALICE: Actor = { id: 1, identity: { authid: 'alice', authrole: 'guest' }, isInternal: false }

it('each look sends in a turn of its own, in which others are served', async () => {
  const order: string[] = []
  let isDone = (): void => undefined
  const done = new Promise<void>((resolve) => (isDone = resolve))
  const traffic = new Traffic({ witnesses: {} } as unknown as Router)
  const look = (name: string): Look => ({
    called: () => undefined,
    published() {},
    refused() {},
    changed() {},
    tick() {
      order.push(name)
      setImmediate(() => order.push('others') === 6 && isDone())
    },
  })
  for (const [session, name] of ['a', 'b', 'c'].entries()) traffic.add(look(name), session)
  order.length = 0
  // What the first ticks have begun comes before.
  await new Promise(setImmediate)
  order.length = 0
  await done
  traffic.stop()
  expect(order).toEqual(['a', 'others', 'b', 'others', 'c', 'others'])
})

it('a picture looks at some thousand subscribers, however many topics it shows', () => {
  let looked = 0
  const subscribersOf = (_topic: string, most: number) => {
    looked += most
    return { sessions: Array.from({ length: most }, (_, id) => ({ ...ALICE, id })), total: 500 }
  }
  const pictures: Picture[] = []
  const reader = { send: (picture: Picture) => void pictures.push(picture), hasRoom: () => true }
  const graph = new Graph({ by: 'session', seconds: 1, top: 200 }, reader, { realm: () => ({ subscribersOf }) } as unknown as Router)
  for (let i = 0; i < 50; i++) graph.published('shop', ALICE, { topic: `com.t${i}`, payload: undefined }, 0)
  for (let i = 0; i <= TICKS_A_SECOND; i++) graph.tick()
  expect(looked).toBe(20 * 200 + 30 * 20)
  expect(pictures[0]?.publications.map(({ subscribers, to }) => [subscribers, to.length])).toEqual(
    Array.from({ length: 50 }, () => [500, 20]),
  )
})

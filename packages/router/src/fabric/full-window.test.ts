// Shows what two routers do whose link has a full window: what waits for it counts as said before the acknowledgements that overtake it.

import { expect, it } from 'vitest'
import { BusPair, STEP_MS } from '../testing/bus-pair.ts'
import { ACK } from './packet.ts'

const PROCEDURE = 'com.example.procedure'
const isAck = (packet: Uint8Array): boolean => packet[2] === ACK

it('an acknowledgement that overtakes a better claim in the queue of its sender confirms nothing', () => {
  const pair = new BusPair()
  const [one, two] = pair.worlds
  const [subscriber, late, early, publisher] = [one.join(), one.join(), two.join(), two.join()]
  pair.advance(50)
  subscriber.say(32, 1, {}, 'com.example.topic')
  pair.advance(50)
  expect(subscriber.takeOne()[0]).toBe(33)

  pair.passes = isAck
  // More than the window of a link: what follows waits at its node.
  for (let i = 1; i <= 6; i++) publisher.say(16, i, {}, 'com.example.topic', ['x'.repeat(1 << 20)])
  pair.deliver()
  early.say(64, 1, {}, PROCEDURE)
  one.advance(STEP_MS)
  two.advance(STEP_MS)
  late.say(64, 1, {}, PROCEDURE)
  pair.advance(300)
  expect(two.router.realm('realm1')?.registrations.filter(({ uri }) => uri === PROCEDURE)).toHaveLength(1)
  expect(late.take()).toEqual([])

  pair.passes = () => true
  pair.advance(3_000)
  expect(late.takeOne().slice(0, 5)).toEqual([8, 64, 1, {}, 'wamp.error.procedure_already_exists'])
  expect(early.takeOne()[0]).toBe(65)
})

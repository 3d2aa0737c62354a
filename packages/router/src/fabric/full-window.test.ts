// Shows what two routers do whose link has a full window: what waits for it counts as said before the acknowledgements that overtake it.

import type { Bus, BusOwner } from '@trunkline/router'
import { SeededIds } from '@trunkline/testing/ports'
import { World } from '@trunkline/testkit'
import { expect, it } from 'vitest'
import { ACK } from './packet.ts'

/** Two routers, and the bus between them. Packets that a test does not let through are lost. */
class Pair {
  readonly worlds: readonly [World, World]
  /** Which packets of the second node come. */
  passes: (packet: Uint8Array) => boolean = () => true
  readonly #owners = new Map<string, BusOwner>()
  #flying: (() => void)[] = []

  constructor() {
    this.worlds = [this.#worldOf('a', 'b', 1_000), this.#worldOf('b', 'a', 2_000)]
    this.advance(3_000)
  }

  /** Lets time pass, and packets come, until both nodes have said what they have to say. */
  advance(milliseconds: number): void {
    for (let left = milliseconds; left > 0; left -= STEP_MS) {
      for (const world of this.worlds) world.advance(STEP_MS)
      this.deliver()
    }
  }

  deliver(): void {
    for (let packets = this.#flying; packets.length > 0; packets = this.#flying) {
      this.#flying = []
      for (const packet of packets) packet()
      for (const world of this.worlds) world.settle()
    }
  }

  #worldOf(node: string, other: string, seed: number): World {
    const bus: Bus = {
      node,
      maxPacketBytes: 1 << 20,
      start: (owner) => {
        this.#owners.set(node, owner)
        owner.onStatus(true)
      },
      send: (_, packet) => {
        if (node === 'a' || this.passes(packet)) this.#fly((to) => to.onPacket(node, packet.slice()), other)
      },
      announce: (hello) => this.#fly((to) => to.onHello(hello.slice()), other),
    }
    return new World({ ids: new SeededIds(seed), cluster: { name: 'test', by: bus } })
  }

  #fly(what: (to: BusOwner) => void, to: string): void {
    this.#flying.push(() => {
      const owner = this.#owners.get(to)
      if (owner !== undefined) what(owner)
    })
  }
}

const STEP_MS = 50
const PROCEDURE = 'com.example.procedure'
const isAck = (packet: Uint8Array): boolean => packet[2] === ACK

it('an acknowledgement that overtakes a better claim in the queue of its sender confirms nothing', () => {
  const pair = new Pair()
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

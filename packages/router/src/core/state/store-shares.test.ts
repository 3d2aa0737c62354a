// Shows which sessions wait while much of their owner is on its way to the store of events, and in which order they are read again.

import { ManualScheduler } from '@trunkline/testing/ports'
import { expect, it } from 'vitest'
import type { Waits } from './store-shares.ts'
import { StoreShares } from './store-shares.ts'

const [OCTETS, MOST, MOST_OCTETS] = [100, 512, 1024 * 1024]

class Sessions {
  readonly #waiting = new Map<string, () => void>()

  get waiting(): readonly string[] {
    return [...this.#waiting.keys()]
  }

  named(name: string): Waits {
    return this.#known.get(name) ?? this.#made(name)
  }

  readonly #known = new Map<string, Waits>()

  #made(name: string): Waits {
    const session: Waits = {
      waitForRoom: (wait) => {
        if (this.#waiting.has(name)) return false
        this.#waiting.set(name, () => {})
        wait(() => this.#waiting.delete(name))
        return true
      },
    }
    this.#known.set(name, session)
    return session
  }
}

function world() {
  const scheduler = new ManualScheduler()
  const [shares, sessions] = [new StoreShares(scheduler), new Sessions()]
  const add = (count: number, session: string, owner = 'anna'): void => {
    for (let i = 0; i < count; i++) shares.add(owner, OCTETS, sessions.named(session))
  }
  const remove = (count: number, owner = 'anna'): void => {
    for (let i = 0; i < count; i++) shares.remove(owner, OCTETS)
  }
  return { scheduler, shares, sessions, add, remove }
}

it('a session waits when its owner has much on its way, whichever of its sessions sent it', () => {
  const { shares, sessions, add } = world()
  add(MOST - 1, 'a')
  expect(sessions.waiting).toEqual([])
  add(1, 'b')
  add(1, 'c', 'berta')
  expect(sessions.waiting).toEqual(['b'])
  expect([shares.hasRoom('anna'), shares.hasRoom('berta')]).toEqual([false, true])
  shares.add('berta', MOST_OCTETS, sessions.named('c'))
  expect(sessions.waiting).toEqual(['b', 'c'])
})

it('the sessions of an owner go on one after the other, and all wait again when one of them has used the room', () => {
  const { scheduler, sessions, add, remove } = world()
  add(MOST, 'a')
  for (const name of ['b', 'c', 'd']) add(1, name)
  expect(sessions.waiting).toEqual(['a', 'b', 'c', 'd'])
  remove(MOST / 2 + 2)
  expect(sessions.waiting).toEqual(['a', 'b', 'c', 'd'])
  remove(1)
  expect(sessions.waiting).toEqual(['b', 'c', 'd'])
  remove(1)
  expect(sessions.waiting).toEqual(['b', 'c', 'd'])
  add(MOST, 'a')
  scheduler.settle()
  expect(sessions.waiting).toEqual(['b', 'c', 'd', 'a'])
})

it('nothing is left of an owner when all is stored and its sessions are read', () => {
  const { scheduler, shares, sessions, add, remove } = world()
  add(MOST, 'a')
  for (const name of ['b', 'c', 'd']) add(1, name)
  remove(MOST + 3)
  scheduler.settle()
  expect(sessions.waiting).toEqual([])
  expect(shares.owners).toBe(0)
  expect(shares.hasRoom('anna')).toBe(true)
})

it('what a session leaves behind counts to its owner and lets the others wait', () => {
  const { shares, sessions, add } = world()
  for (let i = 0; i < MOST; i++) shares.add('anna', OCTETS, undefined)
  expect(sessions.waiting).toEqual([])
  add(1, 'a')
  expect(sessions.waiting).toEqual(['a'])
})

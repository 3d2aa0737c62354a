// Shows which doors are listed, asked and closed, with doors made by hand.

import { describe, expect, it } from 'vitest'
import type { Listener } from './listener.ts'
import { OpenListeners } from './open-listeners.ts'

/** A door whose last connection goes when the test says so. */
class Door implements Listener {
  readonly address: string
  readonly asked: string[] = []
  goes: () => void = () => undefined
  readonly #gone = new Promise<void>((resolve) => (this.goes = resolve))

  constructor(address: string) {
    this.address = address
  }

  change(): void {}

  drain(): void {
    this.asked.push('drain')
  }

  close(): Promise<void> {
    this.asked.push('close')
    return this.#gone
  }

  closeAll(): void {
    this.asked.push('closeAll')
    this.goes()
  }
}

const named = (doors: readonly Listener[]): string[] => doors.map(({ address }) => address)

function open(...names: string[]): { listeners: OpenListeners; doors: Door[] } {
  const [listeners, doors] = [new OpenListeners(), names.map((name) => new Door(name))]
  for (const door of doors) listeners.add(door)
  return { listeners, doors }
}

describe('the open listeners', () => {
  it('lists those that accept: one that closes is listed no more', () => {
    const { listeners, doors } = open('a', 'b', 'c')
    expect(named(listeners.accepting)).toEqual(['a', 'b', 'c'])
    const [, b] = doors as [Door, Door, Door]
    void listeners.close(b)
    expect(named(listeners.accepting)).toEqual(['a', 'c'])
  })

  it('still asks one that closes until its last connection is gone, and nothing after', async () => {
    const { listeners, doors } = open('a', 'b')
    const [a, b] = doors as [Door, Door]
    const closed = [listeners.close(a), listeners.close(a)]
    listeners.drainAll()
    expect([a.asked, b.asked]).toEqual([['close', 'drain'], ['drain']])
    a.goes()
    await Promise.all(closed)
    listeners.drainAll()
    listeners.destroyAll()
    await listeners.close(a)
    expect([a.asked, b.asked]).toEqual([
      ['close', 'drain'],
      ['drain', 'drain', 'closeAll'],
    ])
    expect(named(listeners.accepting)).toEqual(['b'])
  })

  it('asks nothing of one that is not among them', async () => {
    const { listeners } = open('a')
    const stranger = new Door('x')
    await listeners.close(stranger)
    expect([stranger.asked, named(listeners.accepting)]).toEqual([[], ['a']])
  })

  it('closes all, those that close already included, each once', async () => {
    const { listeners, doors } = open('a', 'b', 'c')
    const [a] = doors as [Door, Door, Door]
    void listeners.close(a)
    const closed = listeners.closeAll()
    expect(named(listeners.accepting)).toEqual([])
    listeners.destroyAll()
    await closed
    expect(doors.map(({ asked }) => asked)).toEqual(doors.map(() => ['close', 'closeAll']))
    listeners.destroyAll()
    await listeners.closeAll()
    expect(doors.map(({ asked }) => asked)).toEqual(doors.map(() => ['close', 'closeAll']))
  })
})

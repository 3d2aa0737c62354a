// Shows that an address whose handshakes take long waits for its next ones, and that others do not.

import { expect, it, onTestFinished, vi } from 'vitest'
import { CostlyHandshakes } from './costly-handshakes.ts'

function started() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  let worked = 0
  const done: string[] = []
  const costly = new CostlyHandshakes(() => worked)
  const run = (owner: string, ms: number): void => {
    const step = (): void => {
      worked += ms
      done.push(owner)
    }
    costly.run(owner, step, () => run(owner, ms))
  }
  return { run, done }
}

it('an address whose handshake took long waits nine times as long before its next one, and others do not wait', () => {
  const { run, done } = started()
  for (const ms of [100, 100, 1]) run('192.0.2.1', ms)
  run('192.0.2.2', 2)
  expect(done).toEqual(['192.0.2.1', '192.0.2.2'])
  vi.advanceTimersByTime(899)
  expect(done.length).toBe(2)
  // Of those that have waited, one is dear again: the other waits on.
  vi.advanceTimersByTime(1)
  expect(done.length).toBe(3)
  vi.advanceTimersByTime(900)
  expect(done.length).toBe(4)
  expect(vi.getTimerCount()).toBe(0)
})

it('the networks of an IPv6 site wait together', () => {
  const { run, done } = started()
  run('2001:db8:0:1::/64', 100)
  run('2001:db8:0:2::/64', 100)
  run('2001:db8:1:1::/64', 100)
  expect(done).toEqual(['2001:db8:0:1::/64', '2001:db8:1:1::/64'])
})

it('handshakes as honest clients have them never wait', () => {
  const { run, done } = started()
  for (let i = 0; i < 1_000; i++) run('192.0.2.1', 10)
  expect([done.length, vi.getTimerCount()]).toEqual([1_000, 0])
})

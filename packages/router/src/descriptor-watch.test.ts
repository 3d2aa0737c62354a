// Shows that the end of the file descriptors is logged once, and that there are some again, too.

import { RecordingLog } from '@trunkline/testing/ports'
import { expect, it, onTestFinished, vi } from 'vitest'
import { DescriptorWatch } from './descriptor-watch.ts'
import { createRouter } from './router.ts'

it('tells once that there are no file descriptors left, and once that there are again', () => {
  const log = new RecordingLog()
  const codes = [undefined, 'EMFILE', 'EMFILE', 'ENFILE', undefined, undefined]
  const watch = new DescriptorWatch(log, (done) => done(codes.shift()))
  while (codes.length > 0) watch.look()
  expect(log.lines.map(({ event }) => event)).toEqual([
    'out of file descriptors: connections are refused',
    'file descriptors are free again',
  ])
})

it('looks with the system, one look at a time', async () => {
  const log = new RecordingLog()
  let looks = 0
  const told = new Promise<void>((resolve) => {
    const watch = new DescriptorWatch(log, (done) => {
      looks++
      setImmediate(() => {
        done('EMFILE')
        resolve()
      })
    })
    for (let i = 0; i < 3; i++) watch.look()
  })
  await told
  expect([looks, log.lines.length]).toEqual([1, 1])
})

it('is asked by a router each second from its first connection until it is closed', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const look = vi.spyOn(DescriptorWatch.prototype, 'look').mockReturnValue()
  onTestFinished(() => {
    vi.useRealTimers()
    look.mockRestore()
  })
  const router = createRouter({})
  vi.advanceTimersByTime(2_000)
  expect(look).not.toHaveBeenCalled()
  router.openLocal()
  vi.advanceTimersByTime(3_000)
  expect(look).toHaveBeenCalledTimes(3)
  await router.close()
  vi.advanceTimersByTime(2_000)
  expect(look).toHaveBeenCalledTimes(3)
})

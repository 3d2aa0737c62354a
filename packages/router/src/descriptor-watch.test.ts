// Shows that the end of the file descriptors is told once, and that there are some again.

import { RecordingLog } from '@trunkline/testkit'
import { expect, it } from 'vitest'
import { DescriptorWatch } from './descriptor-watch.ts'

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

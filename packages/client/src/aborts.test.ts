// Shows that an AbortSignal has one listener for any number of requests, and none without requests.

import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { Aborts } from './aborts.ts'

it('listens once for many, tells each that waits, and leaves nothing behind', () => {
  const aborts = new Aborts()
  const controller = new AbortController()
  const told: number[] = []
  const leave = Array.from({ length: 20 }, (_, i) => aborts.on(controller.signal, () => told.push(i)))
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
  for (const each of leave.slice(2)) each()
  controller.abort()
  expect(told).toEqual([0, 1])
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
})

it('takes its listener away with the last that waited, and listens anew for the next', () => {
  const aborts = new Aborts()
  const controller = new AbortController()
  aborts.on(controller.signal, () => undefined)()
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  const told: string[] = []
  aborts.on(controller.signal, () => told.push('again'))
  controller.abort()
  expect(told).toEqual(['again'])
})

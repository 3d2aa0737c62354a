// Shows when a page, a worker and Node say that it is time to connect.

import { afterEach, expect, it, vi } from 'vitest'
import { systemEnvironment } from './environment.ts'

afterEach(() => vi.unstubAllGlobals())

function stubPage(): { page: EventTarget & { visibilityState: string }; wakeUps: () => number; stop: () => void } {
  const scope = new EventTarget()
  const page = Object.assign(new EventTarget(), { visibilityState: 'hidden' })
  for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent'] as const) vi.stubGlobal(name, scope[name].bind(scope))
  vi.stubGlobal('document', page)
  const listener = vi.fn<() => void>()
  return { page, wakeUps: () => listener.mock.calls.length, stop: systemEnvironment.onWake(listener) }
}

it('tells when the network came back', () => {
  const { wakeUps } = stubPage()
  globalThis.dispatchEvent(new Event('online'))
  expect(wakeUps()).toBe(1)
})

it('tells when the page is seen again, not when it is hidden', () => {
  const { page, wakeUps } = stubPage()
  page.dispatchEvent(new Event('visibilitychange'))
  expect(wakeUps()).toBe(0)
  page.visibilityState = 'visible'
  page.dispatchEvent(new Event('visibilitychange'))
  expect(wakeUps()).toBe(1)
})

it('tells nothing any more when it was stopped', () => {
  const { page, wakeUps, stop } = stubPage()
  stop()
  page.visibilityState = 'visible'
  page.dispatchEvent(new Event('visibilitychange'))
  globalThis.dispatchEvent(new Event('online'))
  expect(wakeUps()).toBe(0)
})

it('works in a worker, which has no page', () => {
  stubPage().stop()
  vi.stubGlobal('document', undefined)
  const listener = vi.fn<() => void>()
  const stop = systemEnvironment.onWake(listener)
  globalThis.dispatchEvent(new Event('online'))
  stop()
  globalThis.dispatchEvent(new Event('online'))
  expect(listener).toHaveBeenCalledTimes(1)
})

it('asks for nothing in Node', () => {
  const listener = vi.fn<() => void>()
  systemEnvironment.onWake(listener)()
  expect(listener).not.toHaveBeenCalled()
})

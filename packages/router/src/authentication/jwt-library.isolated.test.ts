// Shows when the library for tokens is loaded.

import { World } from '@trunkline/testkit'
import { expect, it, vi } from 'vitest'

const library = vi.hoisted(() => {
  let onLoad: () => void = () => {}
  const isLoaded = new Promise<true>((resolve) => (onLoad = () => resolve(true)))
  return { isLoaded, load: () => onLoad() }
})
vi.mock('jose', (original) => {
  library.load()
  return original()
})

it('a realm that takes tokens loads its library before the first login, when there may be no file descriptor left', async () => {
  const jwt = { algorithms: ['HS256'], keys: [{ secret: 'a secret of at least 32 octets, all in all' }] }
  const world = new World({ realms: { realm1: { authentication: { jwt }, roles: {} } } })
  expect(await library.isLoaded).toBe(true)
  world.end()
})

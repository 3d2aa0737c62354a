// Shows how the limit on file descriptors is found, and what it bounds.

import { spawnSync } from 'node:child_process'
import { createRouter } from '@trunkline/router'
import { OPEN_REALM } from '@trunkline/testkit'
import { expect, it, vi } from 'vitest'
import { descriptorLimit } from './descriptor-limit.ts'
import { Openings } from './peers/openings.ts'

it.runIf(process.platform === 'linux')('the limit on file descriptors is that of the shell', () => {
  // The shell of a child has the limit of this process.
  expect(String(descriptorLimit())).toBe(spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout.trim())
})

it('the limit on file descriptors is not known where the system does not show it', () => {
  expect(descriptorLimit('/nowhere')).toBe(undefined)
})

it('a router that listens gives connections before login no more than their part of the file descriptors', async () => {
  const limited = vi.spyOn(Openings.prototype, 'limitTo')
  const router = createRouter({ realms: { realm1: OPEN_REALM } })
  await router.listenRawSocket({ listen: { host: '127.0.0.1', port: 0 } })
  await router.close()
  expect(limited).toHaveBeenCalledWith(descriptorLimit())
  limited.mockRestore()
})

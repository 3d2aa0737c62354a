import { fileURLToPath } from 'node:url'
import { Child, FROM_SOURCE } from '@trunkline/testkit/child'
import { expect, it } from 'vitest'

// In a process of its own: the comments of a contract are found by lines, which vitest knows of its own copy of the module.
it('the reference pages say what the tables say', async () => {
  const check = new Child([process.execPath, ...FROM_SOURCE, fileURLToPath(new URL('reference.mjs', import.meta.url)), '--check'])
  expect([await check.ended, check.output]).toEqual([0, ''])
})

// Shows the limits of a router by default, as the guide says them.

import { describe, expect, it } from 'vitest'
import { limitsOf } from './router-options.ts'

const MIB = 1_048_576

describe('the limits of a router', () => {
  it('are these by default', () => {
    expect(limitsOf({})).toEqual({
      messageBytes: 4 * MIB,
      depth: 64,
      outboxBytes: 4 * MIB,
      outboxSoftBytes: 2 * MIB,
      outboxTotalBytes: 256 * MIB,
      stallMs: 10_000,
      pingMs: 15_000,
      silenceMs: 30_000,
      helloMs: 10_000,
      loginMs: 10_000,
      goodbyeMs: 5_000,
      sessionsPerAddress: Infinity,
      connectionsBeforeLogin: 20_000,
      connectionsBeforeLoginPerAddress: 10_000,
      beforeLoginTotalBytes: 32 * MIB,
      drainMs: 10_000,
      reuseMs: 2_000,
    })
  })

  it.each(Object.keys(limitsOf({})))('take %s as given, and leave the others', (name) => {
    const { outboxSoftBytes: _soft, ...others } = limitsOf({ [name]: 8_192 })
    const { outboxSoftBytes: _default, ...defaults } = limitsOf({})
    expect(others).toEqual(name === 'outboxSoftBytes' ? defaults : { ...defaults, [name]: 8_192 })
  })

  it('call a session slow at half of what may wait for it, if nothing else is said', () => {
    expect(limitsOf({ outboxBytes: 1_000 }).outboxSoftBytes).toBe(500)
    expect(limitsOf({ outboxBytes: 1_000, outboxSoftBytes: 900 })).toMatchObject({ outboxBytes: 1_000, outboxSoftBytes: 900 })
  })
})

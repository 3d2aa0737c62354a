// Shows how secrets are compared: by digests, so that neither a length nor a place where they differ matters.

import { describe, expect, it } from 'vitest'
import { isSame } from './secrets.ts'

describe('two secrets', () => {
  it('are the same only when all of both is', () => {
    expect(isSame('secret', 'secret')).toBe(true)
    expect(isSame(Uint8Array.of(1, 2), Buffer.of(1, 2))).toBe(true)
    for (const given of ['', 's', 'Secret', 'secrex', 'secret ', 'secret\u0000', 'x'.repeat(1_000_000)])
      expect(isSame(given, 'secret')).toBe(false)
    expect(isSame('é', 'e\u0301')).toBe(false)
  })
})

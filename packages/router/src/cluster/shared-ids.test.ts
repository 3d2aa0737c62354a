// Ids that all nodes give alike, compared with those of Python's hmac.

import { expect, it } from 'vitest'
import { idFromMac, sharedIds } from './shared-ids.ts'

it.each([
  { kind: 'subscription', realm: 'realm1', match: 'exact', id: 1515089621737494 },
  { kind: 'registration', realm: 'realm1', match: 'exact', id: 1062370797132328 },
  { kind: 'subscription', realm: 'realm1', match: 'prefix', id: 4310199566416286 },
  { kind: 'subscription', realm: 'realm2', match: 'exact', id: 7724358828578480 },
] as const)('gives a $kind of $realm, $match, the first 53 bits of its HMAC as id', ({ kind, realm, match, id }) => {
  expect(sharedIds('a secret of 16 ch')(kind, realm, match, 'com.example.topic')).toBe(id)
})

it('reads key and URI as UTF-8', () => {
  expect(sharedIds('shop')('registration', 'realm1', 'wildcard', 'com..tür😀')).toBe(4323240678031023)
})

it('gives ids from 1 to 2^53 - 1', () => {
  expect(idFromMac(new Uint8Array(32))).toBe(1)
  expect(idFromMac(new Uint8Array(32).fill(0xff))).toBe(Number.MAX_SAFE_INTEGER)
  expect(idFromMac(Uint8Array.of(0, 0, 0, 0, 0, 0, 0x08, 0, 0xff))).toBe(1)
})

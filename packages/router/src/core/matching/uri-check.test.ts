// Shows which URIs and patterns a realm takes, at its limits.

import type { MatchPolicy } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { DEFAULT_REALM_SETTINGS } from '../state/default-settings.ts'
import { uriFault } from './uri-check.ts'

const LIMITS = { ...DEFAULT_REALM_SETTINGS.limits, uriLength: 20, uriComponents: 4, wildcards: 2 }
const fault = (uri: string, match: MatchPolicy = 'exact', uriRule: 'strict' | 'loose' = 'loose'): string | undefined =>
  uriFault(uri, match, { ...DEFAULT_REALM_SETTINGS, uriRule, limits: LIMITS })

describe('a URI', () => {
  it('is at most as long as the limit', () => {
    expect([fault('a'.repeat(20)), fault('a'.repeat(21))]).toEqual([undefined, 'the URI is longer than 20'])
  })

  it('has at most as many components as the limit, whatever its match', () => {
    for (const match of ['exact', 'prefix', 'wildcard'] as const) {
      expect([fault('a.b.c.d', match), fault('a.b.c.d.e', match)]).toEqual([undefined, 'the URI has more than 4 components'])
    }
    expect([fault('a.b.c.', 'prefix'), fault('a.b.c.d.', 'prefix')]).toEqual([undefined, 'the URI has more than 4 components'])
  })

  it('has at most as many wildcards as the limit, wherever they stand', () => {
    const many = 'the pattern has more than 2 wildcards'
    for (const pattern of ['a..b', '.a.b', 'a.b.', '..a', 'a..', '.a.', '.', 'a..b.'])
      expect([pattern, fault(pattern, 'wildcard')]).toEqual([pattern, undefined])
    for (const pattern of ['..', '...', 'a...', '...a', '.a..']) expect([pattern, fault(pattern, 'wildcard')]).toEqual([pattern, many])
  })

  it('keeps to the rule of the realm, and is named by its match', () => {
    expect([fault('A b'), fault('a..b'), fault('A.b', 'exact', 'strict')]).toEqual([
      'not a valid URI',
      'not a valid URI',
      'not a valid URI',
    ])
    expect([fault('a..b', 'prefix'), fault('a b', 'wildcard')]).toEqual(['not a valid prefix URI', 'not a valid wildcard URI'])
    expect([fault('A.b'), fault('', 'prefix')]).toEqual([undefined, undefined])
  })
})

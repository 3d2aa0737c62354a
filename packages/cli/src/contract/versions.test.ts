// Shows which version a change needs, and which versions say enough.

import { describe, expect, it } from 'vitest'
import type { Change } from './contract-changes.ts'
import { isAtLeast, neededVersion } from './versions.ts'

const change = (level: Change['level']): Change => ({ level, path: '', text: '' })

describe('the version that changes need', () => {
  it.each([
    ['1.2.3', 'breaking', '2.0.0'],
    ['1.2.3', 'source', '1.3.0'],
    ['1.2.3', 'compatible', undefined],
    ['0.2.3', 'breaking', '0.3.0'],
    ['0.2.3', 'source', '0.3.0'],
    ['9.9.9', 'breaking', '10.0.0'],
    ['1.9.0', 'source', '1.10.0'],
    ['1.2', 'breaking', undefined],
    ['v1.2.3', 'breaking', undefined],
    ['1.2.3-beta', 'breaking', undefined],
  ] as const)('of %s with a change that is %s: %s', (old, level, needed) => {
    expect(neededVersion(old, [change(level), change('compatible')])).toBe(needed)
  })

  it('is none without a change', () => {
    expect(neededVersion('1.2.3', [])).toBeUndefined()
  })
})

describe('a version', () => {
  it.each([
    ['1.2.3', '1.2.3', true],
    ['1.2.4', '1.2.3', true],
    ['1.2.2', '1.2.3', false],
    ['1.3.0', '1.2.3', true],
    ['1.1.9', '1.2.3', false],
    ['2.0.0', '1.2.3', true],
    ['1.9.9', '2.0.0', false],
    ['1.10.0', '1.9.0', true],
    ['1.2', '1.2.0', false],
    ['1.2.0', '1.2', false],
    ['', '', false],
  ])('%s is at least %s: %s', (version, least, expected) => {
    expect(isAtLeast(version, least)).toBe(expected)
  })
})

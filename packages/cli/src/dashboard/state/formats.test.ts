// Shows how numbers are written for people.

import { expect, it } from 'vitest'
import { ago, counted, duration, milliseconds, octets, short, whole } from './formats.ts'

it('numbers are short, and exact while they are small', () => {
  expect([0, 0.5, 3, 9.876, 42.25, 123.4, 9_876, 12_345, 1_234_567, 2e9].map(short)).toEqual([
    '0',
    '0.5',
    '3',
    '9.88',
    '42.3',
    '123',
    '9,876',
    '12.3k',
    '1.2M',
    '2G',
  ])
  expect(whole(1_234_567)).toBe('1,234,567')
})

it('octets have the largest unit of which there is one', () => {
  expect([0, 1_023, 1_024, 1_536, 10 * 2 ** 20, 300 * 2 ** 20, 2 ** 41].map(octets)).toEqual([
    '0 B',
    '1,023 B',
    '1 KiB',
    '1.5 KiB',
    '10 MiB',
    '300 MiB',
    '2 TiB',
  ])
})

it('times have two units at most', () => {
  expect([0, 59, 61, 3_600, 90_061, 864_000].map(duration)).toEqual(['0 s', '59 s', '1 min 1 s', '1 h', '1 d 1 h', '10 d'])
  expect([0, 0.25, 3.999, 12.4, 1_500].map(milliseconds)).toEqual(['0 ms', '0.25 ms', '4 ms', '12 ms', '1.5 s'])
  expect(ago('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:01:05Z'))).toBe('1 min 5 s')
  expect(ago('2026-01-01T00:00:09Z', Date.parse('2026-01-01T00:00:00Z'))).toBe('0 s')
})

it('nouns follow their count', () => {
  expect([counted(1, 'callee'), counted(0, 'topic')]).toEqual(['1 callee', '0 topics'])
})

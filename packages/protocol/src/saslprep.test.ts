// Shows SASLprep.

import { expect, it } from 'vitest'
import { saslPrepared } from './saslprep.ts'

it.each([
  // RFC 4013, section 3.
  ['I\u00ADX', 'IX'],
  ['user', 'user'],
  ['USER', 'USER'],
  ['\u00AA', 'a'],
  ['\u2168', 'IX'],
  ['\u0007', undefined],
  ['\u0627\u0031', undefined],
  // Spaces, and what maps to nothing.
  ['a\u00A0b\u3000c', 'a b c'],
  ['\u00AD', undefined],
  ['', undefined],
  // Prohibited: private use, noncharacters, halves of a pair, marks of direction, tags.
  ['\uE000', undefined],
  ['a\u{FFFFE}', undefined],
  ['a\uD800', undefined],
  ['a\u202E', undefined],
  ['\u{E0041}', undefined],
  // Directions: all of one, from end to end.
  ['\u05D0\u05D1', '\u05D0\u05D1'],
  ['\u05D0 1 \u05D1', '\u05D0 1 \u05D1'],
  ['\u05D0a\u05D1', undefined],
  ['1\u05D0', undefined],
  // Characters of later versions pass.
  ['\u{1F600}', '\u{1F600}'],
])('prepares %j as %j [AP-SCR-06]', (text, prepared) => {
  expect(saslPrepared(text)).toBe(prepared)
})

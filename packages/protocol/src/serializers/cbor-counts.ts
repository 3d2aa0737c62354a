// Counts the values of each list and dict of indefinite length in CBOR, since MessagePack writes counts first.
// It does not check the octets; the reader does so afterwards.

import { BREAK, BYTES, DICT, headSize, INDEFINITE, lengthAt, LIST, TAG, TEXT } from './cbor-layout.ts'
import type { OpenedCounts } from './counts.ts'

/** Counts raw items in one pass, without recursion, and replaces earlier counts. */
export function countCbor(raw: Uint8Array, counts: OpenedCounts): void {
  counts.begin()
  /** The values left in each outer list or dict; below 0 for an indefinite length: then ~left is twice its place, plus 1 for a dict. */
  const around: number[] = []
  let left = Infinity
  for (let pos = 0; pos < raw.length;) {
    while (left === 0) left = around.pop() ?? Infinity
    const c = raw[pos] as number
    if (c === BREAK) {
      if (left < 0 && (~left & 1) === 1) counts.halve(~left >> 1)
      left = around.pop() ?? Infinity
      pos++
      continue
    }
    const major = c >> 5
    const size = headSize(raw, pos, raw.length)
    const isOpen = (c & 31) === INDEFINITE
    // A tag and its content are one value.
    if (major !== TAG) {
      if (left < 0) counts.add(~left >> 1)
      else left--
    }
    if (major === LIST || major === DICT) {
      around.push(left)
      left = isOpen ? ~(counts.open(0) * 2 + (major === DICT ? 1 : 0)) : lengthAt(raw, pos) * (major === DICT ? 2 : 1)
      pos += size
    } else if (major === BYTES || major === TEXT) pos = isOpen ? afterChunks(raw, pos + 1) : pos + size + lengthAt(raw, pos)
    else pos += size
  }
}

/** The position after the chunks of a string and their break. */
function afterChunks(raw: Uint8Array, start: number): number {
  let pos = start
  while (pos < raw.length && raw[pos] !== BREAK) pos += headSize(raw, pos, raw.length) + lengthAt(raw, pos)
  return pos + 1
}

// Counts the values of each list and dict of JSON text, since MessagePack and CBOR write counts first.
// It does not check the text; the reader does so afterwards.

import type { OpenedCounts } from './counts.ts'
import type { JsonGrammar } from './json-grammar.ts'
import { afterBlanks } from './json-grammar.ts'

/** Counts raw items in one pass, without recursion, and replaces earlier counts. */
export function countJson(raw: Uint8Array, grammar: JsonGrammar, counts: OpenedCounts): void {
  counts.begin()
  const end = raw.length
  const around: number[] = []
  let current = NONE
  for (let pos = 0; pos < end;) {
    const c = raw[pos++] as number
    if (c === 0x22) pos = grammar.afterString(raw, pos, end)
    else if (c === 0x2c) {
      if (current !== NONE) counts.add(current)
    } else if (c === 0x5b || c === 0x7b) {
      around.push(current)
      pos = afterBlanks(raw, pos, end)
      const isEmpty = raw[pos] === 0x5d || raw[pos] === 0x7d
      current = counts.open(isEmpty ? 0 : 1)
    } else if (c === 0x5d || c === 0x7d) current = around.pop() ?? NONE
  }
}

/** The place of values outside of any list or dict. */
const NONE = -1

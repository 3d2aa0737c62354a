// How many values each list and dict of JSON text holds: MessagePack and CBOR write that first.
// Never judges the text; whoever reads it does.

import type { JsonGrammar } from './json-grammar.ts'
import { afterBlanks } from './json-grammar.ts'
import type { Counts } from './sink.ts'

/** Counts in one pass, whatever the nesting. */
export class JsonCounts implements Counts {
  #counts: number[] = []
  #given = 0

  constructor(raw: Uint8Array, grammar: JsonGrammar) {
    const end = raw.length
    const around: number[] = []
    // What stands in no list or dict is counted in a place of its own, which nobody asks for.
    const counts = [0]
    let current = 0
    for (let pos = 0; pos < end;) {
      const c = raw[pos++] as number
      if (c === 0x22) pos = grammar.afterString(raw, pos, end)
      else if (c === 0x2c) counts[current] = (counts[current] as number) + 1
      else if (c === 0x5b || c === 0x7b) {
        around.push(current)
        pos = afterBlanks(raw, pos, end)
        const isEmpty = raw[pos] === 0x5d || raw[pos] === 0x7d
        current = counts.push(isEmpty ? 0 : 1) - 1
      } else if (c === 0x5d || c === 0x7d) current = around.pop() ?? 0
    }
    this.#counts = counts
  }

  next(): number {
    return this.#counts[++this.#given] as number
  }
}

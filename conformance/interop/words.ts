// The words of the two commands of this suite.

import { parseArgs } from 'node:util'

import type { Between } from './nodes.ts'

export interface Words {
  /** PYTHON, then the names of clients. */
  readonly names: readonly string[]
  readonly isWriting: boolean
  readonly isFew: boolean
  readonly between: Between
}

/** Undefined when they are wrong. */
export function readWords(words: readonly string[]): Words | undefined {
  const { values, positionals: names } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { write: { type: 'boolean' }, few: { type: 'boolean' }, between: { type: 'string' } },
  })
  const { write: isWriting = false, few: isFew = false, between = 'alone' } = values
  if (names.length === 0 || !isBetween(between) || (isWriting && between !== 'alone')) return undefined
  return { names, isWriting, isFew, between }
}

function isBetween(text: string): text is Between {
  return text === 'alone' || text === 'unix' || text === 'nats'
}

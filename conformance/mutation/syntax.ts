// Sources as syntax, and edits of them. Reads text only; never a file.

import type { Program } from 'oxc-parser'
import { parseSync } from 'oxc-parser'

/** A range of a source. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A piece of a source, and the text that replaces it. */
export interface Edit extends Span {
  readonly replacement: string
}

/** The syntax tree of a source. */
export function parse(source: string, hasParentheses: boolean): Program {
  return parseSync('source.ts', source, { preserveParens: hasParentheses }).program
}

/** Whether a text is a program. */
export function isProgram(source: string): boolean {
  return parseSync('source.ts', source).errors.length === 0
}

/** The source with the edit. */
export function withEdit(source: string, { start, end, replacement }: Edit): string {
  return source.slice(0, start) + replacement + source.slice(end)
}

export function textAt(source: string, { start, end }: Span): string {
  return source.slice(start, end)
}

/** The line of a position, from 1 on. */
export function lineAt(source: string, position: number): number {
  return source.slice(0, position).split('\n').length
}

/** The place of the operator between two operands. */
export function signBetween(source: string, left: Span, right: Span, sign: string): Span | undefined {
  const start = source.indexOf(sign, left.end)
  return start < 0 || start >= right.start ? undefined : { start, end: start + sign.length }
}

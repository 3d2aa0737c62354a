// The places of a source at which one small fault can be put in, each with the text that replaces it. Reads syntax only.

import { Visitor } from 'oxc-parser'
import type { Edit, Span } from './syntax.ts'
import { isProgram, lineAt, parse, signBetween, textAt, withEdit } from './syntax.ts'

/** One fault that could be put in. */
export interface Point extends Edit {
  /** Path from the root. */
  readonly file: string
  readonly line: number
  /** What the fault does, in a few words. */
  readonly kind: string
}

/** The operators that replace an operator. */
const MISTAKEN: Readonly<Record<string, string>> = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '&&': '||',
  '||': '&&',
}

/** All points of a source at which the fault leaves a valid program, in their order. */
export function pointsOf(file: string, source: string): Point[] {
  const points: Point[] = []
  /** The places of literals that are types. */
  const types = new Set<number>()
  const add = (kind: string, { start, end }: Span, replacement: string): void => {
    points.push({ file, kind, start, end, replacement, line: lineAt(source, start) })
  }
  const textOf = (span: Span): string => textAt(source, span)
  const operator = (left: Span, right: Span, sign: string): void => {
    const replacement = MISTAKEN[sign]
    const span = signBetween(source, left, right, sign)
    if (replacement !== undefined && span !== undefined) add(`${sign} is ${replacement}`, span, replacement)
  }
  new Visitor({
    BinaryExpression: ({ left, right, operator: sign }) => operator(left, right, sign),
    LogicalExpression: ({ left, right, operator: sign, start, end }) => {
      if (sign === '??') add('no default', { start, end }, textOf(left))
      else operator(left, right, sign)
    },
    UnaryExpression: ({ operator: sign, argument, start, end }) => {
      if (sign === '!') add('not negated', { start, end }, textOf(argument))
    },
    UpdateExpression: ({ operator: sign, argument, prefix, start, end }) => {
      const other = sign === '++' ? '--' : '++'
      add(`${sign} is ${other}`, { start, end }, prefix ? other + textOf(argument) : textOf(argument) + other)
    },
    IfStatement: ({ test }) => {
      add('condition is true', test, 'true')
      add('condition is false', test, 'false')
    },
    ConditionalExpression: ({ test }) => add('condition is false', test, 'false'),
    ExpressionStatement: ({ expression, start, end }) => {
      const isDone = ['CallExpression', 'AwaitExpression', 'AssignmentExpression', 'UnaryExpression'].includes(expression.type)
      if (isDone && !textOf(expression).startsWith('super(')) add('statement is left out', { start, end }, ';')
    },
    ReturnStatement: ({ argument }) => {
      if (argument !== null) add('returns nothing', argument, 'undefined')
    },
    Literal: ({ value, start, end }) => {
      if (typeof value === 'boolean') add(`${value} is ${!value}`, { start, end }, String(!value))
      if (typeof value === 'number') add('number is one more', { start, end }, `(${source.slice(start, end)} + 1)`)
    },
    TSLiteralType: ({ literal }) => void types.add(literal.start),
    CallExpression: ({ arguments: list }) => {
      // An option that is not passed on.
      for (const argument of list) if (argument.type === 'ObjectExpression') leaveOut(argument.properties)
    },
  }).visit(parse(source, true))
  return points.filter((point) => !types.has(point.start) && isProgram(withEdit(source, point))).toSorted((a, b) => a.start - b.start)

  function leaveOut(properties: readonly Span[]): void {
    for (const [i, property] of properties.entries()) {
      const end = properties[i + 1]?.start ?? property.end
      add('property is left out', { start: property.start, end }, '')
    }
  }
}

// Syntax as a tree in which each node knows its parent. Types are left out: they do nothing.

import { visitorKeys } from 'oxc-parser'
import type { Span } from './syntax.ts'
import { parse } from './syntax.ts'

export interface Node extends Span {
  readonly type: string
  readonly [key: string]: unknown
}

/** A node in its place. */
export interface Spot {
  readonly node: Node
  readonly parent: Spot | undefined
  /** The key of the parent under which it is. */
  readonly key: string
}

const OF_TYPES = new Set(['typeAnnotation', 'returnType', 'typeParameters', 'typeArguments'])
/** What differs although the code is the same. */
const OF_TEXT = new Set(['start', 'end', 'raw', ...OF_TYPES])

/** A node and all below it, in the order of the text. */
export function spotsOf(node: Node): Spot[] {
  const spots: Spot[] = []
  const visit = (spot: Spot): void => {
    spots.push(spot)
    for (const key of visitorKeys[spot.node.type] ?? []) {
      if (!OF_TYPES.has(key)) for (const below of nodesUnder(spot.node, key)) visit({ node: below, parent: spot, key })
    }
  }
  visit({ node, parent: undefined, key: '' })
  return spots
}

/** The nodes under a key, in their order. */
export function nodesUnder(node: Node | undefined, key: string): readonly Node[] {
  const value = node?.[key]
  return (Array.isArray(value) ? value : [value]).filter((each): each is Node => typeof each === 'object' && each !== null)
}

/** The name of an identifier, with the sign of a private one. */
export function nameOf(node: Node): string {
  return `${node.type === 'PrivateIdentifier' ? '#' : ''}${String(node['name'])}`
}

/** The expression that a text is. */
export function expressionOf(text: string): Node {
  const [first] = parse(`async function* _() { (${text}\n) }`, false).body as unknown as readonly Node[]
  const [statement] = nodesUnder(nodesUnder(first, 'body')[0], 'body')
  const [expression] = nodesUnder(statement, 'expression')
  if (expression === undefined) throw new Error(`'${text}' is no expression`)
  return expression
}

/** A text that two nodes share if they are the same code, however it is formatted. */
export function shapeOf(node: Node): string {
  return JSON.stringify(node, (key, value: unknown) => {
    if (OF_TEXT.has(key)) return undefined
    if (typeof value === 'bigint') return String(value)
    return (value as Node | null)?.type === 'ChainExpression' ? (value as Node)['expression'] : value
  })
}

// The change at the place that a mark names.

import { isStatement } from './marks.ts'
import type { Edit, Span } from './syntax.ts'
import { signBetween, textAt } from './syntax.ts'
import type { Node, Spot } from './tree.ts'
import { nodesUnder } from './tree.ts'

/** Makes the edit; throws if it does not fit the code there. */
export type Fault = (source: string, spot: Spot) => Edit

/** Other code replaces it; `$&` in it stands for the code before. */
export function becomes(code: string): Fault {
  return (source, spot) => {
    const text = code.replaceAll('$&', () => textAt(source, spot.node))
    if (isListed(spot) || beginsStatement(spot)) return replace(spot.node, text)
    return replace(spot.node, isStatement(spot) ? `{ ${text} }` : `(${text})`)
  }
}

export const isTrue: Fault = becomes('true')
export const isFalse: Fault = becomes('false')
export const isNegated: Fault = becomes('!($&)')

/** Another operator between the same operands. */
export function operator(sign: string): Fault {
  return (source, { node }) => {
    const [left, right] = [...nodesUnder(node, 'left'), ...nodesUnder(node, 'right')]
    const span = left && right && signBetween(source, left, right, String(node['operator']))
    if (span === undefined) throw new Error(`there is no operator in ${textAt(source, node)}`)
    return replace(span, sign)
  }
}

/** A statement does nothing; an argument or a property is missing; of `a && b` and the like the other operand stays. */
export const isDropped: Fault = (source, spot) => {
  const { node, key, parent } = spot
  if (isStatement(spot)) return replace(node, ';')
  if (parent?.node.type === 'Property') return isDropped(source, parent)
  if (parent?.node.type === 'LogicalExpression') {
    const [other] = nodesUnder(parent.node, key === 'left' ? 'right' : 'left')
    if (other !== undefined) return replace(parent.node, `(${textAt(source, other)})`)
  }
  if (!isListed(spot)) throw new Error(`${textAt(source, node)} cannot be left out`)
  return replace({ start: node.start, end: nextOf(spot)?.start ?? node.end }, '')
}

/** A statement changes places with the next one. */
export const comesAfterNext: Fault = (source, spot) => {
  const next = nextOf(spot)
  if (!isStatement(spot) || next === undefined) throw new Error(`${textAt(source, spot.node)} is no statement before another`)
  return replace({ start: spot.node.start, end: next.end }, `${textAt(source, next)};\n${textAt(source, spot.node)};`)
}

function replace({ start, end }: Span, replacement: string): Edit {
  return { start, end, replacement }
}

/** Whether it is one of a list: of statements, arguments or properties. */
function isListed({ key, parent }: Spot): boolean {
  return Array.isArray(parent?.node[key])
}

/** Whether it is the first of a statement, where a parenthesis could continue the line before. */
function beginsStatement({ node, parent }: Spot): boolean {
  return parent?.node.start === node.start && (isStatement(parent) || beginsStatement(parent))
}

function nextOf(spot: Spot): Node | undefined {
  if (!isListed(spot)) return undefined
  const list = nodesUnder(spot.parent?.node, spot.key)
  return list[list.indexOf(spot.node) + 1]
}

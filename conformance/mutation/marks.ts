// Marks: how a place in a function is named, so that the name stays valid while files move and are formatted again.
// The pieces of code in them are compared as syntax, not as text.

import type { Node, Spot } from './tree.ts'
import { expressionOf, nameOf, nodesUnder, shapeOf } from './tree.ts'

/** The name of a place in a function. */
export interface Mark {
  /** As it is written, for messages. */
  readonly text: string
  /** All places that it could mean; a good mark means exactly one. */
  find(spots: readonly Spot[]): readonly Spot[]
  /** All places of its kind, for messages. */
  likely(spots: readonly Spot[]): readonly Spot[]
}

const TESTED = new Set(['IfStatement', 'ConditionalExpression', 'WhileStatement', 'DoWhileStatement', 'ForStatement'])
const CALLS = new Set(['CallExpression', 'NewExpression'])

/** The condition of an `if`, a loop or `? :` in which the code occurs. */
export function condition(code: string): Mark {
  const isCondition = ({ key, parent }: Spot): boolean => key === 'test' && parent !== undefined && TESTED.has(parent.node.type)
  return around('condition', code, isCondition, isStatement)
}

/** The smallest statement in which the code occurs: the `if` or loop itself if the code is in its head. */
export function statement(code: string): Mark {
  return around('statement', code, isStatement)
}

/** What is returned, where the code occurs in it. */
export function returned(code: string): Mark {
  return around('returned', code, ({ key, parent }) => key === 'argument' && parent?.node.type === 'ReturnStatement')
}

/** The expression itself. */
export function expression(code: string): Mark {
  const is = sameAs(code)
  return mark(`expression(${code})`, ({ node }) => is(node), isExpression)
}

/** The call of a function or method, or `new` of a class, by its last name. */
export function call(name: string): Mark {
  return mark(`call(${name})`, ({ node }) => calledBy(node) === name, isCall)
}

/** An argument of such a call, from 1 on. */
export function argument(place: number, name: string): Mark {
  const isPlace = ({ node, key, parent }: Spot): boolean => key === 'arguments' && nodesUnder(parent?.node, key)[place - 1] === node
  return mark(`argument(${place}, ${name})`, (spot) => isPlace(spot) && calledBy(spot.parent?.node) === name, isPlace)
}

/** The first value of a variable. */
export function initial(name: string): Mark {
  const isInitial = ({ key, parent }: Spot): boolean => key === 'init' && parent?.node.type === 'VariableDeclarator'
  return mark(`initial(${name})`, (spot) => isInitial(spot) && named(spot.parent?.node, 'id') === name, isInitial)
}

/** The assigned value, also by `+=` and the like. */
export function assigned(to: string): Mark {
  const is = sameAs(to)
  const isAssigned = ({ key, parent }: Spot): boolean => key === 'right' && parent?.node.type === 'AssignmentExpression'
  const isWanted = ({ parent }: Spot): boolean => nodesUnder(parent?.node, 'left').some(is)
  return mark(`assigned(${to})`, (spot) => isAssigned(spot) && isWanted(spot), isAssigned)
}

/** The value of a property in a literal. */
export function property(name: string): Mark {
  const isValue = ({ key, parent }: Spot): boolean => key === 'value' && parent?.node.type === 'Property'
  return mark(`property(${name})`, (spot) => isValue(spot) && named(spot.parent?.node, 'key') === name, isValue)
}

/** A place within another. */
export function inside(outer: Mark, inner: Mark): Mark {
  const within = (spots: readonly Spot[]): readonly Spot[] => spots.filter((spot) => outer.find(spots).some((each) => isBelow(spot, each)))
  return {
    text: `inside(${outer.text}, ${inner.text})`,
    find: (spots) => inner.find(within(spots)),
    likely: (spots) => inner.likely(within(spots)),
  }
}

/** Of several places, the one at that number from 1 on. */
export function nth(number: number, of: Mark): Mark {
  return {
    text: `nth(${number}, ${of.text})`,
    find: (spots) => of.find(spots).slice(number - 1, number),
    likely: (spots) => of.find(spots),
  }
}

function mark(text: string, isWanted: (spot: Spot) => boolean, isLikely: (spot: Spot) => boolean): Mark {
  return { text, find: (spots) => spots.filter(isWanted), likely: (spots) => spots.filter(isLikely) }
}

/** The nearest places of a kind around code, not beyond a border. */
function around(kind: string, code: string, isKind: (spot: Spot) => boolean, isBorder = (_: Spot): boolean => false): Mark {
  const is = sameAs(code)
  const nearest = (spot: Spot | undefined): readonly Spot[] => {
    if (spot === undefined) return []
    if (isKind(spot)) return [spot]
    return isBorder(spot) ? [] : nearest(spot.parent)
  }
  return {
    text: `${kind}(${code})`,
    find: (spots) => [...new Set(spots.filter(({ node }) => is(node)).flatMap(nearest))],
    likely: (spots) => spots.filter(isKind),
  }
}

/** Whether it is a statement, and neither a block nor the head of a loop. */
export function isStatement({ node: { type }, key }: Spot): boolean {
  if (type === 'VariableDeclaration') return key !== 'init' && key !== 'left'
  return type.endsWith('Statement') && type !== 'BlockStatement'
}

function isCall({ node }: Spot): boolean {
  return CALLS.has(node.type)
}

function isExpression({ node: { type } }: Spot): boolean {
  return type.endsWith('Expression') || type === 'Literal'
}

/** Whether a node is that code, however it is formatted. */
function sameAs(code: string): (node: Node) => boolean {
  const wanted = expressionOf(code)
  const shape = shapeOf(wanted)
  return (node) => node.type === wanted.type && shapeOf(node) === shape
}

function isBelow(spot: Spot | undefined, outer: Spot): boolean {
  return spot !== undefined && (spot === outer || isBelow(spot.parent, outer))
}

/** The last name of what a node calls. */
function calledBy(node: Node | undefined): string | undefined {
  if (node === undefined || !CALLS.has(node.type)) return undefined
  const [callee] = nodesUnder(node, 'callee')
  return callee?.type === 'MemberExpression' ? named(callee, 'property') : named(node, 'callee')
}

function named(node: Node | undefined, key: string): string | undefined {
  const [name] = nodesUnder(node, key)
  return name === undefined ? undefined : nameOf(name)
}

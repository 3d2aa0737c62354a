// The part of the comparison that is about lists.

import type { SchemaDict } from './schema-facts.ts'
import { given } from './schema-facts.ts'
import type { Question, Reason } from './schema-question.ts'

/** Why a list that is known in part does not fulfil a constraint. */
export function listReasons(question: Question, facts: readonly SchemaDict[], constraint: SchemaDict, path: string): readonly Reason[] {
  if (Object.hasOwn(constraint, 'items') || Object.hasOwn(constraint, 'prefixItems')) return itemReasons(question, facts, constraint, path)
  if (Object.hasOwn(constraint, 'contains')) return containsReasons(question, facts, constraint, path)
  const [word = '', wanted] = Object.entries(constraint)[0] ?? []
  const isFulfilled = {
    minItems: () => leastOf(facts) >= Number(wanted),
    maxItems: () => mostOf(facts) <= Number(wanted),
    uniqueItems: () => wanted !== true || mostOf(facts) <= 1 || given(facts, word).includes(true),
  }[word]
  const [first] = given<unknown>(facts, word)
  return isFulfilled === undefined || isFulfilled() ? [] : [{ path, why: question.change(word, first, wanted) }]
}

function leastOf(facts: readonly SchemaDict[]): number {
  return Math.max(0, ...given<number>(facts, 'minItems'))
}

function mostOf(facts: readonly SchemaDict[]): number {
  const closed = facts.filter(({ items }) => items === false).map((fact) => prefixOf(fact).length)
  return Math.min(Number.POSITIVE_INFINITY, ...given<number>(facts, 'maxItems'), ...closed)
}

function prefixOf({ prefixItems = [] }: SchemaDict): readonly unknown[] {
  return prefixItems as unknown[]
}

/** What the parts say of the item at an index. */
function itemAt(facts: readonly SchemaDict[], index: number): readonly unknown[] {
  return facts.flatMap((fact) => {
    const prefix = prefixOf(fact)
    const item = index < prefix.length ? prefix[index] : fact['items']
    return item === undefined ? [] : [item]
  })
}

function itemReasons(question: Question, facts: readonly SchemaDict[], constraint: SchemaDict, path: string): readonly Reason[] {
  const prefix = prefixOf(constraint)
  // One more than there are places of their own stands for all further ones.
  const count = Math.min(mostOf(facts), Math.max(prefix.length, ...facts.map((fact) => prefixOf(fact).length)) + 1)
  return Array.from({ length: count }, (_, i) => i).flatMap((i) => {
    const [wanted, place] = i < prefix.length ? [prefix[i], `/prefixItems/${i}`] : [constraint['items'] ?? true, '/items']
    return question.below(itemAt(facts, i), wanted, path + place)
  })
}

function containsReasons(
  question: Question,
  facts: readonly SchemaDict[],
  { contains, minContains = 1, maxContains }: SchemaDict,
  path: string,
): readonly Reason[] {
  const count = Math.max(0, ...facts.map((fact) => prefixOf(fact).length)) + 1
  const items = Array.from({ length: Math.min(count, mostOf(facts)) }, (_, i) => itemAt(facts, i))
  const areEnough = minContains === 0 || (leastOf(facts) >= Number(minContains) && items.every((item) => question.holds(item, contains)))
  const areFew =
    maxContains === undefined || mostOf(facts) <= Number(maxContains) || items.every((item) => question.isApart(item, contains))
  return areEnough && areFew ? [] : [{ path: `${path}/contains`, why: 'the list must contain other items', isUnsure: true }]
}

// Whether no value fits two schemas. It says no where it cannot tell.

import { highOf, lowOf } from './inclusion-scalars.ts'
import type { SchemaDict } from './schema-facts.ts'
import { factsOf, given, kindsOf, own } from './schema-facts.ts'
import type { Question } from './schema-question.ts'
import type { Piece } from './schema-pieces.ts'
import { fits, kindFact, piecesOf } from './schema-pieces.ts'

/** Whether no value of which all of `small` hold is one of `part`, a part of the bigger schema. */
export function areApart(question: Question, small: readonly unknown[], part: unknown): boolean {
  const wanted = factsOf([part], question.bigRoot)
  if (wanted === false) return true
  return piecesOf(small, question.smallRoot).every((piece) => {
    if (piece.values !== undefined) return piece.values.every((value) => !fits(value, [part], question.bigRoot))
    return wanted.some((fact) => isApart(question, piece, fact))
  })
}

/** Whether one part of the bigger schema excludes a case. */
function isApart(question: Question, piece: Piece, wanted: SchemaDict): boolean {
  const known = [...piece.facts, kindFact(piece)]
  const { anyOf, oneOf, not } = wanted
  const kinds = kindsOf(wanted)
  if (!kinds.includes(piece.kind) && !(piece.kind === 'fraction' && kinds.includes('integer'))) return true
  const listed = Object.hasOwn(wanted, 'const') ? [wanted['const']] : (wanted['enum'] as readonly unknown[] | undefined)
  if (listed !== undefined && listed.every((value) => !fits(value, piece.facts, question.smallRoot))) return true
  for (const options of [anyOf, oneOf] as (readonly unknown[] | undefined)[]) {
    if (options !== undefined && options.every((option) => question.isApart(known, option))) return true
  }
  if (not !== undefined && question.holds(known, not)) return true
  if (piece.kind === 'integer' || piece.kind === 'fraction') return areNumbersApart(piece, wanted)
  return piece.kind === 'object' && areObjectsApart(question, piece.facts, wanted)
}

function areNumbersApart({ facts, kind }: Piece, wanted: SchemaDict): boolean {
  const isInteger = kind === 'integer'
  const [low, high, least, most] = [
    lowOf(facts, isInteger),
    highOf(facts, isInteger),
    lowOf([wanted], isInteger),
    highOf([wanted], isInteger),
  ]
  return low.limit > most.limit || high.limit < least.limit
}

/** Whether a key that both want has values that nothing has in common. */
function areObjectsApart(question: Question, facts: readonly SchemaDict[], wanted: SchemaDict): boolean {
  const required = new Set(given<readonly string[]>(facts, 'required').flat())
  const needed = (wanted['required'] ?? []) as readonly string[]
  return needed.some((key) => {
    const schema = own(wanted['properties'], key)
    const known = facts.flatMap((fact) => own(fact['properties'], key) ?? [])
    return required.has(key) && schema !== undefined && question.isApart(known, schema)
  })
}

// The part of the comparison that is about numbers and strings.

import type { SchemaDict } from './schema-facts.ts'
import { given } from './schema-facts.ts'
import type { Question, Reason } from './schema-question.ts'
import type { Piece } from './schema-pieces.ts'

/** The least or greatest number that is allowed. */
interface Bound {
  readonly limit: number
  /** Whether the limit itself is not allowed. */
  readonly isOpen: boolean
}

/** Why a number or string that is known in part does not fulfil a constraint. */
export function scalarReasons(question: Question, { facts, kind }: Piece, constraint: SchemaDict, path: string): readonly Reason[] {
  const [word = '', wanted] = Object.entries(constraint)[0] ?? []
  const [first] = given<unknown>(facts, word)
  const no: readonly Reason[] = [{ path, why: question.change(word, first, wanted) }]
  if (kind === 'integer' || kind === 'fraction') return isNumberWithin(facts, kind === 'integer', word, wanted) ? [] : no
  if (kind !== 'string') return []
  switch (word) {
    case 'minLength':
      return wanted === 0 || given<number>(facts, word).some((least) => least >= Number(wanted)) ? [] : no
    case 'maxLength':
      return given<number>(facts, word).some((most) => most <= Number(wanted)) ? [] : no
    case 'format':
      return no
    case 'pattern':
      return [{ path, why: question.change(word, first, wanted), ...(first !== undefined && { isUnsure: true as const }) }]
    default:
      return []
  }
}

function isNumberWithin(facts: readonly SchemaDict[], isInteger: boolean, word: string, wanted: unknown): boolean {
  const limit = Number(wanted)
  const [low, high] = [lowOf(facts, isInteger), highOf(facts, isInteger)]
  switch (word) {
    case 'minimum':
      return low.limit >= limit
    case 'exclusiveMinimum':
      return low.limit > limit || (low.limit === limit && low.isOpen)
    case 'maximum':
      return high.limit <= limit
    case 'exclusiveMaximum':
      return high.limit < limit || (high.limit === limit && high.isOpen)
    case 'multipleOf':
      // Whether a fraction is a multiple is not certain: fractions are not exact.
      return (
        limit >= 1 &&
        [...given<number>(facts, word), ...(isInteger ? [1] : [])].some((step) => Number.isInteger(step) && step % limit === 0)
      )
    default:
      return true
  }
}

export function lowOf(facts: readonly SchemaDict[], isInteger: boolean): Bound {
  return boundOf(facts, isInteger, ['minimum', 'exclusiveMinimum'], 1)
}
export function highOf(facts: readonly SchemaDict[], isInteger: boolean): Bound {
  return boundOf(facts, isInteger, ['maximum', 'exclusiveMaximum'], -1)
}

/** @param sign 1 for the least, -1 for the greatest */
function boundOf(facts: readonly SchemaDict[], isInteger: boolean, [closed, open]: readonly [string, string], sign: 1 | -1): Bound {
  const bounds = [
    ...given<number>(facts, closed).map((limit) => ({ limit, isOpen: false })),
    ...given<number>(facts, open).map((limit) => ({ limit, isOpen: true })),
  ]
  const [tightest = { limit: -sign * Number.POSITIVE_INFINITY, isOpen: false }] = bounds.toSorted(
    (a, b) => sign * (b.limit - a.limit) || Number(b.isOpen) - Number(a.isOpen),
  )
  if (!isInteger || !Number.isFinite(tightest.limit) || Math.abs(tightest.limit) >= Number.MAX_SAFE_INTEGER) return tightest
  const limit = sign * Math.ceil(sign * tightest.limit)
  return { limit: tightest.isOpen && limit === tightest.limit ? limit + sign : limit, isOpen: false }
}

// Whether every value that one JSON Schema allows is allowed by another, and if not, where and why. A wrong "yes" would break
// programs; where it cannot tell it says no, and that it cannot tell.

import type { JsonSchema } from '@trunkline/router'
import { dictReasons } from './inclusion-dicts.ts'
import { listReasons } from './inclusion-lists.ts'
import { scalarReasons } from './inclusion-scalars.ts'
import { areApart } from './schema-disjoint.ts'
import type { Facts, SchemaDict } from './schema-facts.ts'
import { constraintsOf, factsOf, isDict, kindsOf, textOf } from './schema-facts.ts'
import type { Piece } from './schema-pieces.ts'
import { fits, kindFact, piecesOf, TooManyPieces } from './schema-pieces.ts'
import type { Question, Reason } from './schema-question.ts'

export interface Comparison {
  /** What is sent. */
  readonly small: JsonSchema
  /** What is taken. */
  readonly big: JsonSchema
  /** Which of the two is the newer, for the words of reasons. */
  readonly newer: 'small' | 'big'
  /**
   * Whether objects may have keys that their schema does not name, where it does not forbid them. By default they count as absent:
   * otherwise each optional key that is added to a schema could have been sent before with another meaning.
   */
  readonly withUndeclared?: boolean
  /** Whether null is taken, whatever `big` says: it stands for a position that is left out. */
  readonly takesNull?: boolean
}

/** How much it looks at, and how deep, before it says that it cannot tell. */
const MOST_STEPS = 20_000
const MOST_DEPTH = 100

const NOT_NULL = { type: ['boolean', 'number', 'string', 'array', 'object'], contentEncoding: 'base64' }

/** Why not every value of `small` is one of `big`; nothing if every value is. */
export function reasonsAgainst(comparison: Comparison): readonly Reason[] {
  try {
    const sent = comparison.takesNull === true ? [comparison.small, NOT_NULL] : [comparison.small]
    return distinct(new Inclusion(comparison).below(sent, comparison.big, ''))
  } catch (error) {
    if (!(error instanceof TooManyPieces)) throw error
    return [{ path: '', why: 'the schemas are too large to be compared', isUnsure: true }]
  }
}

/** One comparison while it runs. */
class Inclusion implements Question {
  readonly #comparison: Comparison
  /** Questions that are being answered: a schema that contains itself may take them as answered with yes, since values end. */
  readonly #open = new Set<string>()
  readonly #haveSameRoot: boolean
  #steps = 0
  #depth = 0

  constructor(comparison: Comparison) {
    this.#comparison = comparison
    this.#haveSameRoot = textOf(comparison.small) === textOf(comparison.big)
  }

  get smallRoot(): JsonSchema {
    return this.#comparison.small
  }
  get bigRoot(): JsonSchema {
    return this.#comparison.big
  }
  get withUndeclared(): boolean {
    return this.#comparison.withUndeclared === true
  }

  change(what: string, small: unknown, big: unknown): string {
    const [before, after] = this.#comparison.newer === 'big' ? [small, big] : [big, small]
    return `${what} was ${wordOf(before)}, is ${wordOf(after)}`
  }

  say(ifBigIsNewer: string, ifSmallIsNewer: string): string {
    return this.#comparison.newer === 'big' ? ifBigIsNewer : ifSmallIsNewer
  }

  below(small: readonly unknown[], big: unknown, path: string): readonly Reason[] {
    const question = [factsOf(small, this.smallRoot), factsOf([big], this.bigRoot)].map(questionOf).join(' ')
    if (this.#open.has(question)) return []
    this.#open.add(question)
    const reasons = this.inPlace(small, big, path)
    this.#open.delete(question)
    return reasons
  }

  inPlace(small: readonly unknown[], big: unknown, path: string): readonly Reason[] {
    return this.#bounded(() => this.#reasons(small, big, path))
  }

  #bounded<T>(ask: () => T): T {
    if (++this.#steps > MOST_STEPS || this.#depth > MOST_DEPTH) throw new TooManyPieces()
    this.#depth++
    const answer = ask()
    this.#depth--
    return answer
  }

  #reasons(small: readonly unknown[], big: unknown, path: string): readonly Reason[] {
    const [known, wanted] = [factsOf(small, this.smallRoot), factsOf([big], this.bigRoot)]
    if (known === false) return []
    const said = new Set(known.flatMap((fact) => [fact, ...constraintsOf(fact)]).map(textOf))
    const isSaid = (part: SchemaDict): boolean => said.has(textOf(part)) && (this.#haveSameRoot || !refers(part))
    const missing = (wanted || []).filter((part) => !isSaid(part)).flatMap((part) => constraintsOf(part).filter((each) => !isSaid(each)))
    if (wanted !== false && missing.length === 0) return []
    return piecesOf(known, this.smallRoot).flatMap((piece) => {
      if (wanted === false) return piece.values?.length === 0 ? [] : [{ path, why: this.say('is not allowed any more', 'is new here') }]
      return this.#ofPiece(piece, missing, path)
    })
  }

  holds(small: readonly unknown[], big: unknown): boolean {
    return this.inPlace(small, big, '').length === 0
  }

  isImpossible(small: readonly unknown[]): boolean {
    return piecesOf(small, this.smallRoot).every(({ values }) => values?.length === 0)
  }

  isApart(small: readonly unknown[], part: unknown): boolean {
    return this.#bounded(() => areApart(this, small, part))
  }

  #ofPiece(piece: Piece, constraints: readonly SchemaDict[], path: string): readonly Reason[] {
    const { values, isListed } = piece
    const wrongKind = isListed === true ? undefined : constraints.find((each) => Object.hasOwn(each, 'type') && !isOfKind(piece, each))
    if (values?.length === 0) return []
    if (wrongKind !== undefined) return [{ path, why: this.change('type', typeOf(piece), wrongKind['type']) }]
    if (values === undefined) return constraints.flatMap((constraint) => this.#ofConstraint(piece, constraint, path))
    const refused = values.filter((value) => !fits(value, constraints, this.bigRoot))
    return refused.map((value) => ({ path, why: `${JSON.stringify(value)} ${this.say('is not allowed any more', 'is new')}` }))
  }

  #ofConstraint(piece: Piece, constraint: SchemaDict, path: string): readonly Reason[] {
    const { facts, kind } = piece
    if (Object.hasOwn(constraint, 'type')) return []
    if (Object.hasOwn(constraint, 'const') || Object.hasOwn(constraint, 'enum'))
      return [{ path, why: this.say('only some values are allowed now', 'was one of some values, may be others now') }]
    const combined = this.#combined([...facts, kindFact(piece)], constraint, path)
    if (combined !== undefined) return combined
    if (kind === 'array') return listReasons(this, facts, constraint, path)
    if (kind === 'object') return dictReasons(this, facts, constraint, path)
    return scalarReasons(this, piece, constraint, path)
  }

  /** The keywords that put schemas together; undefined for others. */
  #combined(known: readonly SchemaDict[], constraint: SchemaDict, path: string): readonly Reason[] | undefined {
    const { anyOf, oneOf, not, if: condition } = constraint
    if (anyOf !== undefined) return this.#anyOf(known, anyOf as unknown[], `${path}/anyOf`)
    if (oneOf !== undefined) return this.#oneOf(known, oneOf as unknown[], `${path}/oneOf`)
    if (not !== undefined) return this.isApart(known, not) ? [] : [unsure(`${path}/not`, 'what must not be is another')]
    return condition === undefined ? undefined : this.#conditional(known, constraint, path)
  }

  #anyOf(known: readonly unknown[], options: readonly unknown[], path: string): readonly Reason[] {
    const tried: (readonly Reason[])[] = []
    for (const [i, option] of options.entries()) {
      const reasons = this.inPlace(known, option, `${path}/${i}`)
      if (reasons.length === 0) return []
      tried.push(reasons)
    }
    // The alternative that is nearest says what is wrong best.
    const [nearest = []] = tried.toSorted((a, b) => a.length - b.length || depth(b) - depth(a))
    return tried.length < 2 ? nearest : nearest.map(({ path: place, why }) => unsure(place, why))
  }

  #oneOf(known: readonly unknown[], options: readonly unknown[], path: string): readonly Reason[] {
    const reasons = this.#anyOf(known, options, path)
    if (reasons.length > 0) return reasons
    const fitting = options.findIndex((option) => this.holds(known, option))
    const others = options.toSpliced(fitting, 1)
    return others.every((option) => this.isApart(known, option)) ? [] : [unsure(path, 'more than one alternative may fit')]
  }

  #conditional(
    known: readonly unknown[],
    { if: condition, then = true, else: otherwise = true }: SchemaDict,
    path: string,
  ): readonly Reason[] {
    const [isAlways, isNever] = [this.holds(known, condition), this.isApart(known, condition)]
    if (isAlways) return this.inPlace(known, then, `${path}/then`)
    if (isNever) return this.inPlace(known, otherwise, `${path}/else`)
    const reasons = [...this.inPlace(known, then, `${path}/then`), ...this.inPlace(known, otherwise, `${path}/else`)]
    return reasons.map(({ path: place, why }) => unsure(place, why))
  }
}

function unsure(path: string, why: string): Reason {
  return { path, why, isUnsure: true }
}

/** A text that is the same for schemas that say the same in other places. */
function questionOf(facts: Facts): string {
  return textOf(facts && facts.flatMap(constraintsOf).map(textOf).toSorted())
}

function isOfKind({ kind }: Piece, wanted: SchemaDict): boolean {
  const allowed = kindsOf(wanted)
  return allowed.includes(kind) && (kind !== 'fraction' || allowed.includes('integer'))
}

function typeOf({ facts }: Piece): unknown {
  return facts.map(({ type }) => type).find((type) => type !== undefined) ?? 'any type'
}

function depth(reasons: readonly Reason[]): number {
  return Math.max(...reasons.map(({ path }) => path.split('/').length))
}

function refers(part: unknown): boolean {
  if (Array.isArray(part)) return part.some(refers)
  return isDict(part) && (Object.hasOwn(part, '$ref') || Object.values(part).some(refers))
}

function wordOf(value: unknown): string {
  if (value === undefined) return 'absent'
  return Array.isArray(value) ? value.join(' or ') : String(value)
}

function distinct(reasons: readonly Reason[]): readonly Reason[] {
  return [...new Map(reasons.map((reason) => [`${reason.path} ${reason.why}`, reason])).values()]
}

// Takes what is known of a value apart into cases, in each of which it is of one kind, or one of a few values.

import type { JsonSchema } from '@trunkline/router'
import { compileSchema } from '@trunkline/router'
import type { Kind, SchemaDict } from './schema-facts.ts'
import { factsOf, given, kindsOf, KINDS } from './schema-facts.ts'

/** One case. */
export interface Piece {
  readonly facts: readonly SchemaDict[]
  /** Integers are numbers of their own unless fractions are possible too; then the kind is `fraction`. */
  readonly kind: Kind
  /** All values, where they can be counted. */
  readonly values?: readonly unknown[]
  /** Whether `const` or `enum` lists the values, of whatever kind. */
  readonly isListed?: true
}

/** There are too many cases to look at. */
export class TooManyPieces extends Error {}

const MOST = 200

/** The cases of a value; none where no value is right. */
export function piecesOf(schemas: readonly unknown[], root: JsonSchema): readonly Piece[] {
  const found: Piece[] = []
  const visit = (parts: readonly unknown[]): void => {
    if (found.length > MOST) throw new TooManyPieces()
    const facts = factsOf(parts, root)
    if (facts === false) return
    const values = valuesOf(facts, root)
    if (values !== undefined) found.push(...values)
    else {
      const alternatives = alternativesOf(facts)
      if (alternatives === undefined) found.push(...byKind(facts, root))
      else for (const each of alternatives) visit(each)
    }
  }
  visit(schemas)
  return found
}

/** Constants, by kind. */
function valuesOf(facts: readonly SchemaDict[], root: JsonSchema): readonly Piece[] | undefined {
  const listed = [...given<unknown>(facts, 'const').map((value) => [value]), ...given<readonly unknown[]>(facts, 'enum')][0]
  if (listed === undefined) return undefined
  const values = listed.filter((value) => fits(value, facts, root))
  return values.length === 0 ? [] : [{ facts, kind: 'null', values, isListed: true }]
}

/** Whether a value is as all parts want it. */
export function fits(value: unknown, schemas: readonly unknown[], root: JsonSchema): boolean {
  return schemas.every((schema) => compileSchema(schema as JsonSchema, root)(value) === undefined)
}

/** The first keyword with alternatives, as cases. */
function alternativesOf(facts: readonly SchemaDict[]): readonly (readonly unknown[])[] | undefined {
  for (const [i, fact] of facts.entries()) {
    const others = facts.toSpliced(i, 1)
    for (const word of ['anyOf', 'oneOf']) {
      const { [word]: options, ...rest } = fact
      if (options !== undefined) return (options as unknown[]).map((option) => [...others, rest, option])
    }
    if (!Object.hasOwn(fact, 'if')) continue
    const { if: condition, then = true, else: otherwise = true, ...rest } = fact
    return [
      [...others, rest, condition, then],
      [...others, rest, { not: condition }, otherwise],
    ]
  }
  return undefined
}

function byKind(facts: readonly SchemaDict[], root: JsonSchema): readonly Piece[] {
  const allowed = facts.map(kindsOf)
  const kinds = KINDS.filter((kind) => allowed.every((each) => each.includes(kind)))
  return kinds
    .filter((kind) => kind !== 'integer' || !kinds.includes('fraction'))
    .map((kind) => {
      const values = COUNTABLE[kind]?.filter((value) => fits(value, facts, root))
      return { facts, kind, ...(values && { values }) }
    })
}

const COUNTABLE: Partial<Record<Kind, readonly unknown[]>> = { null: [null], boolean: [true, false] }

/** The kind of a case as a schema. */
export function kindFact({ kind }: Piece): SchemaDict {
  if (kind === 'octets') return { not: { type: ['null', 'boolean', 'number', 'string', 'array', 'object'] } }
  return { type: kind === 'fraction' ? 'number' : kind }
}

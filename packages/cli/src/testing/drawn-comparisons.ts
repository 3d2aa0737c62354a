// Compares drawn pairs of schemas, and holds each answer against the validator of the router. For tests only.

import type { JsonSchema } from '@trunkline/router'
import { compileSchema } from '@trunkline/router'
import { reasonsAgainst } from '../contract/schema-inclusion.ts'
import type { Draw } from './drawn-schemas.ts'
import { changed, schemaOf, valueOf } from './drawn-schemas.ts'

const VALUES_EACH = 40

/** How often each answer was given. */
export interface Counts {
  every: number
  some: number
  /** Of these, how often a drawn value shows that it is right. */
  confirmed: number
  /** Answers "every value" that a value refutes. */
  wrong: string[]
}

export function noCounts(): Counts {
  return { every: 0, some: 0, confirmed: 0, wrong: [] }
}

/** Compares one drawn pair in both directions. */
export function compareDrawn(draw: Draw, withUndeclared: boolean, counts: Counts): void {
  const first = schemaOf(draw)
  const second = changed(draw, first)
  const values = Array.from({ length: VALUES_EACH }, () => valueOf(draw))
  for (const [small, big] of [
    [first, second],
    [second, first],
  ] as const) {
    const sent = withUndeclared ? [small] : [small, closed(small) as JsonSchema]
    const refuting = between(sent, big, values)
    if (reasonsAgainst({ small, big, newer: 'big', withUndeclared }).length > 0) {
      counts.some++
      if (refuting.length > 0) counts.confirmed++
    } else {
      counts.every++
      if (refuting.length > 0) counts.wrong.push(JSON.stringify({ small, big, value: refuting[0] }))
    }
  }
}

/** Values that fit the first schemas and not the other. */
function between(small: readonly JsonSchema[], big: JsonSchema, values: readonly unknown[]): readonly unknown[] {
  const [sent, taken] = [small.map((each) => compileSchema(each)), compileSchema(big)]
  return values.filter((value) => sent.every((fault) => fault(value) === undefined) && taken(value) !== undefined)
}

/** The same schema without keys that are not named, where it names some. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const copy = Object.fromEntries(Object.entries(schema).map(([key, each]) => [key, key === 'not' || key === 'if' ? each : closed(each)]))
  const isOpen = ('properties' in schema || 'patternProperties' in schema) && !('additionalProperties' in schema)
  return isOpen ? { ...copy, additionalProperties: false } : copy
}

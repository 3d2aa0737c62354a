// Alternatives that a member tells apart, as `kind` does in `{ kind: 'circle', … } | { kind: 'square', … }`: of a value only those are
// tried that its member allows. What is found is the same; a tree of such alternatives takes one visit for each of its nodes.

import type { SchemaDict, Step } from './schema-steps.ts'
import { isDict } from './schema-steps.ts'

/** The steps that a value may fit, by the member that tells them apart. */
export type Choice = (value: unknown) => readonly Step[]

/**
 * @param schemas the alternatives, as references lead to them
 * @param steps the same, compiled
 * @returns undefined where no member tells two of them apart
 */
export function choiceByTag(schemas: readonly unknown[], steps: readonly Step[]): Choice | undefined {
  const tags = schemas.map(tagsOf)
  const [best] = [...new Set(tags.flatMap((each) => [...each.keys()]))]
    .map((key) => ({ key, count: tags.filter((each) => each.has(key)).length }))
    .toSorted((a, b) => b.count - a.count)
  if (best === undefined || best.count < 2) return undefined
  const { key } = best
  const fitting = (text: string | undefined): Step[] => {
    return steps.filter((_, i) => tags[i]?.get(key) === undefined || (text !== undefined && tags[i]?.get(key)?.has(text)))
  }
  const texts = new Set(tags.flatMap((each) => [...(each.get(key) ?? [])]))
  const byText = new Map([...texts].map((text) => [text, fitting(text)]))
  const others = fitting(undefined)
  return (value) => {
    if (!isDict(value)) return steps
    const text = Object.hasOwn(value, key) ? value[key] : undefined
    return (typeof text === 'string' ? byText.get(text) : undefined) ?? others
  }
}

/** The members that a dict must have, with one of these texts. */
function tagsOf(schema: unknown): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, ReadonlySet<string>>()
  if (!isDict(schema) || !Array.isArray(schema['required']) || !isDict(schema['properties'])) return found
  for (const key of schema['required'] as string[]) {
    const member = Object.hasOwn(schema['properties'], key) ? schema['properties'][key] : undefined
    const texts = isDict(member) ? textsOf(member) : undefined
    if (texts?.every((text) => typeof text === 'string')) found.set(key, new Set(texts as string[]))
  }
  return found
}

function textsOf(member: SchemaDict): readonly unknown[] | undefined {
  if (Object.hasOwn(member, 'const')) return [member['const']]
  return Array.isArray(member['enum']) ? (member['enum'] as unknown[]) : undefined
}

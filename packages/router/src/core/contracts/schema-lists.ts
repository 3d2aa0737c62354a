// The keywords of JSON Schema for lists.

import type { Place, Reader, Step, Subschemas } from './schema-steps.ts'
import { below, fault, inside, Keywords, NOTHING } from './schema-steps.ts'
import { canonical } from './schema-values.ts'

export const lists: Reader = (schema, place, compiler, read) => {
  const keywords = new Keywords(schema, place, read)
  return [...sizes(keywords, compiler), items(keywords, place, compiler), contains(keywords, place, compiler)]
}

function list(test: (value: readonly unknown[]) => boolean, wrong: string): Step {
  return (value) => (!Array.isArray(value) || test(value) ? undefined : fault(wrong))
}

function sizes(keywords: Keywords, compiler: Subschemas): (Step | undefined)[] {
  const [least, most] = [keywords.count('minItems'), keywords.count('maxItems')]
  return [
    least === undefined ? undefined : list(({ length }) => length >= least, `must have ${least} items or more`),
    most === undefined ? undefined : list(({ length }) => length <= most, `must have ${most} items or less`),
    keywords.any('uniqueItems') === true ? list((value) => areUnique(value, compiler), 'must not repeat an item') : undefined,
  ]
}

function areUnique(value: readonly unknown[], { work }: Subschemas): boolean {
  return new Set(value.map((each) => canonical(each, work))).size === value.length
}

function items(keywords: Keywords, place: Place, compiler: Subschemas): Step | undefined {
  const first = (keywords.list('prefixItems') ?? []).map((schema, i) => compiler.step(schema, below(place, 'prefixItems', i)))
  const rest = keywords.has('items') ? compiler.step(keywords.any('items'), below(place, 'items')) : NOTHING
  if (first.length === 0 && rest === NOTHING) return undefined
  return (value) => {
    if (!Array.isArray(value)) return undefined
    const count = rest === NOTHING ? Math.min(first.length, value.length) : value.length
    compiler.work.spend(count)
    for (let i = 0; i < count; i++) {
      const found = (first[i] ?? rest)(value[i])
      if (found !== undefined) return inside(found, i)
    }
    return undefined
  }
}

function contains(keywords: Keywords, place: Place, compiler: Subschemas): Step | undefined {
  const [least = 1, most = Number.POSITIVE_INFINITY] = [keywords.count('minContains'), keywords.count('maxContains')]
  if (!keywords.has('contains')) return undefined
  const step = compiler.step(keywords.any('contains'), below(place, 'contains'))
  return list((value) => {
    compiler.work.spend(value.length)
    let count = 0
    for (const each of value) if (step(each) === undefined) count++
    return count >= least && count <= most
  }, 'does not have the items that it must contain')
}

// The keywords of JSON Schema that put schemas together.

import type { Reader, Step, Subschemas } from './schema-steps.ts'
import { allOf, beside, fault, Keywords, NOTHING } from './schema-steps.ts'
import type { Choice } from './schema-tags.ts'
import { choiceByTag } from './schema-tags.ts'

export const alternatives: Reader = (schema, place, compiler, read) => {
  const keywords = new Keywords(schema, place, read)
  const one = (name: string): Step | undefined => (keywords.has(name) ? compiler.step(keywords.any(name), beside(place, name)) : undefined)
  const several = (name: string): Step[] | undefined => keywords.list(name)?.map((each, i) => compiler.step(each, beside(place, name, i)))
  const choice = (name: string): Choice | undefined => {
    const steps = several(name)
    const schemas = keywords.list(name)?.map((each, i) => compiler.target(each, beside(place, name, i)))
    return steps && schemas && (choiceByTag(schemas, steps) ?? (() => steps))
  }
  const [all, any, single, no] = [several('allOf'), choice('anyOf'), choice('oneOf'), one('not')]
  return [
    all && allOf(all),
    any && anyOf(any, compiler),
    single && oneOf(single, compiler),
    no && not(no),
    conditional(one('if'), one('then'), one('else')),
  ]
}

function anyOf(choice: Choice, compiler: Subschemas): Step {
  return (value) => {
    for (const step of choice(value)) {
      compiler.work.spend(1)
      if (step(value) === undefined) return undefined
    }
    return fault('fits none of the alternatives')
  }
}

function oneOf(choice: Choice, compiler: Subschemas): Step {
  return (value) => {
    const steps = choice(value)
    compiler.work.spend(steps.length)
    let fitting = 0
    for (const step of steps) if (step(value) === undefined) fitting++
    return fitting === 1 ? undefined : fault(fitting === 0 ? 'fits none of the alternatives' : 'fits more than one of the alternatives')
  }
}

function not(step: Step): Step {
  return (value) => (step(value) === undefined ? fault('must not be that') : undefined)
}

function conditional(condition: Step | undefined, then: Step = NOTHING, otherwise: Step = NOTHING): Step | undefined {
  return condition && ((value) => (condition(value) === undefined ? then(value) : otherwise(value)))
}

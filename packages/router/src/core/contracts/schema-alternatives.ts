// The keywords of JSON Schema that put schemas together.

import type { Reader, Step } from './schema-steps.ts'
import { allOf, beside, fault, Keywords, NOTHING } from './schema-steps.ts'

export const alternatives: Reader = (schema, place, compiler, read) => {
  const keywords = new Keywords(schema, place, read)
  const one = (name: string): Step | undefined => (keywords.has(name) ? compiler.step(keywords.any(name), beside(place, name)) : undefined)
  const several = (name: string): Step[] | undefined => keywords.list(name)?.map((each, i) => compiler.step(each, beside(place, name, i)))
  const [all, any, single, no] = [several('allOf'), several('anyOf'), several('oneOf'), one('not')]
  return [all && allOf(all), any && anyOf(any), single && oneOf(single), no && not(no), conditional(one('if'), one('then'), one('else'))]
}

function anyOf(steps: readonly Step[]): Step {
  return (value) => (steps.some((step) => step(value) === undefined) ? undefined : fault('fits none of the alternatives'))
}

function oneOf(steps: readonly Step[]): Step {
  return (value) => {
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

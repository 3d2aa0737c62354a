// The part of the comparison that is about objects.

import type { SchemaDict } from './schema-facts.ts'
import { given, members, own } from './schema-facts.ts'
import type { Question, Reason } from './schema-question.ts'
import { fits } from './schema-pieces.ts'

/** Why an object that is known in part does not fulfil a constraint. */
export function dictReasons(question: Question, facts: readonly SchemaDict[], constraint: SchemaDict, path: string): readonly Reason[] {
  const object = new KnownObject(question, facts)
  const [word = '', wanted] = Object.entries(constraint)[0] ?? []
  const no = (): readonly Reason[] => [{ path, why: question.change(word, given<unknown>(facts, word)[0], wanted) }]
  switch (word) {
    case 'required':
      return (wanted as readonly string[])
        .filter((key) => !object.required.has(key))
        .map((key) => ({
          path: `${path}/properties/${escaped(key)}`,
          why: question.say('was optional, is required', 'was required, is optional'),
        }))
    case 'minProperties':
      return Math.max(object.required.size, ...given<number>(facts, word), 0) >= Number(wanted) ? [] : no()
    case 'maxProperties':
      return Math.min(object.most, ...given<number>(facts, word)) <= Number(wanted) ? [] : no()
    case 'propertyNames':
      return nameReasons(question, object, wanted, `${path}/propertyNames`)
    case 'dependentRequired':
      return dependentReasons(question, object, wanted as SchemaDict, path)
    case 'dependentSchemas':
      return Object.entries(wanted as SchemaDict).flatMap(([key, schema]) =>
        object.mayHave(key)
          ? question.inPlace([...facts, IS_OBJECT, { required: [key] }], schema, `${path}/dependentSchemas/${escaped(key)}`)
          : [],
      )
    case 'properties':
    case 'patternProperties':
    case 'additionalProperties':
      return memberReasons(question, object, constraint, path)
    default:
      return []
  }
}

const IS_OBJECT = { type: 'object' }

/** What is known of the keys of an object. */
class KnownObject {
  readonly required: ReadonlySet<string>
  /** The keys that are named. */
  readonly names: readonly string[]
  readonly patterns: readonly (readonly [source: string, schema: unknown, fact: SchemaDict])[]
  /** Whether it may have keys that are not named and fit no pattern. */
  readonly isOpen: boolean
  readonly #question: Question
  readonly #facts: readonly SchemaDict[]

  constructor(question: Question, facts: readonly SchemaDict[]) {
    this.#question = question
    this.#facts = facts
    this.required = new Set(given<readonly string[]>(facts, 'required').flat())
    this.names = [...new Set(facts.flatMap((fact) => members(fact, 'properties').map(([key]) => key)))]
    this.patterns = facts.flatMap((fact) => members(fact, 'patternProperties').map(([source, schema]) => [source, schema, fact] as const))
    const rests = given<unknown>(facts, 'additionalProperties')
    const isDeclared = this.names.length > 0 || facts.some((fact) => Object.hasOwn(fact, 'properties')) || this.patterns.length > 0
    this.isOpen = !rests.includes(false) && (question.withUndeclared || !isDeclared || rests.length > 0)
  }

  get most(): number {
    return this.isOpen || this.patterns.length > 0 ? Number.POSITIVE_INFINITY : this.names.filter((key) => this.mayHave(key)).length
  }

  /** What its parts say by a keyword. */
  said<Value>(keyword: string): readonly Value[] {
    return given<Value>(this.#facts, keyword)
  }

  /** What is said of the value of a key; undefined where the key does not count. */
  valueOf(key: string): readonly unknown[] | undefined {
    const isNamed = this.names.includes(key) || this.patterns.some(([source]) => new RegExp(source, 'u').test(key))
    if (!isNamed && !this.isOpen && !this.required.has(key)) return undefined
    return this.#facts.flatMap((fact) => {
      const said = membersAt(fact, key)
      return said.length > 0 ? said : Object.hasOwn(fact, 'additionalProperties') ? [fact['additionalProperties']] : []
    })
  }

  /** What is said of the values of keys that fit a pattern and are not named. */
  valueAt(pattern: unknown, from: SchemaDict): readonly unknown[] {
    const others = this.#facts.filter((fact) => fact !== from && !Object.hasOwn(fact, 'patternProperties'))
    return [pattern, ...given<unknown>(others, 'additionalProperties')]
  }

  /** What is said of all other values. */
  get otherValues(): readonly unknown[] {
    return given<unknown>(this.#facts, 'additionalProperties')
  }

  mayHave(key: string): boolean {
    const said = this.valueOf(key)
    return said !== undefined && !this.#question.isImpossible(said)
  }
}

/** What a part says of a key by its name or by patterns. */
function membersAt(fact: SchemaDict, key: string): readonly unknown[] {
  const named = own(fact['properties'], key)
  const fitting = members(fact, 'patternProperties').filter(([source]) => new RegExp(source, 'u').test(key))
  return [...(named === undefined ? [] : [named]), ...fitting.map(([, schema]) => schema)]
}

function memberReasons(question: Question, object: KnownObject, wanted: SchemaDict, path: string): readonly Reason[] {
  const rest = wanted['additionalProperties'] ?? true
  const patterns = members(wanted, 'patternProperties')
  const names = new Set([...object.names, ...members(wanted, 'properties').map(([key]) => key), ...object.required])
  const named = [...names].flatMap((key) => {
    const known = object.valueOf(key)
    if (known === undefined) return []
    const at = `${path}/properties/${escaped(key)}`
    const said = membersAt(wanted, key)
    return said.length > 0 ? said.flatMap((schema) => question.below(known, schema, at)) : question.below(known, rest, at)
  })
  const others = object.patterns.flatMap(([source, schema, fact]) => {
    const known = object.valueAt(schema, fact)
    const at = `${path}/patternProperties/${escaped(source)}`
    const isSame = patterns.some(([other]) => other === source)
    return [...patterns.map(([, each]) => each), ...(isSame ? [] : [rest])].flatMap((each) => question.below(known, each, at))
  })
  if (!object.isOpen) return [...named, ...others]
  // Any of the patterns may fit a key that is not known, but for those of which the object says itself what they hold.
  const open = patterns.filter(([source]) => !object.patterns.some(([other]) => other === source))
  const ofRest = [rest, ...open.map(([, each]) => each)].flatMap((each) => {
    return question.below(object.otherValues, each, `${path}/additionalProperties`)
  })
  return [...named, ...others, ...ofRest]
}

function nameReasons(question: Question, object: KnownObject, wanted: unknown, path: string): readonly Reason[] {
  const refused = [...new Set([...object.names, ...object.required])].filter(
    (key) => object.mayHave(key) && !fits(key, [wanted], question.bigRoot),
  )
  const reasons = refused.map((key) => ({ path, why: question.say(`the key ${key} is not allowed any more`, `the key ${key} is new`) }))
  if (!object.isOpen && object.patterns.length === 0) return reasons
  return [...reasons, ...question.below([{ type: 'string' }, ...object.said('propertyNames')], wanted, path)]
}

function dependentReasons(question: Question, object: KnownObject, wanted: SchemaDict, path: string): readonly Reason[] {
  return Object.entries(wanted).flatMap(([key, needed]) => {
    const known = object.said<SchemaDict>('dependentRequired').flatMap((each) => (own(each, key) as readonly string[] | undefined) ?? [])
    const missing = (needed as readonly string[]).filter((each) => !object.required.has(each) && !known.includes(each))
    if (missing.length === 0 || !object.mayHave(key)) return []
    const why = `${missing.join(', ')} ${question.say('must be there now', 'need not be there now')} when ${key} is`
    return [{ path: `${path}/dependentRequired/${escaped(key)}`, why }]
  })
}

/** A key in a JSON Pointer. */
export function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

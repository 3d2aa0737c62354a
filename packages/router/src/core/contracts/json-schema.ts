// A JSON Schema (draft 2020-12) as a function made of closures, without `eval`. What it does not know it refuses when it compiles,
// never when it runs. It counts its work, and remembers what it has found where references
// lead to the same value again; how long a regular expression takes it only foretells.

import { UsageError } from '@trunkline/protocol'
import type { JsonSchema } from '../ports/contracts.ts'
import { alternatives } from './schema-alternatives.ts'
import { EASY_OCTETS, octetsAtEase } from './pattern-cost.ts'
import { dicts } from './schema-dicts.ts'
import { lists } from './schema-lists.ts'
import { scalars } from './schema-scalars.ts'
import type { Found, Place, SchemaDict, Step, Subschemas } from './schema-steps.ts'
import { allOf, beside, fault, isDict, keysOf, NOTHING, pointer, pointerForLog } from './schema-steps.ts'
import { TooMuch, Work } from './schema-work.ts'

/** One fault of a value. */
export interface SchemaFault {
  /** A JSON Pointer into the value. */
  readonly path: string
  /** The same without keys that the schema does not name. */
  readonly pathForLog: string
  readonly message: string
}

/** Returns undefined when the value is as the schema wants it, else the first fault. */
export interface Validator {
  /** @param work how much may be done; a value that needs more has a fault */
  (value: unknown, work?: Work): SchemaFault | undefined
  /** Up to so many octets a value takes little time, whatever it is. */
  readonly octetsAtEase: number
}

/** Keywords that say nothing of a value; `format` is a note, as the specification has it by default. */
const NOTES = new Set(
  '$schema $comment $defs definitions title description default examples deprecated readOnly writeOnly format contentEncoding contentMediaType contentSchema'.split(
    ' ',
  ),
)
/** Keywords that apply several schemas to the same value: without them a reference meets each part of a value once. */
const REPEATING = 'allOf anyOf oneOf not if contains patternProperties dependentSchemas'.split(' ')
/** The specification's own dialects. Where an older one differs, it has keywords or values that are refused. */
const DIALECT = /^$|^https?:\/\/json-schema\.org\//
/** For values of programs. */
const MOST_STEPS = 10_000_000
/** After so many references of one value it is remembered what others find: fewer are followed in less time. */
const FEW_REFERENCES = 32

/** So many references may lead to each other before alternatives are compared. */
const MOST_IN_A_ROW = 8
const ROOT: Place = { path: '', within: '#' }

/**
 * Compiles a schema, by default a whole one. Strings are counted in code points, bigints are integers, octets are strings where `contentEncoding` is `base64`.
 * @param root the whole schema, in which references lead somewhere, if `schema` is a part of it
 * @throws {UsageError} for a keyword that it does not know or that has a wrong value, with its path
 */
export function compileSchema(schema: JsonSchema, root: JsonSchema = schema): Validator {
  const compiler = new Compiler(root)
  const step = compiler.step(schema, ROOT)
  compiler.refuseCycles()
  const validate = (value: unknown, work = new Work(MOST_STEPS)): SchemaFault | undefined => {
    compiler.begin(work)
    const found = foundBy(step, value)
    compiler.forget()
    if (found === undefined) return undefined
    const keys = keysOf(found)
    return { path: pointer(keys), pathForLog: pointerForLog(keys), message: found.message }
  }
  return Object.assign(validate, { octetsAtEase: compiler.octetsAtEase })
}

function foundBy(step: Step, value: unknown): Found | undefined {
  try {
    return step(value)
  } catch (error) {
    if (error instanceof TooMuch) return fault('has too many parts to be checked')
    throw error
  }
}

class Compiler implements Subschemas {
  work = new Work(0)
  octetsAtEase = EASY_OCTETS
  /** How often lists and dicts of the present value were led through a `$ref`. */
  #references = 0
  #mayRepeat = false
  /** What references have found in lists and dicts of the present value. */
  readonly #found = new Map<string, Map<object, Found | undefined>>()
  readonly #root: JsonSchema
  readonly #targets = new Map<string, { step: Step }>()
  /** Which references apply to the same value as the target of another. */
  readonly #inPlace = new Map<string, Set<string>>()

  constructor(root: JsonSchema) {
    this.#root = root
  }

  /** For a value. What was left of one whose check was cut off is gone. */
  begin(work: Work): void {
    this.work = work
    this.forget()
  }

  forget(): void {
    if (this.#references > FEW_REFERENCES) this.#found.clear()
    this.#references = 0
  }

  step(schema: unknown, place: Place): Step {
    if (schema === true) return NOTHING
    if (schema === false) return () => fault('may not be there')
    if (!isDict(schema)) throw wrongSchema(place, 'a schema must be an object or a boolean')
    if (!DIALECT.test(String(schema['$schema'] ?? ''))) throw wrongSchema(beside(place, '$schema'), 'the dialect is not known')
    this.#mayRepeat ||= REPEATING.some((key) => Object.hasOwn(schema, key)) || ('$ref' in schema && Object.keys(schema).length > 1)
    const read = new Set<string>()
    const steps = [this.#reference(schema, place, read), ...READERS.flatMap((reader) => reader(schema, place, this, read))]
    for (const key of Object.keys(schema)) {
      const isRead = read.has(key) || NOTES.has(key) || (key === '$id' && place.path === '')
      if (!isRead) throw wrongSchema(place, `the keyword '${key}' is not known`)
    }
    return allOf(steps.filter((step) => step !== undefined))
  }

  target(schema: unknown, place: Place): unknown {
    let target = schema
    // References that lead in a circle are refused later.
    for (let i = 0; i < MOST_IN_A_ROW && isDict(target) && typeof target['$ref'] === 'string'; i++) {
      if (Object.hasOwn(target, 'properties')) return target
      target = this.#find(target['$ref'], place)
    }
    return target
  }

  pattern(source: string, { path }: Place): (text: string) => boolean {
    this.octetsAtEase = Math.min(this.octetsAtEase, octetsAtEase(source))
    const expression = expressionOf(source, path)
    return (text) => {
      this.work.look(text.length)
      return expression.test(text)
    }
  }

  /** @throws {UsageError} when a reference leads to itself without going deeper into the value */
  refuseCycles(): void {
    const done = new Set<string>()
    const visit = (name: string, above: readonly string[]): void => {
      if (above.includes(name)) throw new UsageError(`$ref ${name}: it refers to itself`)
      if (done.has(name)) return
      for (const next of this.#inPlace.get(name) ?? []) visit(next, [...above, name])
      done.add(name)
    }
    for (const name of this.#inPlace.keys()) visit(name, [])
  }

  #reference(schema: SchemaDict, place: Place, read: Set<string>): Step | undefined {
    const name = schema['$ref']
    if (name === undefined) return undefined
    read.add('$ref')
    if (typeof name !== 'string' || !/^#(\/|$)/.test(name)) throw wrongSchema(place, '$ref must be a JSON Pointer that begins with #')
    if (place.within !== undefined) (this.#inPlace.get(place.within) ?? this.#follow(place.within)).add(name)
    const target = this.#targets.get(name) ?? this.#target(name, place)
    return (value) => {
      this.work.spend(1)
      if (!this.#mayRepeat || typeof value !== 'object' || value === null) return target.step(value)
      if (++this.#references <= FEW_REFERENCES) return target.step(value)
      return this.#remembered(name, target, value)
    }
  }

  /** What a reference finds in a value, which alternatives that refer to themselves would ask again at each level. */
  #remembered(name: string, target: { readonly step: Step }, value: object): Found | undefined {
    let known = this.#found.get(name)
    if (known === undefined) this.#found.set(name, (known = new Map<object, Found | undefined>()))
    const before = known.get(value)
    if (before !== undefined || known.has(value)) return before
    const found = target.step(value)
    known.set(value, found)
    return found
  }

  #follow(name: string): Set<string> {
    const names = new Set<string>()
    this.#inPlace.set(name, names)
    return names
  }

  #target(name: string, place: Place): { step: Step } {
    const target = { step: NOTHING }
    this.#targets.set(name, target)
    target.step = this.step(this.#find(name, place), { path: name.slice(1), within: name })
    return target
  }

  #find(name: string, place: Place): unknown {
    let found: unknown = this.#root
    for (const part of name.split('/').slice(1)) {
      const key = decoded(part)?.replaceAll('~1', '/').replaceAll('~0', '~')
      if (key === undefined || typeof found !== 'object' || found === null || !Object.hasOwn(found, key))
        throw wrongSchema(place, `$ref ${name} leads nowhere`)
      found = (found as SchemaDict)[key]
    }
    return found
  }
}

function expressionOf(source: string, path: string): RegExp {
  try {
    return new RegExp(source, 'u')
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`)
  }
}

/** The text behind percent signs; undefined when it is none. */
function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

const READERS = [scalars, lists, dicts, alternatives]

function wrongSchema(place: Place, message: string): UsageError {
  return new UsageError(`${place.path === '' ? 'the schema' : place.path}: ${message}`)
}

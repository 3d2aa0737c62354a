// A JSON Schema (draft 2020-12) as a function made of closures, without `eval`. What it does not know it refuses when it compiles,
// never when it runs. It bounds its work by references; how long a regular expression takes it only foretells.

import { UsageError } from '@trunkline/protocol'
import type { JsonSchema } from '../ports/contracts.ts'
import { alternatives } from './schema-alternatives.ts'
import { EASY_OCTETS, octetsAtEase } from './pattern-cost.ts'
import { dicts } from './schema-dicts.ts'
import { lists } from './schema-lists.ts'
import { scalars } from './schema-scalars.ts'
import type { Found, Place, SchemaDict, Step, Subschemas } from './schema-steps.ts'
import { allOf, beside, fault, isDict, NOTHING, pointer, pointerForLog } from './schema-steps.ts'

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
  (value: unknown): SchemaFault | undefined
  /** Up to so many octets a value takes little time, whatever it is. */
  readonly octetsAtEase: number
}

/** Keywords that say nothing of a value; `format` is a note, as the specification has it by default. */
const NOTES = new Set(
  '$schema $comment $defs definitions title description default examples deprecated readOnly writeOnly format contentEncoding contentMediaType contentSchema'.split(
    ' ',
  ),
)
/** The specification's own dialects. Where an older one differs, it has keywords or values that are refused. */
const DIALECT = /^$|^https?:\/\/json-schema\.org\//
/** How often one value may be led through a `$ref`: alternatives that refer to themselves double the work with each level of a value. */
const MOST_REFERENCES = 100_000

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
  const validate = (value: unknown): SchemaFault | undefined => {
    compiler.references = 0
    const found = foundBy(step, value)
    if (found === undefined) return undefined
    const keys = found.keys.toReversed()
    return { path: pointer(keys), pathForLog: pointerForLog(keys), message: found.message }
  }
  return Object.assign(validate, { octetsAtEase: compiler.octetsAtEase })
}

class TooMuch extends Error {}

function foundBy(step: Step, value: unknown): Found | undefined {
  try {
    return step(value)
  } catch (error) {
    // Thrown, not returned: below `not` a fault would count as right.
    if (error instanceof TooMuch) return fault('has too many parts to be checked')
    throw error
  }
}

class Compiler implements Subschemas {
  /** How often the present value was led through a `$ref`. */
  references = 0
  octetsAtEase = EASY_OCTETS
  readonly #root: JsonSchema
  readonly #targets = new Map<string, { step: Step }>()
  /** Which references apply to the same value as the target of another. */
  readonly #inPlace = new Map<string, Set<string>>()

  constructor(root: JsonSchema) {
    this.#root = root
  }

  step(schema: unknown, place: Place): Step {
    if (schema === true) return NOTHING
    if (schema === false) return () => fault('may not be there')
    if (!isDict(schema)) throw wrongSchema(place, 'a schema must be an object or a boolean')
    if (!DIALECT.test(String(schema['$schema'] ?? ''))) throw wrongSchema(beside(place, '$schema'), 'the dialect is not known')
    const read = new Set<string>()
    const steps = [this.#reference(schema, place, read), ...READERS.flatMap((reader) => reader(schema, place, this, read))]
    for (const key of Object.keys(schema)) {
      const isRead = read.has(key) || NOTES.has(key) || (key === '$id' && place.path === '')
      if (!isRead) throw wrongSchema(place, `the keyword '${key}' is not known`)
    }
    return allOf(steps.filter((step) => step !== undefined))
  }

  pattern(source: string, { path }: Place): RegExp {
    this.octetsAtEase = Math.min(this.octetsAtEase, octetsAtEase(source))
    try {
      return new RegExp(source, 'u')
    } catch (error) {
      throw new UsageError(`${path}: ${(error as Error).message}`)
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
      if (++this.references > MOST_REFERENCES) throw new TooMuch()
      return target.step(value)
    }
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

// What the parts of the compiler of JSON Schemas share: steps, faults, and the reading of keywords.

import { UsageError } from '@trunkline/protocol'
import type { Work } from './schema-work.ts'

export type SchemaDict = Readonly<Record<string, unknown>>

/** An index, a key that the schema names, or one that only the value has. */
export type Key = string | number | { readonly unnamed: string }

/** A fault on its way out: each level puts its key before the inner ones, so that right values cost nothing. */
export interface Found {
  readonly message: string
  readonly keys: Keys | undefined
}
interface Keys {
  readonly key: Key
  readonly below: Keys | undefined
}
export type Step = (value: unknown) => Found | undefined

/** Where a subschema stands. */
export interface Place {
  /** A JSON Pointer into the schema, for errors. */
  readonly path: string
  /** The reference whose target applies to the same value; undefined where a key or index lies between. */
  readonly within: string | undefined
}

/** Compiles subschemas. */
export interface Subschemas {
  /** Of the value that is checked; steps that look at many parts, or at long texts, count them. */
  readonly work: Work
  step(schema: unknown, place: Place): Step
  /** The schema, or where it leads if it names no members itself. */
  target(schema: unknown, place: Place): unknown
  /** @throws {UsageError} when it is none of JavaScript's regular expressions with the flag `u` */
  pattern(source: string, place: Place): (text: string) => boolean
}

/** Reads the keywords of one group, whose names it adds to `read`. */
export type Reader = (schema: SchemaDict, place: Place, compiler: Subschemas, read: Set<string>) => (Step | undefined)[]

export const NOTHING: Step = () => undefined

/** A text of a schema in a message: so many characters of it. */
const MOST_CHARACTERS = 120

export function fault(message: string): Found {
  return { message, keys: undefined }
}

/** A fault as its container sees it. */
export function inside(found: Found, key: Key): Found {
  return { message: found.message, keys: { key, below: found.keys } }
}

export function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text
}

/** The keys of a fault, the outermost first. */
export function keysOf(found: Found): Key[] {
  const keys: Key[] = []
  for (let { keys: next } = found; next !== undefined; next = next.below) keys.push(next.key)
  return keys
}

/** A JSON Pointer. */
export function pointer(keys: readonly Key[]): string {
  return keys
    .map(
      (key) =>
        `/${String(typeof key === 'object' ? key.unnamed : key)
          .replaceAll('~', '~0')
          .replaceAll('/', '~1')}`,
    )
    .join('')
}

/** The same for a log, which holds nothing of payload: without the keys that the schema does not name. */
export function pointerForLog(keys: readonly Key[]): string {
  return pointer(keys.map((key) => (typeof key === 'object' ? '*' : key)))
}

export function beside(place: Place, ...keys: (string | number)[]): Place {
  return { path: place.path + pointer(keys), within: place.within }
}
export function below(place: Place, ...keys: (string | number)[]): Place {
  return { path: place.path + pointer(keys), within: undefined }
}

export function isDict(value: unknown): value is SchemaDict {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

/** All steps in order; the first fault decides. */
export function allOf(steps: readonly Step[]): Step {
  const [first, second] = steps
  if (first === undefined) return NOTHING
  if (second === undefined) return first
  if (steps.length === 2) return (value) => first(value) ?? second(value)
  return (value) => {
    for (const step of steps) {
      const found = step(value)
      if (found !== undefined) return found
    }
    return undefined
  }
}

/** Reads the value of a keyword; undefined when it is absent. */
export class Keywords {
  readonly #schema: SchemaDict
  readonly #place: Place
  readonly #read: Set<string>

  constructor(schema: SchemaDict, place: Place, read: Set<string>) {
    this.#schema = schema
    this.#place = place
    this.#read = read
  }

  has(name: string): boolean {
    this.#read.add(name)
    return Object.hasOwn(this.#schema, name)
  }
  any(name: string): unknown {
    return this.has(name) ? this.#schema[name] : undefined
  }
  number(name: string): number | undefined {
    return this.#of(name, 'a number', (value): value is number => Number.isFinite(value))
  }
  count(name: string): number | undefined {
    return this.#of(name, 'a whole number', (value): value is number => Number.isInteger(value) && (value as number) >= 0)
  }
  text(name: string): string | undefined {
    return this.#of(name, 'a string', (value): value is string => typeof value === 'string')
  }
  texts(name: string): readonly string[] | undefined {
    const areTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((each) => typeof each === 'string')
    return this.#of(name, 'a list of strings', areTexts)
  }
  list(name: string): readonly unknown[] | undefined {
    return this.#of(name, 'a list', (value): value is readonly unknown[] => Array.isArray(value))
  }
  dict(name: string): SchemaDict | undefined {
    return this.#of(name, 'an object', isDict)
  }

  #of<T>(name: string, what: string, fits: (value: unknown) => value is T): T | undefined {
    const value = this.any(name)
    if (!this.has(name) || fits(value)) return value as T | undefined
    throw new UsageError(`${beside(this.#place, name).path}: must be ${what}`)
  }
}

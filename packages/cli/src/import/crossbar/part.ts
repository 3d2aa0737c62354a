// A dict of a Crossbar.io configuration that records the keys read, so that every other key gets a note.

import { isDeepStrictEqual } from 'node:util'
import type { Notes, Place } from '../notes.ts'

type Dict = Readonly<Record<string, unknown>>

export class Part {
  /** Its path in the old file. */
  readonly name: string
  readonly #dict: Dict
  readonly #notes: Notes
  readonly #read = new Set<string>()

  constructor(value: unknown, name: string, notes: Notes) {
    this.name = name
    this.#dict = isDict(value) ? value : {}
    this.#notes = notes
  }

  get keys(): readonly string[] {
    return Object.keys(this.#dict)
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#dict, key)
  }

  text(key: string): string | undefined {
    return this.#value(key, (value): value is string => typeof value === 'string')
  }

  number(key: string): number | undefined {
    return this.#value(key, (value): value is number => typeof value === 'number')
  }

  flag(key: string): boolean {
    return this.#value(key, (value): value is boolean => typeof value === 'boolean') ?? false
  }

  texts(key: string): readonly string[] {
    const list = this.#value(key, (value): value is unknown[] => Array.isArray(value)) ?? []
    return list.filter((item) => typeof item === 'string')
  }

  part(key: string): Part | undefined {
    const dict = this.#value(key, isDict)
    return dict === undefined ? undefined : new Part(dict, `${this.name}.${key}`, this.#notes)
  }

  parts(key: string): readonly Part[] {
    const list = this.#value(key, (value): value is unknown[] => Array.isArray(value)) ?? []
    return list.map((item, i) => new Part(item, `${this.name}.${key}[${i}]`, this.#notes))
  }

  /** The members of a dict of dicts by their names. */
  members(key: string): readonly (readonly [string, Part])[] {
    const dict = this.part(key)
    return (dict?.keys ?? []).map((name) => [name, dict?.part(name) ?? new Part({}, `${this.name}.${key}.${name}`, this.#notes)])
  }

  /** Marks keys that need no counterpart as read. */
  skip(...keys: readonly string[]): void {
    for (const key of keys) this.#read.add(key)
  }

  /** Notes why a key is not carried over. */
  note(place: Place, key: string, why: string): void {
    this.#read.add(key)
    this.#notes.add(place, `${key === '' ? this.name : `${this.name}.${key}`}: ${why}`)
  }

  /** Like {@link note}, if the key is present. */
  noteIf(place: Place, key: string, why: string): void {
    if (this.has(key)) this.note(place, key, why)
  }

  /** Notes the keys that were not read. */
  finish(place: Place): void {
    const unread = this.keys.filter((key) => !this.#read.has(key))
    if (unread.length > 0) this.note(place, '', `not carried over, since Trunkline has nothing like it: ${unread.join(', ')}`)
  }

  /** Whether another dict has the same content. */
  isLike(other: Part): boolean {
    return isDeepStrictEqual(this.#dict, other.#dict)
  }

  /** A value of the expected type, which marks the key as read; undefined for another type. */
  #value<T>(key: string, isIt: (value: unknown) => value is T): T | undefined {
    const value = this.has(key) ? this.#dict[key] : undefined
    if (!isIt(value)) return undefined
    this.#read.add(key)
    return value
  }
}

function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

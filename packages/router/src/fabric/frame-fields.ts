// What frames are made of: parts that can be written and read, and how larger ones are put together of smaller ones.

import type { Dict } from '@trunkline/protocol'
import { MOST_LISTED } from '@trunkline/protocol'
import { FrameError } from './frame-error.ts'
import type { FrameReader } from './frame-reader.ts'
import type { FrameWriter } from './frame-writer.ts'

/** One part of a frame. */
export interface Field<T> {
  /** The fewest octets that it takes. */
  readonly least: number
  write(out: FrameWriter, value: T): void
  read(from: FrameReader): T
}

/** A field for each property. */
export type Fields<T> = { readonly [Name in keyof T]-?: Field<T[Name]> }

/** The most values in a dict of details or options: twice as many as a message of a client may have before its payload. */
export const MOST_VALUES = 20_000
/** The most values in a dict that restricts receivers. */
export const MOST_IN_AUDIENCE = MOST_VALUES + MOST_LISTED
/** The most values in an answer of the meta API. */
const MOST_IN_ANSWER = 1_000_000

/** So many milliseconds before 1970. */
const EARLIEST = 2 ** 52

export const u16: Field<number> = { least: 2, write: (out, value) => out.u16(value), read: (from) => from.u16() }
export const u32: Field<number> = { least: 4, write: (out, value) => out.u32(value), read: (from) => from.u32() }
export const id: Field<number> = { least: 8, write: (out, value) => out.id(value), read: (from) => from.id() }
/** Milliseconds since 1970, or before. */
export const date: Field<number> = {
  least: 8,
  write: (out, value) => out.id(Math.floor(value) + EARLIEST),
  read: (from) => from.id() - EARLIEST,
}
export const text: Field<string> = { least: 2, write: (out, value) => out.text(value), read: (from) => from.text() }
export const flag: Field<boolean> = {
  least: 1,
  write: (out, value) => out.u8(value ? 1 : 0),
  read: (from) => readFlags(from, 1) === 1,
}
export const options: Field<Dict> = { least: 5, write: (out, value) => out.dict(value), read: (from) => from.dict(MOST_VALUES) }
export const answer: Field<Dict> = { ...options, read: (from) => from.dict(MOST_IN_ANSWER) }

/** One of several words, as its place among them. */
export function oneOf<T extends string>(...words: readonly T[]): Field<T> {
  return {
    least: 1,
    write: (out, value) => out.u8(words.indexOf(value)),
    read(from) {
      const place = from.u8()
      const word = words[place]
      if (word === undefined) throw new FrameError(`${place} is none of ${words.join(', ')}`)
      return word
    },
  }
}

export function optional<T>(field: Field<T>): Field<T | undefined> {
  return {
    least: 1,
    write(out, value) {
      flag.write(out, value !== undefined)
      if (value !== undefined) field.write(out, value)
    },
    read: (from) => (flag.read(from) ? field.read(from) : undefined),
  }
}

/** How many there are, in four octets, and each of them. */
export function list<T>(field: Field<T>): Field<readonly T[]> {
  return {
    least: 4,
    write(out, values) {
      out.u32(values.length)
      for (const value of values) field.write(out, value)
    },
    read(from) {
      const count = from.count(field.least)
      const values: T[] = []
      for (let i = 0; i < count; i++) values.push(field.read(from))
      return values
    },
  }
}

/** Properties, in the order in which they are named. */
export function record<T extends object>(fields: Fields<T>): Field<T> {
  const parts = Object.entries(fields) as [keyof T & string, Field<unknown>][]
  return {
    least: parts.reduce((sum, [, { least }]) => sum + least, 0),
    write(out, value) {
      for (const [name, field] of parts) field.write(out, value[name])
    },
    read(from) {
      const value: Record<string, unknown> = {}
      for (const [name, field] of parts) value[name] = field.read(from)
      return value as T
    },
  }
}

/** An octet of bits; others than the known ones are a fault. */
export function readFlags(from: FrameReader, known: number): number {
  const flags = from.u8()
  if ((flags & ~known) !== 0) throw new FrameError(`${flags} has unknown flags`)
  return flags
}

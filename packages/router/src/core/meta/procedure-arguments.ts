// Checks the types of arguments of the router's own procedures. Knows nothing of what they mean.

import type { Dict } from '@trunkline/protocol'
import { ApplicationError, uris } from '@trunkline/protocol'

/** The value of a required argument. */
export function required<T>(value: unknown, is: (value: unknown) => value is T, expected: string): T {
  if (!is(value)) throw invalid(expected)
  return value
}

/** The value of an argument that may be absent or null. */
export function optional<T>(value: unknown, is: (value: unknown) => value is T, expected: string): T | undefined {
  return value === undefined || value === null ? undefined : required(value, is, expected)
}

/** The error for a wrong argument. */
export function invalid(expected: string): ApplicationError {
  return new ApplicationError(uris.INVALID_ARGUMENT, [`expected ${expected}`])
}

/** A string that every serializer can write as it is. */
export const isString = (value: unknown): value is string => typeof value === 'string' && !NOT_TEXT.test(value)
export const isNumber = (value: unknown): value is number => typeof value === 'number'
export const isStrings = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isString)
export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
export const isDict = (value: unknown): value is Dict => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The most lists, dicts and entries that the router reads of one payload for itself: arguments of its procedures, answers of
 * authorizers. Each key of a dict takes about a microsecond. It never reads payload that it only passes on.
 */
export const MOST_READ = 20_000

/** What some serializer cannot write as text: a receiver would get it as bytes, or changed. */
const NOT_TEXT = /^\0|\p{Surrogate}/u

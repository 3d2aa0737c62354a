// Schemas for what JSON has no word for: points in time, octets, long integers; and for values that may be left out.

import { octetsOf, tagOf } from '@trunkline/protocol'
import type { Checked, Issue, Schema } from './schema.ts'

/** What is wrong, as a schema says it. */
const wrong = (message: string): { readonly issues: readonly Issue[] } => ({ issues: [{ message }] })

function own<Input, Output>(validate: (value: unknown) => Checked<Output>, json: Record<string, unknown>): Schema<Input, Output> {
  const jsonSchema = { input: () => json, output: () => json }
  return { '~standard': { version: 1, vendor: 'trunkline', validate, jsonSchema } }
}

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/

/** A point in time: a Date or ISO 8601 text with its time zone goes in, ISO 8601 text travels, the receiver gets a Date. */
export function date(): Schema<Date | string, Date> {
  return own(
    (value) => {
      const text =
        tagOf(value) === 'Date' ? (value as Date).getTime() : typeof value === 'string' && MOMENT.test(value) ? value : Number.NaN
      const moment = new Date(text)
      return Number.isNaN(moment.getTime()) ? wrong('must be a point in time (ISO 8601)') : { value: moment }
    },
    { type: 'string', format: 'date-time' },
  )
}

/** Octets; every serializer carries them, JSON as base64. */
export function bytes(): Schema<Uint8Array, Uint8Array> {
  return own(
    (value) => {
      const octets = octetsOf(Object(value) as object)
      return octets === undefined ? wrong('must be octets') : { value: octets }
    },
    { type: 'string', contentEncoding: 'base64' },
  )
}

/** A whole number of 64 bits: a safe integer or a bigint goes in, the receiver gets a bigint. */
export function int64(): Schema<bigint | number, bigint> {
  return own(
    (value) => {
      const exact = typeof value === 'bigint' ? value : Number.isSafeInteger(value) ? BigInt(value as number) : undefined
      return exact === undefined || exact !== BigInt.asIntN(64, exact) ? wrong('must be an integer of 64 bits') : { value: exact }
    },
    { type: 'integer' },
  )
}

/** A value that may be left out. Schema libraries have their own; this is for {@link date}, {@link bytes} and {@link int64}. */
export function optional<Input, Output>(schema: Schema<Input, Output>): Schema<Input | undefined, Output | undefined> {
  const { validate, jsonSchema } = schema['~standard']
  return {
    '~standard': {
      version: 1,
      vendor: 'trunkline',
      validate: (value) => (value === undefined ? { value } : validate(value)),
      ...(jsonSchema && { jsonSchema }),
    },
  }
}

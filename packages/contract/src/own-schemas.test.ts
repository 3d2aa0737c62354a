import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { bytes, date, int64, isSchema, optional } from './index.ts'
import type { Schema } from './index.ts'

const checked = (schema: Schema, value: unknown): unknown => {
  const outcome = schema['~standard'].validate(value)
  return 'value' in outcome ? outcome.value : undefined
}

describe('date', () => {
  it.each(['2026-02-03T04:05:06Z', '2026-02-03T05:05:06.000+01:00', new Date('2026-02-03T04:05:06Z')])('gives a Date of %s', (moment) => {
    expect(checked(date(), moment)).toEqual(new Date(Date.UTC(2026, 1, 3, 4, 5, 6)))
  })

  it('takes a Date of another realm', () => {
    expect(checked(date(), runInNewContext('new Date(0)'))).toEqual(new Date(0))
  })

  it.each(['2026-02-03', '2026-02-03T04:05:06', '2026-13-03T04:05:06Z', 'soon', 0, null, undefined, new Date(Number.NaN)])(
    'refuses %s',
    (value) => {
      expect(date()['~standard'].validate(value)).toHaveProperty('issues')
    },
  )
})

describe('bytes', () => {
  it('takes octets alone', () => {
    expect(checked(bytes(), Uint8Array.of(1, 2))).toEqual(Uint8Array.of(1, 2))
    expect(['AQI=', [1, 2], null, 7].map((value) => checked(bytes(), value))).toEqual([undefined, undefined, undefined, undefined])
  })
})

describe('int64', () => {
  it('gives a bigint of any whole number of 64 bits', () => {
    expect([7, -1n, 2n ** 63n - 1n].map((value) => checked(int64(), value))).toEqual([7n, -1n, 2n ** 63n - 1n])
    expect([1.5, 2 ** 53, 2n ** 63n, '7'].map((value) => checked(int64(), value))).toEqual([undefined, undefined, undefined, undefined])
  })
})

describe('optional', () => {
  it('takes undefined besides', () => {
    expect(optional(date())['~standard'].validate(undefined)).toEqual({ value: undefined })
    expect(optional(date())['~standard'].validate('soon')).toHaveProperty('issues')
    expect(checked(optional(int64()), 7)).toBe(7n)
  })
})

it('each has a JSON Schema of what travels', () => {
  const schemas = [date(), bytes(), optional(int64())]
  expect(schemas.every(isSchema)).toBe(true)
  expect(schemas.map((each) => each['~standard'].jsonSchema?.input({ target: 'draft-2020-12' }))).toEqual([
    { type: 'string', format: 'date-time' },
    { type: 'string', contentEncoding: 'base64' },
    { type: 'integer' },
  ])
})

// Shows what is read of typed arguments, and how values are shown.

import { expect, it } from 'vitest'
import { asText, inALine, readPayload } from './payload.ts'

it('arguments are a list and a dict, and may be left out', () => {
  expect(readPayload('[1, "a"]', '{"b": null}')).toEqual({ args: [1, 'a'], kwargs: { b: null } })
  expect(readPayload(' ', '')).toEqual({ args: [], kwargs: {} })
})

it('what is wrong names its field', () => {
  expect(readPayload('5', '')).toMatchObject({ field: 'args', fault: expect.stringContaining('a list') as string })
  expect(readPayload('[1', '')).toMatchObject({ field: 'args', fault: expect.stringContaining('not JSON') as string })
  expect(readPayload('', '[]')).toMatchObject({ field: 'kwargs', fault: expect.stringContaining('a dict') as string })
  expect(readPayload('', '{a: 1}')).toMatchObject({ field: 'kwargs', fault: expect.stringContaining('not JSON') as string })
})

it('values that JSON lacks are shown as what they are', () => {
  expect(asText({ a: new Uint8Array(3), b: 2n ** 60n })).toBe('{"a":"(3 octets)","b":"1152921504606846976"}')
  expect(asText(undefined)).toBe('null')
})

it('a payload fits into a line', () => {
  expect(inALine([1, 'a b', { c: [] }], { unit: 's' })).toBe('1 "a b" {"c":[]} unit="s"')
})

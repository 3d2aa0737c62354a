// Shows that values survive the way through the command's JSON, and how they look.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonText } from './json-text.ts'

const json = new JsonText()

describe('JsonText', () => {
  it('keeps integers beyond 2^53 exact in both directions', () => {
    expect(json.parse('12345678901234567890')).toEqual({ value: 12345678901234567890n })
    expect(json.line([12345678901234567890n])).toBe('[12345678901234567890]')
  })

  it('shows byte arrays as the protocol writes them in JSON', () => {
    expect(json.line(new Uint8Array([1, 2, 3]))).toBe('"\\u0000AQID"')
  })

  it('shows what JSON cannot hold as strings, and refuses it where it must be exact', () => {
    const value = [Number.NaN, -Infinity, 5n, new Uint8Array([1])]
    expect(json.line(value)).toBe('["NaN","-Infinity","5","\\u0000AQ=="]')
    expect(() => json.exact(value)).toThrow('JSON cannot encode')
  })

  it('refuses a value that is nested too deeply to be printed: that is no fault of the command', () => {
    const depth = 100_000
    const value: unknown = JSON.parse('['.repeat(depth) + ']'.repeat(depth))
    expect(() => json.line(value)).toThrow('nested too deeply')
    expect(() => json.pretty([Number.NaN, value])).toThrow('nested too deeply')
  })

  it('takes what is no JSON for nothing', () => {
    expect(['hello', '1,2', '', '{a:1}', '1]', "'x'"].map((text) => json.parse(text))).toEqual(Array(6).fill(undefined))
  })

  it('indents lists and dicts, and leaves empty ones and strings alone', () => {
    expect(json.pretty({ a: [1, []], b: {}, c: 'x: [1, {' })).toBe('{\n  "a": [\n    1,\n    []\n  ],\n  "b": {},\n  "c": "x: [1, {"\n}')
  })

  it('indents every value into a text that means the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(json.pretty(value))).toEqual(JSON.parse(json.line(value)))
      }),
      { numRuns: 300 },
    )
  })
})

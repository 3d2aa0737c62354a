// Shows how the words of a command line become arguments and options.

import { describe, expect, it } from 'vitest'
import { parseArguments, parseOptions } from './arguments.ts'
import { JsonText } from './json-text.ts'

const json = new JsonText()

describe('parseArguments', () => {
  it('takes JSON for its value and other words for strings', () => {
    const { args } = parseArguments(['2', '-1.5', 'true', 'null', '[1, "a"]', '{"b": 2}', 'hello', 'hello world', ''], json)
    expect(args).toEqual([2, -1.5, true, null, [1, 'a'], { b: 2 }, 'hello', 'hello world', ''])
  })

  it('takes key=value for a keyword argument, its value read the same way', () => {
    expect(parseArguments(['1', 'color=red', 'n=5', 'list=[1]', 'empty=', 'sum=a=b'], json)).toEqual({
      args: [1],
      kwargs: { color: 'red', n: 5, list: [1], empty: '', sum: 'a=b' },
    })
  })

  it('takes a JSON string for a string, whatever it looks like', () => {
    expect(parseArguments(['"5"', '"a=b"', 'x="7"'], json)).toEqual({ args: ['5', 'a=b'], kwargs: { x: '7' } })
  })

  it('takes a word with = for a string when what stands before it is no identifier', () => {
    expect(parseArguments(['1=2', 'a b=c', '=x', 'https://x/?a=b'], json).args).toEqual(['1=2', 'a b=c', '=x', 'https://x/?a=b'])
  })

  it.each(['{"a": 1', '{a: 1}', '["x",]', '"open', ' [1'])('refuses what begins like JSON and is not: %s', (word) => {
    const text = `${word} begins like JSON but is not JSON (--string sends it as text)`
    expect(() => parseArguments([word], json)).toThrow(text)
    expect(() => parseArguments([`key=${word}`], json)).toThrow(text)
  })

  it('takes every value as text where that is asked for', () => {
    expect(parseArguments(['5', '{"a": 1', 'x=[1]'], json, true)).toEqual({ args: ['5', '{"a": 1'], kwargs: { x: '[1]' } })
  })

  it('refuses a keyword that comes twice', () => {
    expect(() => parseArguments(['a=1', 'a=2'], json)).toThrow("argument 'a' is given twice")
  })

  it('makes __proto__ a key like any other', () => {
    const { kwargs } = parseArguments(['__proto__={"x": 1}'], json)
    expect(Object.keys(kwargs)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(kwargs)).toBe(Object.prototype)
  })
})

describe('parseOptions', () => {
  it('reads key=value words', () => {
    expect(parseOptions(['match=prefix', 'disclose_me=true'], json)).toEqual({ match: 'prefix', discloseMe: true })
  })

  it('refuses a word of another form', () => {
    expect(() => parseOptions(['match'], json)).toThrow("--option 'match': expected key=value")
  })
})

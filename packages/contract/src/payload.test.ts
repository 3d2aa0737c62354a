import { describe, expect, it } from 'vitest'
import { join, payloadOf, payloadOfShape, single, split } from './payload.ts'
import { type } from './schema.ts'

const any = type<unknown>()

describe('a declared payload', () => {
  it.each([
    [undefined, 0],
    [any, 1],
    [[any, any], 2],
    [{ args: [any], kwargs: { a: any } }, 2],
    [{ kwargs: any }, 1],
  ])('is read of each shape', (shape, size) => {
    expect(payloadOfShape(shape).size).toBe(size)
  })

  it('makes the schemas of named positions once', () => {
    let made = 0
    const args = (a = any): (typeof any)[] => {
      made++
      return [a]
    }
    expect([payloadOf({ args }).schemas, payloadOf({ args }).schemas]).toEqual([[any], [any]])
    expect(made).toBe(1)
  })
})

describe('a list of values', () => {
  const both = payloadOf({ args: [any, any], kwargs: { a: any } })

  it('becomes args and kwargs, without undefined values at the end', () => {
    expect(split(both, [1, 2, { a: 3 }])).toEqual({ args: [1, 2], kwargs: { a: 3 } })
    expect(split(both, [1])).toEqual({ args: [1], kwargs: {} })
    expect(split(both, [undefined, 2])).toEqual({ args: [undefined, 2], kwargs: {} })
    expect(split(payloadOf({ args: [any] }), [1, { signal: 'an option' }])).toEqual({ args: [1], kwargs: {} })
  })

  it('comes back of args and kwargs', () => {
    expect(join(both, { args: [1], kwargs: { a: 3 } })).toEqual([1, undefined, { a: 3 }])
    expect(join(payloadOf({ args: [any] }), { args: [1, 2], kwargs: { b: 1 } })).toEqual([1])
  })

  it('of one stands for its value', () => {
    expect([single([]), single([1]), single([1, 2])]).toEqual([undefined, 1, [1, 2]])
  })
})
